"""What strangers may read (a locked phone, a subject line, a log, the queue) tells nothing about anybody's health."""

import inspect
import logging
import re
from datetime import timedelta

import pytest
from celery import current_app
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext
from zeal import zeal_ignore

from clinic import delivery, letters
from clinic.delivery import render
from clinic.models import Message
from clinic.outbox import NotNow, NotWanted
from conditions.models import Condition
from conditions.regions import regions

pytestmark = pytest.mark.django_db
#: Words that stand in every clinic's texts without telling anything: "call back", the general line about emergencies.
GENERAL = re.compile(r"call(ed)?[ -]back|chest pain or trouble speaking|dolor de pecho o dificultad al hablar", re.I)
MOMENTS = ("same_day", "h24", "h48", "h72", "d7", "d14", "pre_next", "tip", "rebook")
REPLIES = ("stop", "start", "help", "received", "ok", "worse")


@pytest.fixture
def telling(clinic_of_today):
    """Names of conditions and parts of the body in both languages, and every canary that was planted."""
    names = set(Condition.objects.values_list("name", flat=True)) | set(
        Condition.objects.values_list("slug", flat=True)
    )
    names |= {word for region in regions().values() for word in re.findall(r"[^\W\d_]{4,}", region.name)}
    with translation.override("es"):
        names |= {gettext(name) for name in names}
    names -= {"left", "right", "front", "back of", "side", "upper", "lower", "Left", "Right"}
    alone = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True) if len(name) > 3)
    return re.compile(rf"canary|\b(?:{alone})s?\b", re.I)


def every_message(world):
    """One of each kind and channel about the client who has everything, beside those that are there."""
    now = timezone.now()
    facts = {"time_zone": "UTC", "local_date": now.date(), "local_time": now.time(), "due_at": now, "created_at": now}
    facts |= {"next_attempt_at": now, "not_after": now + timedelta(days=1), "client": world.ann}
    about = {"about_id": world.care.done.public_id, "about_type": "treatments.session"}
    kinds = [(f"aftercare.{moment}", about) for moment in MOMENTS] + [(f"reply.{what}", {}) for what in REPLIES]
    for kind, more in kinds:
        for channel in ("sms", "email"):
            yield Message(key=f"{kind}:{channel}", kind=kind, channel=channel, **facts, **more)
    yield from Message.objects.select_related("client", "user").order_by("pk")


def said(world):
    """(kind, channel, what somebody may see without opening it) of every message that can be said today."""
    for language in ("en", "es"):
        world.ann.language = language
        world.ann.save(update_fields=["language"])
        for message in every_message(world):
            if message.client_id == world.ann.pk:
                message.client = world.ann
            try:
                letter = render(message, timezone.now())
            except (NotWanted, NotNow):
                continue
            seen = letter.subject + ("\n" + letter.text if message.channel == "sms" else "")
            yield message.kind, message.channel, seen


@zeal_ignore()
def test_no_text_and_no_subject_names_a_condition_or_a_part_of_the_body(clinic_of_today, telling, undone, monkeypatch):
    # Her flags hold everything back; here it is to be said.
    monkeypatch.setattr("treatments.aftercare.is_halted", lambda client: False)
    with undone():
        seen = list(said(clinic_of_today))
    found = {(kind, channel, words) for kind, channel, words in seen if telling.search(GENERAL.sub("", words))}
    assert found == set()
    rooms = {kind.partition(".")[0] for kind, _, _ in seen}
    assert rooms >= {"aftercare", "reply", "intake"}  # it has really looked at them
    assert {channel for _, channel, _ in seen} == {"sms", "email"}


def test_the_look_can_find_what_it_looks_for(telling):
    for words in ("Your sciatica plan", "How is your neck today?", "Su plan de ciática", "canary-ann-note"):
        assert telling.search(GENERAL.sub("", words)), words
    assert not telling.search(GENERAL.sub("", "Riverside Clinic: thank you, Ann. A call-back is due."))


@zeal_ignore()
def test_no_log_line_of_a_delivery_tells_anything(clinic_of_today, telling, undone, caplog):
    caplog.set_level(logging.DEBUG)
    with undone():
        Message.objects.filter(state="scheduled").update(
            next_attempt_at=timezone.now() - timedelta(days=1), not_after=timezone.now() + timedelta(days=1)
        )
        tally = delivery.send_due(worker="w", seconds=20)
    assert sum(tally.values()) > 0
    lines = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("clinic"))
    assert "message " in lines
    assert not telling.search(GENERAL.sub("", lines)), telling.search(lines)
    for client in (clinic_of_today.ann, clinic_of_today.ben):
        assert client.email not in lines
        assert letters.phone_number(client.mobile) not in lines


def test_no_task_takes_or_is_given_anything():
    current_app.loader.import_default_modules()
    ours = {name: task for name, task in current_app.tasks.items() if not name.startswith("celery.")}
    assert len(ours) >= 4
    for name, task in ours.items():
        assert not inspect.signature(task.run).parameters, name
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert not entry.get("args"), entry
        assert not entry.get("kwargs"), entry

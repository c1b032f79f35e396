"""What messages leave behind is forgotten; that one was sent, when and how, stays."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from clinic import claims, gauges, outbox, purging
from clinic.models import Message, MessageAttempt, OutboxCount, ProviderEvent, Reply
from clinic.tests.outbox_world import put

pytestmark = pytest.mark.django_db
STRANGER = {"name": "New Person", "email": "new@example.org"}


def ended(key, days, state="sent", **facts):
    message = put(None, key, recipient=STRANGER, context={"who": "x"})
    then = claims.database_now() - timedelta(days=days)
    facts = {"state": state, "ended_at": then, "sent_at": then if state == "sent" else None} | facts
    Message.objects.filter(pk=message.pk).update(**facts, last_error="rcpt: …")
    return message


def test_old_ones_lose_address_and_context_and_keep_their_line(monkeypatch):
    monkeypatch.setattr(purging, "BATCH", 1)
    old, failed, young = ended("a", 91), ended("b", 91, "failed"), ended("c", 89)
    MessageAttempt.objects.create(message=old, started_at=old.due_at, phase="done", code=250)
    waiting = put(None, "d", recipient=STRANGER)
    assert purging.forget_old(now=claims.database_now())["rows"] == 2
    for message in (old, failed):
        row = Message.objects.get(pk=message.pk)
        assert (row.recipient, row.context, row.last_error) == (None, {}, "")
        assert row.key and row.purged_at and row.ended_at
    assert Message.objects.get(pk=young.pk).recipient == Message.objects.get(pk=waiting.pk).recipient == STRANGER
    assert MessageAttempt.objects.filter(message=old).exists()
    assert purging.forget_old(now=claims.database_now())["rows"] == 0


def test_how_long_is_a_setting(settings):
    settings.MESSAGES_KEPT_DAYS = 10
    ended("a", 11)
    assert purging.forget_old(now=claims.database_now())["rows"] == 1


def test_what_was_forgotten_cannot_be_sent_again(owner, now):
    message = ended("a", 91, "failed")
    purging.forget_old(now=claims.database_now())
    message = Message.objects.get(pk=message.pk)
    assert not outbox.resend(message, by=owner, now=now)
    assert outbox.drop(message, by=owner, now=now)


def test_old_files_go_and_new_ones_stay(settings, tmp_path):
    settings.OUTBOX_DIR = tmp_path / "outbox"
    for folder in (tmp_path / "outbox", tmp_path / "outbox-drafts"):
        folder.mkdir()
        for name in ("old.eml", "old.txt", "old.tmp", "new.eml", "notes.md"):
            (folder / name).touch()
            if name != "new.eml":
                os.utime(folder / name, (0, 0))
    assert purging.forget_old(now=claims.database_now())["files"] == 6
    assert sorted(os.listdir(Path(settings.OUTBOX_DIR))) == ["new.eml", "notes.md"]


def test_replies_that_were_looked_after_go_and_that_they_came_stays(desk):
    now = claims.database_now()
    for number, (age, done) in enumerate(((91, True), (91, False), (89, True))):
        then = now - timedelta(days=age)
        event = ProviderEvent.objects.create(provider="test", event_id=str(number), kind="reply", received_at=then)
        looked_after = {"done_at": then, "done_by": desk} if done else {}
        Reply.objects.create(event=event, number="+1555", text="hello", means="words", received_at=then, **looked_after)
    assert purging.forget_old(now=now)["replies"] == 1
    assert set(Reply.objects.values_list("event__event_id", flat=True)) == {"1", "2"}
    assert ProviderEvent.objects.count() == 3


def test_no_folder_is_no_trouble_and_old_counts_go(settings, tmp_path):
    settings.OUTBOX_DIR = tmp_path / "none"
    gauges.count("fence_refused")
    OutboxCount.objects.update(hour=claims.database_now() - timedelta(days=91))
    assert purging.forget_old(now=claims.database_now())["files"] == 0
    assert not OutboxCount.objects.exists()

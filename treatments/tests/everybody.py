"""A whole small clinic, two of everything: for the tests that walk through all pages of all apps.

Every free text about health holds a word of its own (`canary`), so that a page which lets one out can be told.
"""

import json
import time
from datetime import timedelta
from types import SimpleNamespace

from django.conf import settings
from django.test import Client as Browser
from django.utils import timezone

from clinic import clients, closures, people
from clinic.models import ClinicSettings, Message, ProviderEvent, Reply, Service
from clinic.testing import behind_the_guards, make_client, make_user
from conditions import loading
from conditions.models import Condition
from intake.models import Flag, OtherAnswer, Response, Upload
from intake.tests import url_table as intake_table
from intake.tests.conftest import HEALTHY
from treatments import check_ins, editions, page_links
from treatments.entries import Entry
from treatments.models import Addendum, CheckIn, CheckInAddition, Goal, Note, Outcome, Plan, Session, Task, Timeline
from treatments.series import What

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
STAFF = ("desk", "therapist", "other", "owner")


PROBE = "<probe>\"'"


def word(client, what):
    """A word that stands in one clinical text of one client and nowhere else."""
    return f"canary-{client.first_name.lower()}-{what.replace('_', '-')}"


def canary(client, what):
    """The word with markup behind it: a page that does not escape it shows."""
    return word(client, what) + PROBE


def build():
    """The clinic of today: five people, two clients, their whole records."""
    now = timezone.now()
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    clinic = ClinicSettings.load()
    clinic.name, clinic.phone, clinic.emergency_number = "Riverside Clinic", "+15550100200", "911"
    clinic.save()
    loading.load(now=now)
    world = SimpleNamespace(
        now=now,
        desk=make_user("desk@riverside.example", "Dora Desk", is_front_desk=True),
        therapist=make_user("thea@riverside.example", "Thea Therapist", is_therapist=True),
        other=make_user("otto@riverside.example", "Otto Other", is_therapist=True),
        lead=make_user("lea@riverside.example", "Lea Lead", is_therapist=True, is_lead_therapist=True),
        owner=make_user("olga@riverside.example", "Olga Owner", is_owner=True),
        ann=make_client("Ann", "Archer", mobile="+15550100301", preferred_name=PROBE, address=PROBE, desk_note=PROBE),
        ben=make_client("Ben", "Baker" + PROBE, mobile="+15550100302"),
    )
    world.closure = closures.add(
        first_day=now.date() + timedelta(days=60), last_day=now.date() + timedelta(days=61), words="Works outing",
        by=world.owner, now=now,
    )  # fmt: skip
    world.service = Service.objects.create(name="First visit", minutes=90)
    world.related, world.bens_related = (_mother(client, world) for client in (world.ann, world.ben))
    world.staff_invitation = people.invite(
        email="new@riverside.example", name="Nia New", roles=["front_desk"], by=world.owner, now=now
    )
    world.intake = intake_table.build(ann=world.ann, ben=world.ben, desk=world.desk, now=now)
    world.care = _care(world.ann, world.therapist, now)
    world.bens_care = _care(world.ben, world.other, now)
    world.check_in, world.task, world.page = world.care.check_in, world.care.task, world.care.page
    world.message = Message.objects.filter(client=world.ann).first()
    world.reply = text_that_waits(world)
    _plant(world)
    world.series_draft = editions.begin(by=world.owner, now=now)
    return world


def text_that_waits(world):
    """A text that waits for a person to say whose it is."""
    event = ProviderEvent.objects.create(provider="gateway", event_id="1", kind="reply", received_at=world.now)
    text = canary(world.ann, "texted")
    return Reply.objects.create(event=event, number=world.ann.mobile, text=text, means="words", received_at=world.now)


def _mother(client, world):
    return clients.add_related(
        client=client,
        by=world.desk,
        now=world.now,
        kind="guardian",
        name=f"Mia {client.last_name}",
        phone="+15550100444",
    )


def _care(client, therapist, now):
    """Plans and sessions in every state; what a therapist writes is filled in by `_plant`."""
    draft, plan, held = (
        _plan(client, therapist, now, slug=slug, state=state)
        for slug, state in (("sciatica", "draft"), ("neck-pain", "active"), ("migraine", "on_hold"))
    )
    early = now - timedelta(hours=3)
    done = _session(client, therapist, now - timedelta(days=2), plan=plan, state="done")
    arrived = _session(client, therapist, early, plan=plan, state="arrived")
    writing = _session(client, therapist, early + timedelta(hours=1), plan=plan, state="in_session")
    booked = _session(client, therapist, now + timedelta(days=1), plan=plan)
    open_note = Note.objects.create(session=writing, saved_at=now, saved_by=therapist, pain_before=6)
    check_in = check_ins.ask(session=done, moment="h24", due_at=now, now=now)
    told = check_ins.ask(session=done, moment="h72", due_at=now, now=now)
    check_ins.answer(check_in=told, feeling="same", score=None, reaction=None, reaction_text="", now=now)
    task = Task.objects.create(
        client=client, session=done, kind="call_back", assigned_to=therapist, created_at=now, due_at=now
    )
    Goal.objects.create(plan=plan, measure="nprs", baseline=7, target=3)
    Outcome.objects.create(
        client=client, plan=plan, session=done, measure="nprs", value=6, moment="before", source="note", taken_at=now
    )
    page = page_links.of(session=done, now=now)
    return SimpleNamespace(
        page=page, draft=draft, plan=plan, held=held, done=done, arrived=arrived, writing=writing, booked=booked,
        open_note=open_note, check_in=check_in, task=task,
    )  # fmt: skip


def _plan(client, therapist, now, *, slug, state):
    running = state != "draft"
    return Plan.objects.create(
        client=client, therapist=therapist, condition=Condition.objects.get(slug=slug), title="A plan", state=state,
        minutes=60, per_week=1, weeks=6, sessions=6, max_sessions=8, reassess_after=[4], created_at=now,
        created_by=therapist, started_at=now if running else None, started_by=therapist if running else None,
    )  # fmt: skip


def _session(client, therapist, at, *, plan, state="booked"):
    reached = ("booked", "arrived", "in_session", "done").index(state)
    facts = {}
    for step, name in enumerate(("arrived", "started", "completed"), start=1):
        if reached >= step:
            facts |= {f"{name}_at": at, f"{name}_by": therapist}
    return Session.objects.create(
        client=client, therapist=therapist, plan=plan, starts_at=at, ends_at=at + timedelta(minutes=50),
        booked_at=at - timedelta(days=3), booked_by=therapist, state=state, **facts,
    )  # fmt: skip


def _timeline(session, words, now):
    """The therapist wrote a line of their own when the session was closed."""
    own = Entry("own_1", What.WORDS, now, now, ("email",), words=words)
    Timeline.objects.create(
        session=session, series=editions.keep(editions.current(), now), lines=[own.as_json()], decided_at=now,
        decided_by=session.therapist,
    )  # fmt: skip


def _plant(world):
    """Put the canaries into every clinical text of both clients; the signed note last, it cannot be changed after."""
    for client, care in ((world.ann, world.care), (world.ben, world.bens_care)):
        _fill(Plan, "title precondition continue_if stop_if note hold_reason end_reason", client, client=client)
        Plan.objects.filter(client=client).update(
            home_programme=[canary(client, "home_programme")],
            overrides=[
                {"limit": "pressure", "words": "x", "reason": canary(client, "overrides"), "by": "x", "at": "x"}
            ],
        )
        _fill(Goal, "description", client, plan__client=client)
        _fill(Task, "detail resolution", client, client=client)
        told = CheckIn.objects.get(session=care.done, moment="h72")
        CheckInAddition.objects.create(check_in=told, text=canary(client, "text_added"), added_at=world.now)
        _fill(CheckIn, "reaction_text", client, session__client=client)
        _fill(Note, NOTE_TEXTS, client, session__client=client)
        _timeline(care.done, canary(client, "timeline_words"), world.now)
        signed = Note.objects.create(
            session=care.done, saved_at=world.now, saved_by=care.done.therapist, pain_before=7, pain_after=3,
            signed_at=world.now, signed_by=care.done.therapist, checksum="0" * 64,
            **{name: canary(client, name) for name in NOTE_TEXTS.split()},
        )  # fmt: skip
        Addendum.objects.create(
            note=signed, text=canary(client, "text"), reason=canary(client, "reason"), written_at=world.now,
            written_by=care.done.therapist,
        )  # fmt: skip
        _plant_intake(client)


OVERRIDE = {"limit": "pressure", "words": "Pressure 5", "by": "Thea Therapist", "at": "2026-11-23T09:00:00+00:00"}
NOTE_TEXTS = "subjective objective assessment plan_next reaction home_care"


def _plant_intake(client):
    for response in Response.objects.filter(client=client):
        response.document = _with_goal(response.document, canary(client, "goal"))
        response.review_note = canary(client, "review_note")
        response.save()
        OtherAnswer.objects.create(
            response=response, address="reason.goal", value=canary(client, "other answer"), step="1",
            given_at=response.saved_at, kept_at=response.saved_at,
        )  # fmt: skip
    _fill(Flag, "close_reason", client, client=client)
    _fill(Upload, "name", client, response__client=client)
    with behind_the_guards("intake_flag"):
        _plant_flags(client)


def _plant_flags(client):
    for flag in Flag.objects.filter(client=client):
        flag.answers = [{"linkId": "x", "question": canary(client, "question"), "answer": canary(client, "answer")}]
        flag.rule = flag.rule | {"title": canary(client, "rule"), "message_therapist": canary(client, "rule")}
        flag.save()


def _with_goal(document, words):
    """The document with other words for what the client hopes for."""
    text = json.dumps(document)
    return json.loads(text.replace(json.dumps(HEALTHY["reason.goal"]), json.dumps(words)))


def _fill(model, names, whose, /, **of):
    model.objects.filter(**of).update(**{name: canary(whose, name) for name in names.split()})


def browsers(world):
    """A browser for each of the seven people; staff have typed their password a moment ago."""
    made = {"nobody": Browser(), **intake_table.browsers(world.intake)}
    for name in STAFF:
        user = getattr(world, name)
        made[name] = browser = Browser()
        browser.force_login(user, backend=BACKEND)
        session = browser.session
        session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
    return made

"""A clinic in which treatment can happen, for the tests of plans, sessions and notes."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clinic import audit
from clinic.models import Consent
from conditions import loading
from conditions.models import Condition
from intake import questionnaires
from intake.engine.answers import to_response
from intake.models import Flag, Response
from treatments import plans, schedule, sessions
from treatments.sessions import NoteContent

VECTORS = json.loads((Path(__file__).parents[2] / "intake/data/screening_cases.json").read_text())
ANSWERS = VECTORS["base_answers"] | {
    "reason.conditions": ["neck-pain"], "reason.pain_now": 7, "wellbeing.sleep": 6, "reason.goal": "Swim again",
    "consent.treatment": True,
}  # fmt: skip
RULE = {
    "title": "A made-up rule", "message_therapist": "Keep to it.", "message_client": "", "override": "therapist",
    "basis": "memory", "sources": [], "review_status": "draft", "also": [], "blocks_session_until": None,
    "pressure_max": None, "pressure_scope": None, "regions_effect": None, "region_pressure_max": None, "regions": [],
    "block_techniques": [], "positions_blocked": [],
}  # fmt: skip
WORK = [{"technique": "petrissage", "pressure": 3, "minutes": 15, "regions": []}]
WRITTEN = NoteContent(
    subjective="Slept through.", assessment="Tone lower.", plan_next="Same again.", pain_before=6, pain_after=3,
    work=WORK, regions=["POST-NECK-R"],
)  # fmt: skip


def catalogue(slug="neck-pain"):
    """A condition of the real catalogue."""
    if not Condition.objects.filter(slug=slug).exists():
        loading.load(now=datetime(2026, 1, 1, tzinfo=UTC))
    return Condition.objects.get(slug=slug)


def history(client, now, **answers):
    """A completed health history, reviewed or not."""
    questionnaires.publish_shipped(by=audit.SYSTEM, now=now)
    version = questionnaires.current()
    document = to_response(
        questionnaires.spec_of(version), ANSWERS | answers, status="completed", authored=now, keep_hidden=True
    )
    return Response.objects.create(
        client=client, version=version, status="completed", document=document, percent=100, started_at=now,
        saved_at=now, submitted_at=now,
    )  # fmt: skip


def ready(client, now, **answers):
    """A client who may be treated: history complete, no flags, yes to treatment."""
    Consent.objects.create(client=client, kind="treatment", granted=True, source="intake", given_at=now)
    return history(client, now, **answers)


def flag(client, now, *, flag_class="modify", booking="allow", soft=False, **rule):
    ranks = [value for value, _ in Flag.FlagClass.choices]
    return Flag.objects.create(
        client=client, rule_id="RF-TEST", rule_version="1", flag_class=flag_class, rank=ranks.index(flag_class),
        priority=1, booking=booking, soft=soft, rule=RULE | rule, answers=[], raised_at=now,
    )  # fmt: skip


def running_plan(client, therapist, now, slug="neck-pain"):
    plan = plans.propose(client=client, condition=catalogue(slug), by=therapist, now=now)
    return plans.start(plan=plan, by=therapist, now=now, precondition_met=True)


def booked(client, therapist, at, **facts):
    facts = {"minutes": 60, "by": therapist, "now": at - timedelta(hours=1)} | facts
    return schedule.book(client=client, therapist=therapist, starts_at=at, **facts)


def started(client, therapist, at, **facts):
    """A session under way with its note."""
    session = booked(client, therapist, at, **facts)
    schedule.start(session=session, by=therapist, now=at)
    session.refresh_from_db()
    return session, sessions.open_note(session=session, by=therapist, now=at)


def signed(client, therapist, at, content=WRITTEN, **facts):
    session, note = started(client, therapist, at, **facts)
    note = sessions.save_note(note=note, content=content, revision=0, by=therapist, now=at)
    return sessions.sign(note=note, by=therapist, now=at + timedelta(hours=1))

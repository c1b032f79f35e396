"""A session that is over, for the tests of what comes after it."""

from datetime import timedelta

from clinic import audit, outbox
from clinic.models import Consent
from conditions.models import Condition
from treatments.models import Plan, Session

HOME = ["Walk little and often", "Shoulder-blade squeezes, ten, twice a day."]


def message(session, moment, channel="email"):
    """The row in the outbox for one moment of a session."""
    return outbox.schedule(
        key=f"{session.public_id}:{moment}:{channel}", kind=f"aftercare.{moment}", channel=channel,
        due_at=session.ends_at, not_after=session.ends_at + timedelta(days=9), by=audit.SYSTEM, now=session.ends_at,
        client=session.client, about_type="treatments.session", about_id=session.public_id,
    )  # fmt: skip


def agree(client, now, *channels):
    for channel in channels:
        Consent.objects.create(client=client, kind=channel, granted=True, source="desk", given_at=now)


def condition(slug="neck-pain", **changes):
    facts = {
        "name": "Neck pain", "short": "Neck pain", "outcome_primary": "nprs",
        "aftercare_tip": "Move your neck gently every hour.",
    } | changes  # fmt: skip
    return Condition.objects.get_or_create(slug=slug, defaults=facts)[0]


def plan(client, therapist, now, **changes):
    facts = {
        "condition": condition(), "title": "Neck pain", "minutes": 45, "per_week": 1, "weeks": 8, "sessions": 8,
        "max_sessions": 12, "reassess_after": [4, 8], "home_programme": HOME, "state": "active", "created_at": now,
        "created_by": therapist, "started_at": now, "started_by": therapist,
    } | changes  # fmt: skip
    return Plan.objects.create(client=client, therapist=therapist, **facts)


def session(client, therapist, starts_at, *, state="done", **changes):
    ends = starts_at + timedelta(minutes=45)
    facts = {"ends_at": ends, "booked_at": starts_at - timedelta(days=3), "booked_by": therapist, "state": state}
    if state == "done":
        facts |= {
            "arrived_at": starts_at, "arrived_by": therapist, "started_at": starts_at, "started_by": therapist,
            "completed_at": ends, "completed_by": therapist,
        }  # fmt: skip
    return Session.objects.create(client=client, therapist=therapist, starts_at=starts_at, **(facts | changes))

"""What is sent after a session and before the next: written in the session's own transaction, taken back with it.

Rows are made for every channel the client agreed to; whether one still fits is asked again when it goes out
(treatments.messages).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from clinic import audit, outbox
from clinic.clients import may_message
from clinic.models import Client, ClinicSettings, Message
from intake.models import Flag
from treatments import check_ins, moments
from treatments.models import Plan, Session
from treatments.moments import Moment

ABOUT = "treatments.session"
CHANNELS = ("email", "sms")
CHECK_INS = ("h24", "h72")
LOOK_BACK = timedelta(days=3)
LOOK_AHEAD = timedelta(days=7)
_HALTING = (Flag.FlagClass.EMERGENCY, Flag.FlagClass.URGENT)


def is_halted(client: Client) -> bool:
    """An emergency or urgent flag is in force: nothing that says "keep moving" or "see you tomorrow" may be sent.

    One that was only read (acknowledged) still blocks; it must be lifted or answered anew.
    """
    in_force = (Flag.State.OPEN, Flag.State.ACKNOWLEDGED)
    return Flag.objects.filter(client=client, state__in=in_force, flag_class__in=_HALTING).exists()


def schedule_for(*, session: Session, by: audit.Actor, now: datetime) -> list[Message]:
    """The series after a session that is done, and the reminder of the next. Harmless when it is there already."""
    client = session.client
    if client.archived_at or is_halted(client):
        return []
    channels = [name for name in CHANNELS if may_message(client, name)]
    if not channels:
        return []
    clinic = ClinicSettings.load()
    ended = moments.ended_at(session.ends_at, session.completed_at or now)
    series = moments.after_session(ended, window=outbox.window_of(clinic), zone=clinic.zone, now=now)
    with audit.transaction():
        rows = []
        for moment in series:
            if moment.name in CHECK_INS:
                check_ins.ask(session=session, moment=moment.name, due_at=moment.due_at, now=now)
            rows += [_put(session, moment, each, by, now) for each in channels if _fits(session, moment, each)]
        if following := next_session(session, now):
            rows += remind(session=following, by=by, now=now)
    return rows


def remind(*, session: Session, by: audit.Actor, now: datetime) -> list[Message]:
    """The reminder a day before a booked session, on every channel agreed to."""
    client = session.client
    moment = moments.before_session(session.starts_at, zone=ClinicSettings.load().zone, now=now)
    if moment is None or session.state != Session.State.BOOKED or client.archived_at or is_halted(client):
        return []
    return [_put(session, moment, each, by, now) for each in CHANNELS if may_message(client, each)]


def cancel_for(*, session: Session, reason: str, by: audit.Actor, now: datetime) -> int:
    """Take back everything about a session that has not gone out. Returns how many."""
    return outbox.cancel(about_id=session.public_id, reason=reason, by=by, now=now)


def next_session(session: Session, now: datetime) -> Session | None:
    """The client's next booked session after this one."""
    booked = Session.objects.filter(client=session.client_id, state=Session.State.BOOKED, starts_at__gt=now)
    return booked.exclude(pk=session.pk).select_related("client").order_by("starts_at").first()


def fill_gaps(*, now: datetime) -> int:
    """Every session that is done has its messages. Makes those that are missing; returns how many were.

    Reminders of sessions booked since are made on the way; they are nobody's omission.
    """
    missing = 0
    recent = Session.objects.filter(state=Session.State.DONE, completed_at__gt=now - LOOK_BACK, completed_at__lte=now)
    for session in _with_client(recent):
        about = Message.objects.filter(about_id=session.public_id)
        before = about.count()
        schedule_for(session=session, by=audit.SYSTEM, now=now)
        missing += about.count() - before
    booked = Session.objects.filter(
        state=Session.State.BOOKED, starts_at__gt=now, starts_at__lt=now + LOOK_AHEAD,
    )  # fmt: skip
    reminded = Message.objects.filter(about_type=ABOUT, about_id__isnull=False).values("about_id")
    for session in _with_client(booked.exclude(public_id__in=reminded)):
        remind(session=session, by=audit.SYSTEM, now=now)
    return missing


def _with_client(sessions: QuerySet[Session]) -> QuerySet[Session]:
    return sessions.select_related("client", "plan").defer("plan__note", "plan__end_reason")


def _fits(session: Session, moment: Moment, channel: str) -> bool:
    """The home plan's own reminder is a text, and only for who was given one."""
    if moment.name != "h48":
        return True
    plan: Plan | None = session.plan
    return channel == "sms" and plan is not None and bool(plan.home_programme)


def _put(session: Session, moment: Moment, channel: str, by: audit.Actor, now: datetime) -> Message:
    return outbox.schedule(
        key=f"{session.public_id}:{moment.name}:{channel}",
        kind=f"aftercare.{moment.name}",
        channel=channel,
        due_at=moment.due_at,
        not_after=moment.not_after,
        by=by,
        now=now,
        client=session.client,
        about_type=ABOUT,
        about_id=session.public_id,
    )

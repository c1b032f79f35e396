"""Before a visit: the forms it needs are asked for by themselves, and follow when it is moved or off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from clinic import audit, whereabouts
from clinic.models import Client, ClinicSettings
from intake.inviting import invitations
from intake.inviting.invitations import Coming
from intake.inviting.preparing import CHECK_AHEAD, Expected, needed, prepare
from intake.models import Invitation, Questionnaire
from treatments import editions, moments
from treatments.models import Session
from treatments.moments import Place
from treatments.series import Line, What

_AHEAD = (Session.State.BOOKED, Session.State.ARRIVED)


def expected(
    session: Session, *, clinic: ClinicSettings, now: datetime, lines: Sequence[Line] | None = None
) -> Expected:
    """The visit in the intake's words. Needs `client` and `plan__condition` selected; `lines` spare a query."""
    place = Place(whereabouts.silence_of(session.client, clinic), clinic.zone)
    reminders = announcements() if lines is None else lines
    announced = any(moments.before_session(each, session.starts_at, place=place, now=now) for each in reminders)
    return Expected(
        client=session.client,
        coming=Coming(session.public_id, session.starts_at, announced),
        conditions=(session.plan.condition.slug,) if session.plan else (),
        services=(session.service_id,) if session.service_id else (),
    )


def announcements() -> list[Line]:
    """The lines of the series that announce a visit."""
    return [each for each in editions.lines_of(editions.current()) if each.what == What.REMINDER]


def next_of(client: Client, *, now: datetime) -> Session | None:
    """The client's next visit: one they are here for, or the first to come."""
    rows = Session.objects.filter(client=client, state__in=_AHEAD, ends_at__gt=now)
    return rows.select_related("client", "plan__condition").defer("plan__note").order_by("starts_at").first()


def follow(*, client: Client, by: audit.Actor, now: datetime, ask: bool = True) -> list[Invitation]:
    """A visit was booked, or one is off: ask for what the next one needs; links and reminders follow it."""
    session = next_of(client, now=now)
    coming = expected(session, clinic=ClinicSettings.load(), now=now) if session else None
    return prepare(client=client, expected=coming, by=by, now=now, ask=ask)


def fill_gaps(*, now: datetime) -> int:
    """Ask what visits of the next days need and was not asked yet. Nothing was missing, so it returns 0.

    Answers grow old between booking and visit, the short check is asked only shortly before, somebody agreed to e-mail
    since: none of it is anybody's omission.
    """
    ahead = max(CHECK_AHEAD, timedelta(hours=ClinicSettings.load().remind_first))
    rows = Session.objects.filter(state=Session.State.BOOKED, starts_at__gt=now, starts_at__lte=now + ahead)
    rows = rows.select_related("client", "plan__condition").defer("plan__note").order_by("starts_at")
    for one in in_need(first_visits(rows), now=now):
        prepare(client=one.client, expected=one, by=audit.SYSTEM, now=now)
    return 0


def first_visits(sessions: Iterable[Session]) -> list[Session]:
    """Of each client the first of these sessions, which come in the order of time."""
    first: dict[int, Session] = {}
    for session in sessions:
        first.setdefault(session.client_id, session)
    return list(first.values())


def in_need(sessions: Iterable[Session], *, now: datetime) -> list[Expected]:
    """Who still has something to fill in for their visit."""
    people = expected_at(sessions, now=now)
    due = needed(people, now=now)
    return [one for one in people if due[one.client.pk]]


def expected_at(sessions: Iterable[Session], *, now: datetime) -> list[Expected]:
    """The same of many visits."""
    clinic, lines = ClinicSettings.load(), announcements()
    return [expected(session, clinic=clinic, now=now, lines=lines) for session in sessions]


def check_of(session: Session) -> Invitation | None:
    """The open short check of a visit."""
    rows = invitations.live(session.client).filter(
        visit=session.public_id, questionnaire__asked=Questionnaire.Asked.VISIT
    )
    return rows.first()

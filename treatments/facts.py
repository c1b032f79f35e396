"""What the aftercare of one session is chosen by: its note and plan, the answers since, the client's place and days."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from clinic import closures, whereabouts
from clinic.compiled import SOME_TIME, Asked, Compiled
from clinic.models import Client, ClinicSettings
from treatments.models import CheckIn, Note, Plan, Session
from treatments.moments import Place
from treatments.series import FARTHEST, Facts

_CLOSED_AHEAD = FARTHEST + timedelta(days=60)


def of(session: Session, now: datetime) -> Facts:
    """The facts as they stand. Reads the note, so it is for the therapist's pages and for the sender."""
    plan: Plan | None = session.plan
    note = _NOTE.first(session.pk)
    work = note.work if note else []
    last = _last_answer(session) if _ANSWERED(session.pk) else None
    return Facts(
        condition=plan.condition.slug if plan else "",
        techniques=frozenset(each["technique"] for each in work),
        areas=frozenset(note.regions if note else []) | {code for each in work for code in each.get("regions", [])},
        home_plan=plan is not None and bool(plan.home_programme),
        first_visit=is_first(session),
        open_plan=has_visits_left(plan),
        next_booked=_BOOKED(session.client_id, now, session.pk),
        answered=last is not None,
        worse=last is not None and _is_worse(last),
    )


def _last_answer(session: Session) -> CheckIn | None:
    said = CheckIn.objects.filter(session=session, answered_at__isnull=False).order_by("answered_at", "id")
    return said.only("feeling", "reaction").last()


_NOTE = Compiled(
    lambda session: Note.objects.filter(session=session).only("work", "regions"),
    stand_in=0,
    field=lambda: Session._meta.pk,
)
_ANSWERED = Asked(lambda session: CheckIn.objects.filter(session=session, answered_at__isnull=False), -1)
_BOOKED = Asked(
    lambda client, now, but: Session.objects.filter(
        client=client, state=Session.State.BOOKED, starts_at__gt=now
    ).exclude(pk=but),
    -1, SOME_TIME, -2,
)  # fmt: skip


def _is_worse(last: CheckIn) -> bool:
    """The answer, or what was added to it, says worse or tells of a reaction."""
    bad = Q(feeling=CheckIn.Feeling.WORSE) | Q(reaction=True)
    return last.feeling == CheckIn.Feeling.WORSE or bool(last.reaction) or last.additions.filter(bad).exists()


def place_of(client: Client, now: datetime) -> Place:
    """Where the client is, how silence protects them there, and when the clinic is closed."""
    clinic = ClinicSettings.load()
    today = now.astimezone(clinic.zone).date()
    closed = closures.closed_days(today - timedelta(days=1), today + _CLOSED_AHEAD)
    return Place(whereabouts.silence_of(client, clinic), clinic.zone, closed)


def next_session(session: Session, now: datetime) -> Session | None:
    """The client's next booked session after this one."""
    booked = Session.objects.filter(client=session.client_id, state=Session.State.BOOKED, starts_at__gt=now)
    return booked.exclude(pk=session.pk).select_related("client").order_by("starts_at").first()


def is_first(session: Session) -> bool:
    """No session of this client was held before."""
    return not _HELD_BEFORE(session.client_id, session.starts_at)


_HELD_BEFORE = Asked(
    lambda client, at: Session.objects.filter(client=client, state=Session.State.DONE, starts_at__lt=at), -1, SOME_TIME
)


def has_visits_left(plan: Plan | None) -> bool:
    """The plan is running, and fewer sessions than it has were held or booked."""
    if plan is None or plan.state != Plan.State.ACTIVE:
        return False
    return Session.objects.filter(plan=plan).exclude(state__in=Session.FREE_STATES).count() < plan.sessions

"""The day sheet: who comes when to whom, and whether they are ready. Nothing clinical for those without the right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, TruncDate

from clinic import access
from clinic.models import Client, ClinicSettings, User
from clinic.permissions import Permission
from intake.inviting import checklights
from intake.inviting.checklights import Light
from intake.inviting.readiness import NOT_SENT, Readiness, readiness
from intake.models import Flag
from intake.safety.standing import lifted
from treatments import call_backs, clock
from treatments.models import Note, Session, Task
from treatments.schedule import is_late

CHASE = frozenset({"not_sent", "sent", "in_progress", "expired"})  # lights a new link may help


@dataclass(frozen=True, slots=True)
class Entry:
    """One session on the sheet."""

    session: Session
    state: str
    light: Readiness
    late: bool
    now: bool
    may_stand: bool
    about: str
    check: Light | None = None

    @property
    def client(self) -> Client:
        return self.session.client

    @property
    def off(self) -> bool:
        return not self.session.holds_time

    @property
    def chase(self) -> bool:
        """Is the form still to be filled in?"""
        return self.light.state in CHASE and self.session.is_open


@dataclass(frozen=True, slots=True)
class Gap:
    """Time in which a therapist is free."""

    begins: datetime
    ends: datetime

    @property
    def minutes(self) -> int:
        return int((self.ends - self.begins).total_seconds() // 60)


@dataclass(slots=True)
class Column:
    """One therapist's day."""

    therapist: User
    rows: list[Entry | Gap] = field(default_factory=list)
    held: int = 0


@dataclass(frozen=True, slots=True)
class WeekDay:
    day: date
    held: int
    shown: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything the page draws."""

    day: date
    today: date
    columns: list[Column]
    week: list[WeekDay]
    sessions: list[Session]
    unsigned: int
    call_backs: int

    @property
    def held(self) -> int:
        return sum(column.held for column in self.columns)

    @property
    def arrived(self) -> int:
        return sum(1 for session in self.sessions if session.state not in ("booked", *Session.FREE_STATES))

    @property
    def clients(self) -> list[Client]:
        return [session.client for session in self.sessions]


def sheet(day: date, *, viewer: User, now: datetime) -> Sheet:
    """The sheet of a day as `viewer` may see it; the same number of queries for one session and for fifty."""
    clinic = ClinicSettings.load()
    begins, ends = clock.bounds(day, clinic.zone)
    rows = Session.objects.filter(starts_at__gte=begins, starts_at__lt=ends)
    sessions = list(rows.select_related("client", "therapist", "plan__condition", "note").defer(*_WORDS))
    entries = _entries(sessions, viewer, clinic, now)
    opens, closes = clock.open_hours(day, clinic.day_starts, clinic.day_ends, clinic.zone)
    columns = _columns(entries, viewer, max(opens, min(now, closes)) if day == _today(clinic, now) else opens, closes)
    unsigned, call_backs = work_waiting(viewer, now)
    return Sheet(
        day=day,
        today=_today(clinic, now),
        columns=columns,
        week=_week(day, clinic),
        sessions=sessions,
        unsigned=unsigned,
        call_backs=call_backs,
    )


# Encrypted text no list needs: not read, so not decrypted.
_WORDS = (
    "note__subjective", "note__objective", "note__assessment", "note__plan_next", "note__work", "note__regions",
    "note__reaction", "note__home_care", "note__overrides", "plan__note", "plan__hold_reason", "plan__end_reason",
    "plan__overrides",
)  # fmt: skip


def _today(clinic: ClinicSettings, now: datetime) -> date:
    return now.astimezone(clinic.zone).date()


def _entries(sessions: Sequence[Session], viewer: User, clinic: ClinicSettings, now: datetime) -> list[Entry]:
    clients = [session.client for session in sessions]
    lights = readiness(clients, now=now) if clients else {}
    blocked = not_to_be_booked(clients) if clients else frozenset()
    charts = _open_charts(clients, viewer, clinic, now)
    visits = [session.public_id for session in sessions]
    checks = checklights.lights(visits, readable=charts, now=now) if visits else {}
    return [
        Entry(
            session=session,
            state=state_of(session),
            light=lights.get(session.client_id, NOT_SENT),
            late=is_late(session, now),
            now=session.holds_time and session.starts_at <= now < session.ends_at,
            may_stand=session.client_id not in blocked,
            about=_about(session, clinical=session.client_id in charts),
            check=checks.get(session.public_id),
        )
        for session in sessions
    ]


def state_of(session: Session) -> str:
    """The word of the state pill: done splits into done and signed."""
    note: Note | None = getattr(session, "note", None)
    return "signed" if note is not None and note.is_signed else str(session.state)


def not_to_be_booked(clients: Iterable[Client]) -> frozenset[int]:
    """Clients whose booking may not stand, by primary key; the reason stays with the flags."""
    rows = Flag.objects.filter(
        client__in={client.pk for client in clients}, booking__in=(Flag.Booking.BLOCK, Flag.Booking.BLOCK_TODAY)
    ).exclude(state=Flag.State.SUPERSEDED)
    return frozenset(flag.client_id for flag in rows.only("client_id", "state") if not lifted(flag))


def _open_charts(clients: Sequence[Client], viewer: User, clinic: ClinicSettings, now: datetime) -> set[int]:
    """Whose condition this viewer may read."""
    ids = {client.pk for client in clients}
    if not viewer.can(Permission.CLINICAL_READ):
        return set()
    if not clinic.own_clients_only:
        return ids
    return set(access.charts_open_to(viewer, now=now).filter(pk__in=ids).values_list("pk", flat=True))


def _about(session: Session, *, clinical: bool) -> str:
    """What the session is for. The complaint is clinical: the desk reads its number and no more."""
    if not clinical or session.plan is None:
        return f"Session {session.number}" if session.number else ""
    name = session.plan.condition.name
    return f"{name} · session {session.number} of {session.plan.sessions}" if session.number else name


def _columns(entries: Sequence[Entry], viewer: User, opens: datetime, closes: datetime) -> list[Column]:
    """A column for everybody who treats, the viewer's own first."""
    found = {user.pk: Column(user) for user in User.objects.filter(is_therapist=True, is_active=True)}
    for entry in entries:
        therapist = entry.session.therapist
        found.setdefault(therapist.pk, Column(therapist)).rows.append(entry)
    for column in found.values():
        held = [each for each in column.rows if isinstance(each, Entry) and not each.off]
        column.held = len(held)
        taken = [(each.session.starts_at, each.session.ends_at) for each in held]
        column.rows += [Gap(*gap) for gap in clock.gaps(opens, closes, taken)]
        column.rows.sort(key=_begins)
    return sorted(found.values(), key=lambda column: (column.therapist.pk != viewer.pk, column.therapist.name))


def _begins(row: Entry | Gap) -> tuple[datetime, bool]:
    return (row.session.starts_at, False) if isinstance(row, Entry) else (row.begins, True)


def _week(day: date, clinic: ClinicSettings) -> list[WeekDay]:
    """Monday to Sunday round a day, each with the number of sessions held."""
    monday = day - timedelta(days=day.weekday())
    begins, _ = clock.bounds(monday, clinic.zone)
    _, ends = clock.bounds(monday + timedelta(days=6), clinic.zone)
    counted = (
        Session.objects.filter(starts_at__gte=begins, starts_at__lt=ends)
        .exclude(state__in=Session.FREE_STATES)
        .annotate(on=TruncDate("starts_at", tzinfo=clinic.zone))
        .order_by()
        .values_list("on")
        .annotate(Count("pk"))
    )
    number = dict(counted)
    days = [monday + timedelta(days=offset) for offset in range(7)]
    return [WeekDay(each, number.get(each, 0), each == day) for each in days]


def work_waiting(viewer: User, now: datetime) -> tuple[int, int]:
    """Notes this therapist has not signed, and call-backs due to them or to nobody; the desk sees to everybody's."""
    if not viewer.can(Permission.CLINICAL_WRITE):
        return 0, due_for(viewer, now).count()
    numbers = User.objects.filter(pk=viewer.pk).values_list(_number(unsigned_of(viewer)), _number(due_for(viewer, now)))
    return numbers.get()


def _number(rows: QuerySet[Any]) -> Coalesce:
    """How many rows there are, as a column: two counts in one question."""
    counted = rows.order_by().annotate(all=Value(1)).values("all").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def unsigned_of(viewer: User) -> QuerySet[Note]:
    """Notes of this therapist's sessions that wait for a signature."""
    mine = Q(session__therapist=viewer) | Q(session__started_by=viewer)
    return Note.objects.filter(mine, signed_at=None)


def due_for(viewer: User, now: datetime) -> QuerySet[Task]:
    """Call-backs of this therapist's list that are due today or late."""
    listed = call_backs.open_tasks(viewer, now=now)
    return listed.filter(kind=Task.Kind.CALL_BACK, due_at__lte=now + timedelta(hours=24))

"""Verbs on sessions as appointments: book, arrive, start, cancel, no show. The note has its own module."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, connection
from django.db import transaction as db_transaction

from clinic import access, audit, closures
from clinic.models import Client, ClinicSettings, Consent, Service, User
from clinic.reasons import is_reason
from intake.safety import flags
from treatments import aftercare, clock, outstanding, preparing
from treatments.errors import Refused
from treatments.models import Note, Plan, Session

SHORTEST, LONGEST = 10, 240  # minutes
_LOCK = 5_310_447  # names the advisory lock under which PostgreSQL books one session after the other


class InThePast(Refused):
    words = "This time has passed. Choose a later one."
    field = "time"


class OutsideHours(Refused):
    words = "The clinic is closed then."
    field = "time"


class BadLength(Refused):
    words = f"A session lasts {SHORTEST} to {LONGEST} minutes."
    field = "minutes"


class NotATherapist(Refused):
    words = "This person does not treat."
    field = "therapist"


class ClientArchived(Refused):
    words = "This client is archived. Restore the record first."


class BookingMayNotStand(Refused):
    """Said to the desk without a reason: the reason is clinical."""

    words = "A booking for this client may not stand at present. A therapist has to look at the record first."


class PlanNotRunning(Refused):
    words = "This plan is not active, so nothing can be booked on it."


class PlanFull(Refused):
    words = "All sessions this plan allows are booked or held. Review the plan first."


class Taken(Refused):
    """Something is in the way; `by` is the session, when it could be named."""

    field = "time"
    by: Session | None = None


class TherapistTaken(Taken):
    words = "The therapist has another session at that time."


class ClientTaken(Taken):
    words = "The client has another session at that time."


class RoomTaken(Taken):
    words = "The room is in use at that time."
    field = "room"


class WrongState(Refused):
    words = "The session is not in a state where this is possible."


class TooEarly(Refused):
    words = "This session is not today."


class NotReady(Refused):
    """The session may not start; says what is missing, for the therapist."""

    def __init__(self, words: str, *, reason: str) -> None:
        super().__init__(words)
        self.reason = reason


class ReasonNeeded(Refused):
    words = "Say why."
    field = "reason"


_OVERLAPS: dict[str, type[Taken]] = {
    "session_therapist_free": TherapistTaken,
    "session_client_free": ClientTaken,
    "session_room_free": RoomTaken,
}


def book(
    *,
    client: Client,
    therapist: User,
    starts_at: datetime,
    minutes: int,
    by: User,
    now: datetime,
    plan: Plan | None = None,
    service: Service | None = None,
    room: str = "",
    ask: bool = True,
) -> Session:
    """A session, or a Refused that names what is in the way. The same booking twice is one session.

    Forms that are missing or too old by then are asked for by themselves, unless `ask` is false.
    """
    clinic = ClinicSettings.load()
    _check_time(clinic, starts_at, minutes, now)
    if not (therapist.is_therapist and therapist.is_active):
        raise NotATherapist
    with audit.transaction():
        _one_at_a_time()
        _check_client(client, starts_at.astimezone(clinic.zone).date(), now.astimezone(clinic.zone).date(), now)
        if (same := _same(client, therapist, starts_at)) is not None:
            return same
        if plan is not None:
            _check_plan(plan, client)
        session = Session(
            client=client, therapist=therapist, plan=plan, service=service, room=room.strip(), starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes), booked_at=now, booked_by=by,
        )  # fmt: skip
        _insert(session)
        access.join_care_team(client=client, therapist=therapist, by=by, now=now)
        renumber(plan)
        audit.record("session.book", by=by, client=client, subject=session, fields=["therapist", "starts_at", "room"])
        aftercare.booked(session=session, by=by, now=now)
        preparing.follow(client=client, by=by, now=now, ask=ask)
    session.refresh_from_db()
    return session


def _check_time(clinic: ClinicSettings, starts_at: datetime, minutes: int, now: datetime) -> None:
    if not SHORTEST <= minutes <= LONGEST:
        raise BadLength
    if starts_at < now:
        raise InThePast
    day = starts_at.astimezone(clinic.zone).date()
    if (closure := closures.on(day)) is not None:
        raise OutsideHours(": ".join(filter(None, ["The clinic is closed that day", closure.words])) + ".", field="day")
    opens, closes = clock.open_hours(day, clinic.day_starts, clinic.day_ends, clinic.zone)
    if starts_at < opens or starts_at + timedelta(minutes=minutes) > closes:
        raise OutsideHours(f"The clinic is open from {clinic.day_starts:%H:%M} to {clinic.day_ends:%H:%M}.")


def _check_client(client: Client, day: date, today: date, now: datetime) -> None:
    if client.archived_at is not None:
        raise ClientArchived
    if not flags.standing(client, now=now).may_book_on(day, today=today):
        raise BookingMayNotStand


def _check_plan(plan: Plan, client: Client) -> None:
    if plan.client_id != client.pk or plan.state != Plan.State.ACTIVE:
        raise PlanNotRunning
    if Session.objects.filter(plan=plan).exclude(state__in=Session.FREE_STATES).count() >= plan.max_sessions:
        raise PlanFull


def _one_at_a_time() -> None:
    """Two inserts that clash would each wait for the other under an exclusion constraint: queue them instead."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _same(client: Client, therapist: User, starts_at: datetime) -> Session | None:
    held = Session.objects.filter(client=client, therapist=therapist, starts_at=starts_at)
    return held.exclude(state__in=Session.FREE_STATES).first()


def _insert(session: Session) -> None:
    try:
        with db_transaction.atomic():
            session.save(force_insert=True)
    except IntegrityError as error:
        raise taken(error, session) from error


def taken(error: IntegrityError, session: Session) -> Exception:
    """The database's refusal as one of ours, naming the session in the way; any other error comes back as it is."""
    for name, kind in _OVERLAPS.items():
        if name in str(error):
            refusal = kind()
            column = {TherapistTaken: "therapist_id", ClientTaken: "client_id", RoomTaken: "room"}[kind]
            refusal.by = (
                Session.objects.filter(
                    starts_at__lt=session.ends_at, ends_at__gt=session.starts_at, **{column: getattr(session, column)}
                )
                .exclude(state__in=Session.FREE_STATES)
                .exclude(pk=session.pk)
                .first()
            )
            if refusal.by is not None:
                zone = ClinicSettings.load().zone
                begin, end = refusal.by.starts_at.astimezone(zone), refusal.by.ends_at.astimezone(zone)
                refusal.args = (f"{kind.words.rstrip('.')}: {begin:%H:%M} to {end:%H:%M}.",)
            return refusal
    return error


def renumber(plan: Plan | None) -> None:
    """Number a plan's sessions in the order they take place; cancelled ones count for nothing."""
    if plan is None:
        return
    moved, number = [], 0
    for row in Session.objects.filter(plan=plan).order_by("starts_at", "id"):
        if row.holds_time:
            number += 1
        wanted = number if row.holds_time else None
        if row.number != wanted:
            row.number = wanted
            moved.append(row)
    Session.objects.bulk_update(moved, ["number"])


def arrive(*, session: Session, by: User, now: datetime) -> Session:
    """The client is here. Harmless when said twice."""
    with audit.transaction():
        row = _held(session)
        if row.state == Session.State.ARRIVED:
            return row
        _expect(row, Session.State.BOOKED)
        _not_before_its_day(row, now)
        row.state, row.arrived_at, row.arrived_by = Session.State.ARRIVED, now, by
        row.save(update_fields=["state", "arrived_at", "arrived_by"])
        audit.record("session.arrive", by=by, client=row.client, subject=row, fields=["state"])
    session.refresh_from_db()
    return row


def start(*, session: Session, by: User, now: datetime, override: str = "") -> Session:
    """Begin treatment. NotReady while a blocking flag is open, or without a health history or a yes to treatment.

    What stands in `WITH_A_REASON` may be missing when `override` says why; that is kept in the audit.
    """
    with audit.transaction():
        row = _held(session)
        if row.state == Session.State.IN_SESSION:
            return row
        _expect(row, Session.State.BOOKED, Session.State.ARRIVED)
        _not_before_its_day(row, now)
        missing = _unless(override, row, now)
        if row.state == Session.State.BOOKED:
            row.arrived_at, row.arrived_by = now, by
        row.state, row.started_at, row.started_by = Session.State.IN_SESSION, now, by
        row.save(update_fields=["state", "arrived_at", "arrived_by", "started_at", "started_by"])
        Note.objects.get_or_create(session=row, defaults={"saved_at": now, "saved_by": by})
        access.join_care_team(client=row.client, therapist=by, by=by, now=now)
        audit.record("session.start", by=by, client=row.client, subject=row, fields=["state"])
        if missing:
            audit.record(
                "session.start_override", by=by, client=row.client, subject=row, fields=[missing], reason=override
            )
    session.refresh_from_db()
    return row


NO_CONSENT = "There is no consent to treatment."
#: What may be missing at the start when somebody writes down why.
WITH_A_REASON = frozenset({"consent", "forms"})


def _unless(override: str, session: Session, now: datetime) -> str:
    """Check that the client is ready; returns what is missing and was overridden with a reason, or nothing."""
    try:
        check_ready(session.client, now)
        check_forms(session, now)
    except NotReady as refusal:
        if refusal.reason not in WITH_A_REASON or not is_reason(override):
            raise
        return refusal.reason
    return ""


def check_ready(client: Client, now: datetime) -> None:
    """NotReady unless this client may be treated now."""
    standing = flags.standing(client, now=now)
    if not standing.history_complete:
        raise NotReady("The health history is not complete. Ask the client to finish it first.", reason="intake")
    if number := len(standing.blocking):
        what = "1 open flag" if number == 1 else f"{number} open flags"
        raise NotReady(f"Not while {what} may rule out treatment. Review the flags first.", reason="flags")
    if not standing.may_start:
        raise NotReady(". ".join(standing.reasons) + ".", reason="flags")
    if not standing.treatment_agreed:
        due = next((one.why for one in standing.agreements_due if one.kind == Consent.Kind.TREATMENT), "")
        words = f"The consent to treatment does not count any more: {due.lower()}." if due else NO_CONSENT
        raise NotReady(f"{words} Ask for it before you begin.", reason="consent")


def check_forms(session: Session, now: datetime) -> None:
    """NotReady while a form this visit needs is not done, where the clinic wants them all done before treatment."""
    if ClinicSettings.load().forms_first and (missing := outstanding.missing_for(session, now=now)):
        raise NotReady(f"Not before these forms are done. {'. '.join(missing)}.", reason="forms")


def cancel(*, session: Session, reason: str, by: User, now: datetime) -> Session:
    """Give the time back, with a reason the desk may read; what was to be sent about it is cancelled too."""
    reason = reason.strip()
    if not reason:
        raise ReasonNeeded
    with audit.transaction():
        row = _held(session)
        if row.state == Session.State.CANCELLED:
            return row
        _expect(row, Session.State.BOOKED, Session.State.ARRIVED)
        _give_back(row, Session.State.CANCELLED, reason=reason, by=by, now=now)
        audit.record("session.cancel", by=by, client=row.client, subject=row, fields=["state"], reason=reason)
    session.refresh_from_db()
    return row


def no_show(*, session: Session, by: User, now: datetime) -> Session:
    """The client did not come. Only once the session's time has begun."""
    with audit.transaction():
        row = _held(session)
        if row.state == Session.State.NO_SHOW:
            return row
        _expect(row, Session.State.BOOKED)
        if now < row.starts_at:
            raise WrongState("The session has not begun yet. Cancel it instead.")
        _give_back(row, Session.State.NO_SHOW, reason="Did not come", by=by, now=now)
        audit.record("session.no_show", by=by, client=row.client, subject=row, fields=["state"])
    session.refresh_from_db()
    return row


def _give_back(row: Session, state: str, *, reason: str, by: User, now: datetime) -> None:
    row.state, row.cancelled_at, row.cancelled_by, row.cancel_reason = state, now, by, reason[:200]
    row.save(update_fields=["state", "cancelled_at", "cancelled_by", "cancel_reason"])
    renumber(row.plan)
    aftercare.cancel_for(session=row, reason=f"session {state}", by=by, now=now)
    aftercare.resume(client=row.client, by=by, now=now)
    preparing.follow(client=row.client, by=by, now=now)


def _held(session: Session) -> Session:
    """The row as it is now, held until the transaction ends."""
    locked = Session.objects.select_for_update(of=("self",)).select_related("client", "plan")
    return locked.get(pk=session.pk)


def _expect(session: Session, *states: str) -> None:
    if session.state not in states:
        raise WrongState(f"This session is “{session.get_state_display().lower()}”; that is not possible any more.")


def _not_before_its_day(session: Session, now: datetime) -> None:
    zone = ClinicSettings.load().zone
    day = session.starts_at.astimezone(zone).date()
    if day > now.astimezone(zone).date():
        raise TooEarly(f"This session is on {day.day} {day:%B %Y}, not today.")


def is_late(session: Session, now: datetime) -> bool:
    """Booked, begun by the clock, and nobody here."""
    return session.state == Session.State.BOOKED and now > session.starts_at


def free_times(*, therapist: User, day: date, minutes: int, now: datetime) -> list[datetime]:
    """When this therapist could take a session of so many minutes that day."""
    clinic = ClinicSettings.load()
    if closures.on(day) is not None:
        return []
    opens, closes = clock.open_hours(day, clinic.day_starts, clinic.day_ends, clinic.zone)
    held = Session.objects.filter(therapist=therapist, starts_at__lt=closes, ends_at__gt=opens)
    busy = held.exclude(state__in=Session.FREE_STATES).values_list("starts_at", "ends_at")
    return clock.free(opens, closes, busy, minutes=minutes, after=now)

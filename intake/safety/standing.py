"""Where clients stand: may they be booked, may a session start, what limits hold. For one or for many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery

from clinic.models import Client, ClinicSettings, Consent
from intake.consent import terms
from intake.identity import AREAS
from intake.models import Flag, Response
from intake.questionnaires import HISTORY
from intake.safety.screening import BOOKING_ORDER, Effect, expand, merge

State = Flag.State
#: Classes that keep a session from starting until a named person has lifted them.
STOPPING = frozenset({"emergency", "urgent", "do_not_treat", "clearance"})
GUARDIAN = "guardian_consent"
_UNTIL_WORDS = {
    GUARDIAN: "The permission of a parent or guardian is not on file",
    "answers_confirmed": "Answers given as “not sure” have not been gone through",
    "history_reviewed": "The health history has not been gone through again",
}


@dataclass(frozen=True, slots=True)
class Due:
    """An agreement that was given and has to be asked for again, and why."""

    kind: str
    label: str
    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for a client now. Texts in `reasons` name rules: for people with clinical rights only."""

    may_book: bool
    may_start: bool
    may_start_plan: bool
    booking: str
    history_complete: bool
    history_to_review: UUID | None = None
    open_flags: tuple[Flag, ...] = ()
    flags: tuple[Flag, ...] = ()
    blocking: tuple[Flag, ...] = ()
    soft: tuple[Flag, ...] = ()
    blocks_session_until: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    pressure_max: int | None = None
    region_limits: Mapping[str, int] = field(default_factory=dict)
    blocked_regions: frozenset[str] = frozenset()
    blocked_techniques: frozenset[str] = frozenset()
    blocked_positions: frozenset[str] = frozenset()
    place_in_words: bool = False
    unagreed_regions: frozenset[str] = frozenset()
    treatment_agreed: bool = False
    agreements_due: tuple[Due, ...] = ()

    def may_book_on(self, day: date, *, today: date) -> bool:
        """'Not today' keeps today free of this client and no other day."""
        return self.may_book and not (self.booking == "block_today" and day <= today)


def lifted(flag: Flag) -> bool:
    """Whether a named person has lifted what the flag blocks."""
    return flag.state == State.OVERRIDDEN


def limits_stay(flag: Flag) -> bool:
    """Limits of a flag hold until it is answered anew; an override of a flag that only limits ends them.

    An override of a flag that blocks opens the way to the session; its pressure and place limits stay.
    """
    return flag.state != State.SUPERSEDED and not (lifted(flag) and flag.booking == Flag.Booking.ALLOW)


def blocks_start(flag: Flag) -> bool:
    """Whether the flag keeps any session from starting."""
    return flag.flag_class in STOPPING and not flag.soft and not lifted(flag)


def waits_for(flag: Flag, *, guardian_agreed: bool) -> str:
    """What a session must wait for because of this flag; empty for nothing.

    'Asked and confirmed' is said by acknowledging. A guardian's permission must be on file, or a reason written.
    """
    until = str(flag.rule.get("blocks_session_until") or "")
    if not until or lifted(flag):
        return ""
    if until == GUARDIAN:
        return "" if guardian_agreed else until
    return until if flag.state == State.OPEN else ""


def standings(clients: Iterable[Client], *, now: datetime) -> dict[int, Standing]:
    """The standing of each client by primary key: the same few questions to the database for one and for many."""
    ids = [client.pk for client in clients]
    by_client: dict[int, list[Flag]] = {pk: [] for pk in ids}
    for flag in Flag.objects.filter(client__in=ids).exclude(state=State.SUPERSEDED).select_related("closed_by"):
        by_client[flag.client_id].append(flag)
    clinic = ClinicSettings.load()
    said = agreed(ids, clinic, now=now)
    today = now.astimezone(clinic.zone).date()
    return {pk: standing_of(by_client[pk], history, reviewed, said[pk], today) for pk, history, reviewed in _facts(ids)}


@dataclass(slots=True)
class Agreed:
    """What a client has agreed to that counts today, and what was given and is due again."""

    kinds: set[str] = field(default_factory=set)
    due: list[Due] = field(default_factory=list)

    @property
    def areas(self) -> set[str]:
        """The codes of the areas with a yes of their own."""
        return {kind.removeprefix(Consent.AREA) for kind in self.kinds if kind.startswith(Consent.AREA)}


def agreed(ids: Sequence[int], clinic: ClinicSettings, *, now: datetime) -> dict[int, Agreed]:
    """The agreements of each client by primary key."""
    zone = clinic.zone
    today = now.astimezone(zone).date()
    found = {pk: Agreed() for pk in ids}
    rows = Consent.objects.filter(client__in=ids, granted=True, superseded_at=None).order_by("kind")
    for row in rows.only("client_id", "kind", "given_at", "wording_version"):
        given = row.given_at.astimezone(zone).date()
        why = terms.why_due(row.kind, given=given, wording_version=row.wording_version, today=today, clinic=clinic)
        if why and row.kind == Consent.Kind.TODAY:
            continue  # the check before the visit asks for it, and has its own light
        if why:
            found[row.client_id].due.append(Due(row.kind, row.get_kind_display(), why))
        else:
            found[row.client_id].kinds.add(row.kind)
    return found


def unagreed(areas: Iterable[str] | None) -> frozenset[str]:
    """Regions that need a separate yes and have none, when these areas were agreed to."""
    everything = {code for codes in AREAS.values() for code in codes}
    agreed = {code for area in areas or () for code in AREAS.get(area, ())}
    return frozenset().union(*(expand(code) for code in everything - agreed))


def _facts(ids: Sequence[int]) -> Iterable[tuple[int, UUID | None, datetime | None]]:
    """Of each client: the newest complete history and when it was reviewed."""
    histories = Response.objects.filter(
        client=OuterRef("pk"), status=Response.Status.COMPLETED, version__questionnaire__slug=HISTORY
    ).order_by("-submitted_at", "-id")
    return Client.objects.filter(pk__in=ids).values_list(
        "pk", Subquery(histories.values("public_id")[:1]), Subquery(histories.values("reviewed_at")[:1])
    )


def standing(client: Client, *, now: datetime) -> Standing:
    """The standing of one client."""
    return standings([client], now=now)[client.pk]


def standing_of(
    flags: Sequence[Flag], history: UUID | None, reviewed_at: datetime | None, said: Agreed, today: date
) -> Standing:
    """What follows from these flags and agreements. Touches no database."""
    guardian_agreed = Consent.Kind.GUARDIAN in said.kinds
    complete = history is not None
    blocking = tuple(flag for flag in flags if blocks_start(flag))
    soft = tuple(flag for flag in flags if flag.soft and not lifted(flag))
    waiting = tuple(dict.fromkeys(filter(None, (waits_for(flag, guardian_agreed=guardian_agreed) for flag in flags))))
    booking = max((flag.booking for flag in flags if not lifted(flag)), key=BOOKING_ORDER.index, default="allow")
    limits = merge(Effect.from_json(flag.rule) for flag in flags if limits_stay(flag))
    reasons = [str(flag.rule.get("title", flag.rule_id)) for flag in blocking]
    reasons += [_UNTIL_WORDS.get(one, one) for one in waiting]
    if not complete:
        reasons.append("The health history is not complete")
    may_start = complete and not blocking and not waiting
    return Standing(
        may_book=booking != "block",
        may_start=may_start,
        may_start_plan=may_start and not soft,
        booking=booking,
        history_complete=complete,
        history_to_review=history if reviewed_at is None else None,
        open_flags=tuple(flag for flag in flags if flag.state == State.OPEN),
        flags=tuple(flags),
        blocking=blocking,
        soft=soft,
        blocks_session_until=waiting,
        reasons=tuple(reasons),
        pressure_max=limits.pressure_max,
        region_limits=limits.region_limits,
        blocked_regions=limits.blocked_regions,
        blocked_techniques=limits.blocked_techniques,
        blocked_positions=limits.blocked_positions,
        place_in_words=limits.place_in_words,
        unagreed_regions=unagreed(said.areas),
        treatment_agreed=Consent.Kind.TREATMENT in said.kinds,
        agreements_due=tuple(said.due),
    )

"""Measured values: recorded once for each session, measure and moment; read as curves with what the change means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from clinic import audit
from clinic.models import Client, User
from conditions.measures import Measure, measures
from treatments.change import Change, change
from treatments.errors import Refused
from treatments.models import Outcome, Plan, Session

# Straight after the treatment says how the hands did, not how the plan does.
AT_ONCE = "after"
LINES = {"before": "Before treatment", AT_ONCE: "After treatment"}
AT_HOME = "At other times"
TAPPED_TWICE = timedelta(minutes=2)


class OutOfRange(Refused):
    """A value the measure cannot have."""

    field = "value"

    def __init__(self, measure: Measure) -> None:
        super().__init__(f"{measure.name} goes from {measure.range_min:g} to {measure.range_max:g}.")


class UnknownMeasure(Refused):
    words = "There is no such measure."
    field = "measure"


@dataclass(frozen=True, slots=True)
class Series:
    """One measure over time, with the change from its first to its newest value."""

    measure: Measure
    points: list[Outcome]
    change: Change | None

    @property
    def drawn(self) -> list[tuple[datetime, float, str]]:
        """For the chart: straight after a treatment is a line of its own."""
        return [(row.taken_at, float(row.value), LINES.get(row.moment, AT_HOME)) for row in self.points]


def record(
    *,
    client: Client,
    measure: str,
    value: Decimal,
    source: str,
    by: audit.Actor,
    now: datetime,
    session: Session | None = None,
    plan: Plan | None = None,
    moment: str = "",
    taken_at: datetime | None = None,
) -> Outcome:
    """Keep a value. The same measure at the same moment of the same session is kept once.

    Raises UnknownMeasure or OutOfRange.
    """
    known = measures().get(measure)
    if known is None:
        raise UnknownMeasure
    if not value.is_finite() or not known.in_range(float(value)):
        raise OutOfRange(known)
    with audit.transaction():
        facts = {
            "client": client, "plan": plan, "value": value, "source": source, "taken_at": taken_at or now,
            "taken_by": audit.staff(by),
        }  # fmt: skip
        made = True
        if session is None:
            outcome = Outcome.objects.create(measure=measure, moment=moment, **facts)
        else:
            outcome, made = Outcome.objects.get_or_create(
                session=session, measure=measure, moment=moment, defaults=facts
            )
        if made:
            audit.record("outcome.record", by=by, client=client, subject=outcome, fields=["measure", "value"])
    return outcome


def record_by_hand(
    *, client: Client, measure: str, value: Decimal, taken_at: datetime, by: User, now: datetime
) -> Outcome:
    """A score that a therapist read off a form or measured; it counts for the client's running plan.

    The same score of the same moment from the same hand is a second tap on the button, and kept once.
    """
    with audit.transaction():
        list(Client.objects.select_for_update().filter(pk=client.pk).values_list("pk"))
        tapped = Outcome.objects.filter(
            client=client, measure=measure, value=value, source=Outcome.Source.STAFF, taken_by=by,
            taken_at__range=(taken_at - TAPPED_TWICE, taken_at),
        )  # fmt: skip
        return tapped.first() or _by_hand(client, measure, value, taken_at, by, now)


def _by_hand(client: Client, measure: str, value: Decimal, taken_at: datetime, by: User, now: datetime) -> Outcome:
    plan = client.plans.filter(state__in=[Plan.State.ACTIVE, Plan.State.ON_HOLD]).order_by("-started_at").first()
    return record(
        client=client, plan=plan, measure=measure, value=value, source=Outcome.Source.STAFF, by=by, now=now,
        taken_at=taken_at,
    )  # fmt: skip


def curve(client: Client) -> list[Series]:
    """Every measure that was taken of a client, in the catalogue's order, each by time."""
    return series(Outcome.objects.filter(client=client).select_related("session"))


def series(outcomes: Iterable[Outcome]) -> list[Series]:
    """The same from rows at hand. Touches no database."""
    taken: dict[str, list[Outcome]] = {}
    for outcome in sorted(outcomes, key=lambda row: (row.taken_at, row.pk or 0)):
        taken.setdefault(outcome.measure, []).append(outcome)
    return [
        Series(known, taken[code], _change(known, taken[code])) for code, known in measures().items() if code in taken
    ]


def _change(measure: Measure, points: list[Outcome]) -> Change | None:
    comparable = _steady(points)
    if len(comparable) < 2:
        return None
    return change(measure, comparable[0].value, comparable[-1].value)


def _steady(points: list[Outcome]) -> list[Outcome]:
    return [point for point in points if point.moment != AT_ONCE]

"""Where the bars of a day by the hour go: numbers in, coordinates out. No database, no markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, MARGIN_BOTTOM = 34.0, 8.0, 10.0, 22.0
SERIES = ("sent", "missed", "failed")  # from the ground upwards
LEAST = 3.0  # one failure beside thousands sent must still be seen


@dataclass(frozen=True, slots=True)
class Hour:
    """What ended within one hour."""

    at: datetime
    sent: int = 0
    failed: int = 0
    missed: int = 0

    @property
    def total(self) -> int:
        return self.sent + self.failed + self.missed


@dataclass(frozen=True, slots=True)
class Bar:
    """One piece of a column."""

    name: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Label:
    """An hour below the columns, or a number beside a rule."""

    at: float
    moment: datetime | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """One size of the chart."""

    width: int
    height: int
    bars: tuple[Bar, ...]
    rules: tuple[Label, ...]
    hours: tuple[Label, ...]

    @property
    def left(self) -> float:
        return MARGIN_LEFT

    @property
    def right(self) -> float:
        return self.width - MARGIN_RIGHT

    @property
    def bottom(self) -> float:
        return self.height - 6.0


def ceiling(highest: int) -> int:
    """The round number at the top of the scale: 4, 10, 20, 40, 100 …"""
    top, steps = 4, (2.5, 2, 2)
    for n in range(60):
        if top >= highest:
            break
        top = int(top * steps[n % 3])
    return top


def draw(hours: Sequence[Hour], *, width: int, height: int, every: int) -> Picture:
    """Stack each hour's pieces; `every` so many hours one is named below."""
    top = ceiling(max((hour.total for hour in hours), default=0))
    room = height - MARGIN_TOP - MARGIN_BOTTOM
    ground = MARGIN_TOP + room
    step = (width - MARGIN_LEFT - MARGIN_RIGHT) / max(len(hours), 1)
    bars: list[Bar] = []
    for n, hour in enumerate(hours):
        y = ground
        for name in SERIES:
            if count := getattr(hour, name):
                tall = min(max(count / top * room, LEAST), y - MARGIN_TOP)
                y = round(y - tall, 1)
                bars.append(Bar(name, round(MARGIN_LEFT + n * step + step * 0.14, 1), y, round(step * 0.72, 1),
                                round(tall, 1)))  # fmt: skip
    rules = tuple(Label(round(ground - share * room, 1), number=int(top * share)) for share in (0, 0.5, 1))
    named = tuple(
        Label(round(MARGIN_LEFT + (n + 0.5) * step, 1), hour.at)
        for n, hour in enumerate(hours)
        if (len(hours) - 1 - n) % every == 0
    )
    return Picture(width, height, tuple(bars), rules, named)

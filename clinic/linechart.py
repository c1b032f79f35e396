"""Where the ink of a small line chart goes: numbers in, coordinates out. No database, no markup."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, MARGIN_BOTTOM = 26.0, 14.0, 14.0, 26.0
# Room at the right for the word beside the goal line, where no mark can lie on it.
GOAL_MARGIN = 52.0


@dataclass(frozen=True)
class Point:
    """One measured value; `series` says which line it belongs to."""

    when: datetime | date
    value: float
    series: str = ""


@dataclass(frozen=True)
class Spot:
    """A point's place in the picture."""

    x: float
    y: float
    point: Point


@dataclass(frozen=True)
class Line:
    """One series: its number picks colour, dash and mark."""

    name: str
    number: int
    spots: tuple[Spot, ...]

    @property
    def path(self) -> str:
        return " ".join(f"{'L' if n else 'M'}{spot.x:.1f} {spot.y:.1f}" for n, spot in enumerate(self.spots))


@dataclass(frozen=True)
class Tick:
    at: float
    words: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Drawing:
    """One size of the chart; pages carry a wide and a narrow one, so words stay readable on a phone."""

    width: int
    height: int
    lines: tuple[Line, ...]
    rules: tuple[Tick, ...]
    dates: tuple[Tick, ...]
    goal: float | None

    @property
    def left(self) -> float:
        return MARGIN_LEFT

    @property
    def right(self) -> float:
        return self.width - (MARGIN_RIGHT if self.goal is None else GOAL_MARGIN)

    @property
    def bottom(self) -> float:
        return self.height - 7.0


def points_from(rows: Iterable[Any]) -> list[Point]:
    """Points from Point objects, (when, value[, series]) tuples or dicts; rows without a value are left out."""
    points = []
    for row in rows:
        if isinstance(row, Point):
            point = row
        elif isinstance(row, dict):
            if row["value"] is None:
                continue
            point = Point(row["when"], float(row["value"]), str(row.get("series", "")))
        else:
            if row[1] is None:
                continue
            point = Point(row[0], float(row[1]), str(row[2]) if len(row) > 2 else "")
        points.append(point)
    return sorted(points, key=lambda point: _seconds(point.when))


def draw(
    points: list[Point], *, width: int, height: int, low: float = 0, high: float = 10, goal: float | None = None
) -> Drawing:
    """Lay the points out by time across and by value upwards; values outside the scale stay on its edge."""
    span = high - low or 1
    room = height - MARGIN_TOP - MARGIN_BOTTOM

    def y_of(value: float) -> float:
        return round(MARGIN_TOP + (high - min(max(value, low), high)) / span * room, 1)

    times = [_seconds(point.when) for point in points]
    first, last = (min(times), max(times)) if times else (0.0, 0.0)
    inner = width - MARGIN_LEFT - (MARGIN_RIGHT if goal is None else GOAL_MARGIN)

    def x_of(when: datetime | date) -> float:
        if last == first:
            return round(MARGIN_LEFT + inner / 2, 1)
        # Half a mark's width from the edges, so that the first and last are not cut.
        return round(MARGIN_LEFT + 8 + (_seconds(when) - first) / (last - first) * (inner - 16), 1)

    names = list(dict.fromkeys(point.series for point in points))
    lines = tuple(
        Line(name, n, tuple(Spot(x_of(p.when), y_of(p.value), p) for p in points if p.series == name))
        for n, name in enumerate(names)
    )
    rules = tuple(Tick(y_of(value), f"{value:g}", "end") for value in (low, low + span / 2, high))
    return Drawing(width, height, lines, rules, _date_ticks(points, x_of), None if goal is None else y_of(goal))


def _date_ticks(points: list[Point], x_of: Any) -> tuple[Tick, ...]:
    if not points:
        return ()
    days = {"first": points[0], "middle": points[len(points) // 2], "last": points[-1]}
    ticks: list[Tick] = []
    for point in days.values():
        at = x_of(point.when)
        if any(abs(at - tick.at) < 70 for tick in ticks):
            continue
        anchor = "start" if at < 70 else "middle"
        ticks.append(Tick(at, f"{point.when.day} {point.when:%b}", anchor))
    if len(ticks) > 1 and ticks[-1].at > ticks[0].at:
        ticks[-1] = Tick(ticks[-1].at, ticks[-1].words, "end" if points[-1] is days["last"] else ticks[-1].anchor)
    return tuple(ticks)


def _seconds(when: datetime | date) -> float:
    if isinstance(when, datetime):
        return when.timestamp()
    return float(when.toordinal() * 86400)

"""The clinic’s day: its zone, its hours, and local times that do not exist. Touches no database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

STEP = timedelta(minutes=15)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


class NoSuchTime(ValueError):
    """A local time the clocks jump over."""


def at(day: date, hour: time, zone: ZoneInfo) -> datetime:
    """The moment of a local time; NoSuchTime in the hour that is left out in spring."""
    local = datetime.combine(day, hour, tzinfo=zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoSuchTime(f"{hour:%H:%M} does not exist on {day:%d.%m.%Y}: the clocks change.")
    return moment


def read_day(text: str) -> date | None:
    """A day of this century written as 2026-03-14; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From midnight to midnight, as moments (23 to 25 hours)."""
    start = datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone).astimezone(UTC)
    return start, end


def open_hours(day: date, opens: time, closes: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When the clinic is open that day, as moments."""
    return (
        datetime.combine(day, opens, tzinfo=zone).astimezone(UTC),
        datetime.combine(day, closes, tzinfo=zone).astimezone(UTC),
    )


def free(
    opens: datetime, closes: datetime, taken: Iterable[tuple[datetime, datetime]], *, minutes: int, after: datetime
) -> list[datetime]:
    """Starts on the quarter hour at which `minutes` fit between what is taken."""
    length = timedelta(minutes=minutes)
    busy = sorted(taken)
    found = []
    start = opens
    while start + length <= closes:
        if start >= after and all(start >= end or start + length <= begin for begin, end in busy):
            found.append(start)
        start += STEP
    return found


def gaps(
    opens: datetime, closes: datetime, taken: Iterable[tuple[datetime, datetime]], *, at_least: int = 30
) -> list[tuple[datetime, datetime]]:
    """The stretches of at least so many minutes in which nothing is booked."""
    found, reached = [], opens
    for begin, end in sorted(taken):
        if begin - reached >= timedelta(minutes=at_least):
            found.append((reached, min(begin, closes)))
        reached = max(reached, end)
    if closes - reached >= timedelta(minutes=at_least):
        found.append((reached, closes))
    return found

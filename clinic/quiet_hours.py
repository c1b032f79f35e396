"""When the clinic is silent, worked out on instants so that a clock change can neither wake nor lose anybody.

A wall time that the clock skips means the first instant after the gap; one that comes twice means the second. So an
answer is never inside quiet hours and never earlier than what was asked. Touches no database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Window:
    """Silent from `start` until just before `end`, by the wall clock; usually over midnight. Equal times: never."""

    start: time
    end: time

    def holds(self, clock: time) -> bool:
        """Is this wall time inside the window?"""
        if self.start < self.end:
            return self.start <= clock < self.end
        if self.start > self.end:
            return clock >= self.start or clock < self.end
        return False


def is_quiet(instant: datetime, window: Window, zone: ZoneInfo) -> bool:
    """Would a message at this instant arrive in quiet hours?"""
    return window.holds(instant.astimezone(zone).time())


def first_allowed(instant: datetime, window: Window, zone: ZoneInfo) -> datetime:
    """The instant itself, or the first one after it that is not quiet (in UTC)."""
    found = instant.astimezone(UTC)
    while is_quiet(found, window, zone):  # twice at most: when a gap ends inside the next window
        local = found.astimezone(zone)
        day = local.date() if local.time() < window.end else local.date() + timedelta(days=1)
        found = max(resolve(day, window.end, zone), found + timedelta(microseconds=1))
    return found


def next_silence(instant: datetime, window: Window, zone: ZoneInfo) -> datetime | None:
    """When quiet hours begin next after an instant that is not quiet (in UTC); None when they never do."""
    if window.start == window.end:
        return None
    day = instant.astimezone(zone).date()
    begins = (resolve(day + timedelta(days=later), window.start, zone) for later in range(3))
    return next(start for start in begins if start > instant)


def resolve(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant (UTC) a wall time means in a zone: the second of two, or the first after a gap."""
    naive = datetime.combine(day, clock.replace(tzinfo=None, fold=0))
    readings = [naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    real = [reading for reading in readings if reading.astimezone(zone).replace(tzinfo=None) == naive]
    if real:
        return max(real)
    return _first_after_change(min(readings), max(readings), zone)


def _first_after_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between the two at which the zone's offset changes, to the second."""
    old = before.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)

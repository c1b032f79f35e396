"""When the clinic is silent, worked out on instants so that a clock change can neither wake nor lose anybody.

A wall time that the clock skips means the first instant after the gap; one that comes twice means the second. So an
answer is never inside quiet hours and never earlier than what was asked. Touches no database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Two windows settle in two rounds; a clock change inside one of them may cost another.
_ROUNDS = 5


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
    days = [day + timedelta(days=later) for later in range(4)]
    # A wall time that comes twice begins the silence the first time: not what `resolve` would take.
    begins = {at for each in days for at in (*_readings(each, window.start, zone), resolve(each, window.start, zone))}
    return min((start for start in begins if start > instant and is_quiet(start, window, zone)), default=None)


@dataclass(frozen=True, slots=True)
class Silence:
    """All the windows that protect one person, by the clock of the place where that person is.

    The first is the clinic's and always holds. Together they may leave no minute of the day: then only it counts.
    """

    windows: tuple[Window, ...]
    zone: ZoneInfo

    def is_quiet(self, instant: datetime) -> bool:
        return any(is_quiet(instant, window, self.zone) for window in self.windows)

    def first_allowed(self, instant: datetime) -> datetime:
        """The instant itself, or the first one after it that no window holds (in UTC)."""
        found = instant.astimezone(UTC)
        for _ in range(_ROUNDS):
            if not self.is_quiet(found):
                return found
            for window in self.windows:
                found = first_allowed(found, window, self.zone)
        return first_allowed(instant, self.windows[0], self.zone)

    def begins(self, instant: datetime) -> datetime:
        """When the silence round an instant began; the instant itself where there is none."""
        found = instant.astimezone(UTC)
        for _ in range(_ROUNDS):
            held = [window for window in self.windows if is_quiet(found, window, self.zone)]
            if not held:
                break
            local = found.astimezone(self.zone)
            start = held[0].start
            day = local.date() if local.time() >= start else local.date() - timedelta(days=1)
            found = resolve(day, start, self.zone) - timedelta(seconds=1)
        return min(found + timedelta(seconds=1), instant.astimezone(UTC))

    def next(self, instant: datetime) -> datetime | None:
        """When silence begins next after an instant that is not quiet; None when it never does."""
        found = [begin for window in self.windows if (begin := next_silence(instant, window, self.zone)) is not None]
        return min(found, default=None)

    @property
    def leaves_room(self) -> bool:
        """Is there a minute of the day at which something may arrive?"""
        minutes = (time(minute // 60, minute % 60) for minute in range(24 * 60))
        return any(not any(window.holds(clock) for window in self.windows) for clock in minutes)


def resolve(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant (UTC) a wall time means in a zone: the second of two, or the first after a gap."""
    naive = datetime.combine(day, clock.replace(tzinfo=None, fold=0))
    readings = _readings(day, clock, zone)
    real = [reading for reading in readings if reading.astimezone(zone).replace(tzinfo=None) == naive]
    if real:
        return max(real)
    return _first_after_change(min(readings), max(readings), zone)


def _readings(day: date, clock: time, zone: ZoneInfo) -> list[datetime]:
    naive = datetime.combine(day, clock.replace(tzinfo=None, fold=0))
    return [naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]


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

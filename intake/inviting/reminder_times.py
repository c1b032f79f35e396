"""When a client is reminded of a form before a visit. Pure.

Whole days before a visit are counted on the wall clock (a visit at nine is reminded of at nine, also over a clock
change); hours are hours. What would fall into quiet hours waits until they end, or, where that is too close to the
visit, comes the evening before.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic.quiet_hours import Window, first_allowed, is_quiet, resolve

#: Nearer to the visit a reminder only disturbs; nearer to another message it nags.
LATEST, APART = timedelta(hours=1), timedelta(hours=4)
BEFORE_THE_NIGHT = timedelta(minutes=15)


def reminder_times(
    starts: datetime, hours: Iterable[int], *, now: datetime, window: Window, zone: ZoneInfo
) -> list[datetime]:
    """The instants (UTC), in order, of reminders so many hours before `starts`; none that is past or would nag."""
    found: list[datetime] = []
    wanted = {_before(starts, each, zone) for each in hours if each > 0}
    for at in sorted(_out_of_the_night(each, starts, window, zone) for each in wanted):
        last = found[-1] if found else now
        if at - last >= APART and at < starts:
            found.append(at)
    return found


def _before(starts: datetime, hours: int, zone: ZoneInfo) -> datetime:
    days, rest = divmod(hours, 24)
    if rest:
        return starts.astimezone(UTC) - timedelta(hours=hours)  # aware times subtract on the wall clock
    local = starts.astimezone(zone)
    return resolve(local.date() - timedelta(days=days), local.time(), zone)


def _out_of_the_night(at: datetime, starts: datetime, window: Window, zone: ZoneInfo) -> datetime:
    if not is_quiet(at, window, zone):
        return at
    morning = first_allowed(at, window, zone)
    if morning <= starts - LATEST:
        return morning
    local = at.astimezone(zone)
    evening = local.date() if local.time() >= window.start else local.date() - timedelta(days=1)
    return resolve(evening, window.start, zone) - BEFORE_THE_NIGHT

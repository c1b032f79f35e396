"""Times by which work is due, counted in the clinic's open hours, Monday to Friday. Touches no database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.quiet_hours import resolve

SATURDAY = 5


def after(
    start: datetime, work: timedelta, *, opens: time, closes: time, zone: ZoneInfo, closed: Collection[date] = ()
) -> datetime:
    """The moment when `work` of open time has passed since `start`. A clinic that never opens counts by the clock."""
    if opens >= closes:
        return start + work
    day, reached, left = start.astimezone(zone).date(), start, work
    while True:
        if day.weekday() < SATURDAY and day not in closed:
            begin, end = max(resolve(day, opens, zone), reached), resolve(day, closes, zone)
            if begin + left <= end:
                return begin + left
            left -= max(end - begin, timedelta(0))
        day += timedelta(days=1)

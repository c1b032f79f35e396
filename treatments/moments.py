"""When aftercare is sent: the moments after a session and before the next. Touches no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic import quiet_hours
from clinic.quiet_hours import Window

# Reported this long after its planned end or more, a session is taken to have ended when it was to end.
LATE_PAPERWORK = timedelta(hours=1)
BEFORE_THE_NIGHT = timedelta(minutes=5)
REMINDER_FROM, REMINDER_UNTIL = time(10), time(18)


@dataclass(frozen=True, slots=True)
class Moment:
    """One message: what it is, when it is due, when it is of no more use."""

    name: str
    due_at: datetime
    not_after: datetime


def ended_at(planned: datetime, now: datetime) -> datetime:
    """When a session that is reported as over did end."""
    return now if now < planned + LATE_PAPERWORK else planned


def after_session(ended: datetime, *, window: Window, zone: ZoneInfo, now: datetime) -> list[Moment]:
    """The series, without what would come too late to be of use."""
    hours = timedelta(hours=1)
    series = [
        Moment("same_day", _same_day(ended, window, zone, now), ended + 20 * hours),
        Moment("h24", ended + 24 * hours, ended + 44 * hours),
        Moment("h48", ended + 48 * hours, ended + 68 * hours),
        Moment("h72", ended + 72 * hours, ended + 120 * hours),
    ]
    return [moment for moment in series if moment.not_after > now]


def _same_day(ended: datetime, window: Window, zone: ZoneInfo, now: datetime) -> datetime:
    """Two hours on; where that falls into the night, just before it: the advice is for this evening."""
    wanted = ended + timedelta(hours=2)
    if not quiet_hours.is_quiet(wanted, window, zone):
        return wanted
    evening = quiet_hours.resolve(ended.astimezone(zone).date(), window.start, zone) - BEFORE_THE_NIGHT
    return evening if evening > max(ended, now) else wanted


def before_session(starts_at: datetime, *, zone: ZoneInfo, now: datetime) -> Moment | None:
    """The reminder a day ahead, in daytime. None when that day has come already: then the client just booked."""
    local = (starts_at - timedelta(hours=24)).astimezone(zone)
    clock = min(max(local.time(), REMINDER_FROM), REMINDER_UNTIL)
    due = quiet_hours.resolve(local.date(), clock, zone)
    return Moment("pre_next", due, starts_at - timedelta(hours=2)) if due > now else None

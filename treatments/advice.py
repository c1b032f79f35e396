"""What the client of a session is still to leave out, and until when, as they read it now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from clinic import dates
from treatments import avoiding, editions, moments
from treatments.models import Session, Timeline
from treatments.series import What


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to leave out: what, how to go about it, and when it ends, in words."""

    what: str
    advice: str
    until: str


def still_to_avoid(session: Session, *, now: datetime, zone: ZoneInfo) -> list[Advice]:
    """What has hours to go by the series that was chosen for the session, the soonest over first."""
    timeline: Timeline | None = getattr(session, "timeline", None)
    lines = editions.lines_of(editions.series_of(timeline))
    hours = next((line.avoid for line in lines if line.what == What.ADVICE and line.avoid), {})
    ended = moments.ended_at(session.ends_at, session.completed_at or session.ends_at)
    found = avoiding.still(hours, ended=ended, at=now)
    return [Advice(one.what, one.advice, in_words(one.until, now=now, zone=zone)) for one in found]


def in_words(until: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """ "until tomorrow 16:00", on the reader's clock, up to the next quarter of an hour."""
    over = timedelta(minutes=until.minute % 15, seconds=until.second, microseconds=until.microsecond)
    local = (until + (avoiding.QUARTER - over if over else timedelta(0))).astimezone(zone)
    clock, days = f"{local:%H:%M}", (local.date() - now.astimezone(zone).date()).days
    if days == 0:
        return gettext("until today %(time)s") % {"time": clock}
    if days == 1:
        return gettext("until tomorrow %(time)s") % {"time": clock}
    return gettext("until %(day)s %(time)s") % {"day": dates.in_words(local.date(), "weekday"), "time": clock}

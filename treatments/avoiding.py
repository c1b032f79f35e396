"""What to leave out after a session, each thing until its hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from clinic import dates
from conditions.reading import avoid_afterwards

QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Avoided:
    """One thing and the moment until which it is better left."""

    code: str
    what: str
    advice: str
    until: datetime


def still(hours: Mapping[str, int], *, ended: datetime, at: datetime) -> list[Avoided]:
    """What of {code: hours} still holds at a moment, in the language of the page, what ends first coming first."""
    ends = {code: ended + timedelta(hours=each) for code, each in hours.items()}
    found = [Avoided(one.code, one.what, one.advice, ends[one.code]) for one in avoid_afterwards() if one.code in ends]
    return sorted((one for one in found if one.until > at), key=lambda one: one.until)


def until_in_words(until: datetime, *, at: datetime, zone: ZoneInfo) -> str:
    """The end of it on the client's clock, up to the next quarter of an hour, with the day when it is not today."""
    local = until.astimezone(zone)
    past = timedelta(minutes=local.minute % 15, seconds=local.second, microseconds=local.microsecond)
    if past:
        local = (until + QUARTER - past).astimezone(zone)
    clock = f"{local:%H:%M}"
    today = at.astimezone(zone).date()
    return clock if local.date() == today else f"{dates.in_words(local, 'short_weekday')} {clock}"


def as_list(found: list[Avoided], *, at: datetime, zone: ZoneInfo) -> str:
    """The lines of an e-mail."""
    until = [until_in_words(one.until, at=at, zone=zone) for one in found]
    words = gettext("%(advice)s (Until %(time)s.)")
    return "\n".join(
        "- " + words % {"advice": one.advice, "time": when} for one, when in zip(found, until, strict=True)
    )

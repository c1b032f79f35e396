"""A booked visit as a calendar file. Touches no database.

Nothing about health is in it: a calendar is often shared, and shown on a locked screen.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from icalendar import Calendar, Event
from icalendar.prop import vText

PRODUCT = "-//Clinic//Visits//EN"
TYPE = "text/calendar; charset=utf-8"


def of_visit(
    *, uid: UUID, host: str, starts: datetime, ends: datetime, summary: str, location: str, about: str, now: datetime
) -> bytes:
    """The file: times in UTC, which every calendar shows on its own clock; the same visit keeps its UID."""
    event = Event()
    event.add("uid", f"{uid}@{host}")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", starts.astimezone(UTC))
    event.add("dtend", ends.astimezone(UTC))
    event.add("summary", summary)
    if location:
        event.add("location", vText(" ".join(location.split())))
    if about:
        event.add("description", about)
    event.add("status", "CONFIRMED")
    event.add("class", "PRIVATE")
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())

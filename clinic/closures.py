"""The days on which the clinic is closed, and the verbs on them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic import audit
from clinic.models import Closure, User

LONGEST = timedelta(days=366)


class BadClosure(Exception):
    """A closure that cannot be; `str()` of it is a sentence for the page."""


def closed_days(first: date, last: date) -> frozenset[date]:
    """Every closed day between two days, both included."""
    found: set[date] = set()
    for row in Closure.objects.filter(first_day__lte=last, last_day__gte=first):
        begin, end = max(row.first_day, first), min(row.last_day, last)
        found |= {begin + timedelta(days=each) for each in range((end - begin).days + 1)}
    return frozenset(found)


def ahead(now: datetime, zone: ZoneInfo) -> frozenset[date]:
    """The closed days of the months to come."""
    today = now.astimezone(zone).date()
    return closed_days(today, today + LONGEST)


def on(day: date) -> Closure | None:
    """The closure a day belongs to."""
    return Closure.objects.filter(first_day__lte=day, last_day__gte=day).first()


def add(*, first_day: date, last_day: date, words: str, by: User, now: datetime) -> Closure:
    """Close the clinic on these days. The same days twice are one closure."""
    if last_day < first_day:
        raise BadClosure("The last day comes before the first.")
    if last_day - first_day > LONGEST:
        raise BadClosure("A closure lasts a year at most.")
    with audit.transaction():
        facts = {"words": words.strip(), "created_at": now, "created_by": by}
        row, made = Closure.objects.get_or_create(first_day=first_day, last_day=last_day, defaults=facts)
        if made:
            audit.record("closure.add", by=by, subject=row)
    return row


def remove(*, closure: Closure, by: User) -> None:
    """Open again."""
    with audit.transaction():
        if Closure.objects.filter(pk=closure.pk).delete()[0]:
            audit.record("closure.remove", by=by, subject=closure)

"""Finding clients: by part of a name, the end of a telephone number, a birth date, an e-mail address.

The one place that knows how the databases search. Both compare `search_name` and `phone_digits`, folded alike by
`clinic.names` before they are stored, so that neither collation nor SQLite's ASCII-only LIKE makes a difference.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from clinic.dates import parse_day
from clinic.models import Client
from clinic.names import normalise, phone_digits

LONGEST = 100  # characters of a query that are looked at
MOST_WORDS = 6
_PHONE = re.compile(r"[\d\s()+./-]{3,}")


def find(clients: QuerySet[Client], text: str) -> QuerySet[Client]:
    """Those of `clients` that `text` means, best first; none for a text that says nothing."""
    text = text.replace("\x00", "")[:LONGEST].strip()
    if not text:
        return clients.none()
    if (born := _birth_date(text)) is not None:
        return clients.filter(date_of_birth=born).order_by("last_name", "first_name", "pk")
    if "@" in text:
        return clients.filter(email__contains=text.casefold()).order_by("last_name", "first_name", "pk")
    if _PHONE.fullmatch(text) and len(phone_digits(text)) >= 3:
        # People write 0660 …, the column holds +43660 …: the leading zero is not part of it.
        return _by_phone(clients, phone_digits(text).lstrip("0") or "0")
    return _by_name(clients, normalise(text).split()[:MOST_WORDS])


def _birth_date(text: str) -> date | None:
    try:
        return parse_day(text)
    except ValueError:
        return None


def _by_phone(clients: QuerySet[Client], digits: str) -> QuerySet[Client]:
    ends_first = Case(When(phone_digits__endswith=digits, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = clients.filter(phone_digits__contains=digits)
    return found.annotate(rank=ends_first).order_by("rank", "last_name", "first_name", "pk")


def _by_name(clients: QuerySet[Client], words: Sequence[str]) -> QuerySet[Client]:
    if not words:
        return clients.none()
    for word in words:
        clients = clients.filter(search_name__contains=word)
    first = words[0]
    rank = Case(
        When(search_name__startswith=first, then=Value(0)),
        When(search_name__contains=f" {first}", then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return clients.annotate(rank=rank).order_by("rank", "search_name", "pk")


def alike(
    clients: QuerySet[Client], *, first_name: str, last_name: str, date_of_birth: date | None, mobile: str, email: str
) -> QuerySet[Client]:
    """Those of `clients` that may be the same person: telephone, e-mail, name, or birth date with part of a name."""
    same = Q(pk__in=[])
    if digits := phone_digits(mobile):
        same |= Q(phone_digits=digits)
    if email:
        same |= Q(email=email.casefold())
    first, last = normalise(first_name), normalise(last_name)
    if first and last:
        same |= Q(search_name__startswith=f"{last} {first}") | Q(search_name__startswith=f"{first} {last}")
    if date_of_birth is not None:
        part = Q(pk__in=[])
        for word in {*first.split(), *last.split()}:
            part |= Q(search_name__contains=word)
        same |= Q(date_of_birth=date_of_birth) & part
    return clients.filter(same).order_by("search_name", "pk")

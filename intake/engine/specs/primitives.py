"""FHIR R4's primitive types: what a JSON value must look like."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?")
_ZONE = re.compile(r"Z|[+-](0\d|1[0-4]):[0-5]\d")
_CODE = re.compile(r"[^\s]+( [^\s]+)*")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_LARGEST = 2**31


def is_string(value: Any) -> bool:
    """Text; an empty one is let through, it says nothing."""
    return isinstance(value, str)


def is_boolean(value: Any) -> bool:
    """true or false."""
    return isinstance(value, bool)


def is_integer(value: Any) -> bool:
    """A whole number of 32 bits."""
    return isinstance(value, int) and not isinstance(value, bool) and -_LARGEST <= value < _LARGEST


def is_decimal(value: Any) -> bool:
    """A finite number."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and math.isfinite(value)


def is_date(value: Any) -> bool:
    """A day that exists, a month, or a year."""
    match = _DATE.fullmatch(value) if isinstance(value, str) and value.isascii() else None
    if match is None:
        return False
    try:
        date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return False
    return True


def is_date_time(value: Any) -> bool:
    """A date, or a day with the time to the second and its zone."""
    if not isinstance(value, str):
        return False
    day, mark, rest = value.partition("T")
    if not mark:
        return is_date(day)
    clock = _TIME.match(rest)
    return len(day) == 10 and is_date(day) and clock is not None and bool(_ZONE.fullmatch(rest[clock.end() :]))


def is_time(value: Any) -> bool:
    """A time of day to the second."""
    return isinstance(value, str) and bool(_TIME.fullmatch(value))


def is_uri(value: Any) -> bool:
    """An address: no blanks."""
    return isinstance(value, str) and bool(value) and not re.search(r"\s", value)


def is_code(value: Any) -> bool:
    """A code: no blanks at the ends or in a row."""
    return isinstance(value, str) and bool(_CODE.fullmatch(value))


def is_id(value: Any) -> bool:
    """A logical id."""
    return isinstance(value, str) and bool(_ID.fullmatch(value))


def is_object(value: Any) -> bool:
    """A JSON object."""
    return isinstance(value, Mapping)


def instant(value: str) -> datetime | None:
    """The moment a full dateTime names; None for one that is not full."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else None


CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "string": (is_string, "must be text"),
    "boolean": (is_boolean, "must be true or false"),
    "integer": (is_integer, "must be a whole number"),
    "decimal": (is_decimal, "must be a number"),
    "date": (is_date, "must be a date that exists"),
    "dateTime": (is_date_time, "must be a date, or a date and time with its zone"),
    "time": (is_time, "must be a time hh:mm:ss"),
    "uri": (is_uri, "must be an address without blanks"),
    "code": (is_code, "must be a code"),
    "id": (is_id, "must be an id of letters, figures, '-' and '.'"),
    "object": (is_object, "must be an object"),
}

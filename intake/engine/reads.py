"""What a browser posted, read as the plain value of an answer. Raises ValidationError with words to show. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from intake.engine.answers import plain_coding
from intake.engine.enablement import answered
from intake.engine.specs import CHOICES, Coding, Item
from intake.engine.specs.primitives import is_date

_WHOLE = re.compile(r"[+-]?\d{1,9}")
_CLOCK = re.compile(r"(\d{1,2})[:.h]?(\d\d)(?::(\d\d(?:\.\d+)?))?", re.ASCII)
_ZONE = re.compile(r"Z|[+-]\d\d:\d\d", re.ASCII)
_LINK = re.compile(r"[A-Za-z]+/[A-Za-z0-9\-.]{1,64}|urn:\S+|https?:\S+|#\S+", re.ASCII)
Read = Callable[[Item, Any], Any]


def text(item: Item, raw: Any) -> Any:
    """Text, without blanks at its ends."""
    # Browsers send line ends as CR LF; the length people see counts them once.
    return raw.replace("\r\n", "\n").strip() if isinstance(raw, str) else raw


def boolean(item: Item, raw: Any) -> Any:
    """Yes, no, or not answered."""
    if raw in (None, ""):
        return None
    if raw not in ("true", "false"):
        raise ValidationError(_("Please choose yes or no."), code="type")
    return raw == "true"


def integer(item: Item, raw: Any) -> Any:
    """A whole number."""
    words = str(raw or "").strip()
    if not words:
        return None
    if not _WHOLE.fullmatch(words):
        raise ValidationError(_("Please give a whole number."), code="type")
    return int(words)


def decimal(item: Item, raw: Any) -> Any:
    """A number, with a point or a comma."""
    words = str(raw or "").strip().replace(",", ".")
    if not words:
        return None
    try:
        number = Decimal(words)
    except InvalidOperation as error:
        raise ValidationError(_("Please give a number."), code="type") from error
    if not number.is_finite() or len(words) > 40 or not math.isfinite(float(number)):
        raise ValidationError(_("Please give a number."), code="type")
    return float(number)


def quantity(item: Item, raw: Any) -> Any:
    """A number with its unit: one of those offered, the only one there is, or the client's own word for it."""
    parts = raw if isinstance(raw, list) and len(raw) == 2 else [raw, ""]
    number, unit = decimal(item, parts[0]), str(parts[1] or "").strip()[:60]
    if number is None:
        return None
    offered = item.units or ((item.unit,) if item.unit is not None else ())
    chosen = next((one for one in offered if unit in {one.code, one.display}), None)
    if chosen is None and not unit and len(offered) == 1:
        chosen = offered[0]
    if chosen is not None:
        parts_of_unit = {"unit": chosen.display, "system": chosen.system, "code": chosen.code}
        return {"value": number, **{name: part for name, part in parts_of_unit.items() if part}}
    return {"value": number, "unit": unit} if unit else {"value": number}


def _figures(parts: list[str], words: str) -> list[int]:
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        raise ValidationError(words, code="format")
    if len(parts[-1]) != 4:
        raise ValidationError(_("Please give the year with four figures."), code="format")
    return [int(part) for part in parts]


def day(item: Item, raw: Any) -> Any:
    """A date from day, month and year."""
    parts = [str(part or "").strip() for part in raw or ()]
    if not any(parts):
        return None
    numbers = _figures(parts, _("Please give day, month and year in figures, for example 4 5 1986."))
    try:
        return date(numbers[2], numbers[1], numbers[0]).isoformat()
    except ValueError as error:
        raise ValidationError(_("There is no such day. Please check day and month."), code="format") from error


def month(item: Item, raw: Any) -> Any:
    """A month from month and year; the year alone when no month is given."""
    parts = [str(part or "").strip() for part in raw or ()]
    if not any(parts[:2]):
        return None
    if len(parts) > 2 and parts[2]:
        return day(item, [parts[2], parts[0], parts[1]])
    if not parts[0]:
        return year(item, parts[1])
    numbers = _figures(parts[:2], _("Please give month and year in figures, for example 5 1986."))
    if not 1 <= numbers[0] <= 12:
        raise ValidationError(_("There is no such month."), code="format")
    return f"{numbers[1]:04d}-{numbers[0]:02d}"


def year(item: Item, raw: Any) -> Any:
    """A year; a whole date that came from elsewhere stays one."""
    words = str(raw or "").strip()
    if not words or is_date(words):
        return words or None
    return f"{_figures([words], _('Please give the year with four figures.'))[0]:04d}"


def clock(item: Item, raw: Any) -> Any:
    """A time of day to the second, from 9:30, 0930 or 09:30:15."""
    words = str(raw or "").strip()
    if not words:
        return None
    match = _CLOCK.fullmatch(words)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValidationError(_("Please give the time like this: 14:30."), code="format")
    return f"{int(match[1]):02d}:{match[2]}:{match[3] or '00'}"


def moment(item: Item, raw: Any) -> Any:
    """A day with a time in the clinic's zone; the day alone when no time is given."""
    if isinstance(raw, str):
        return raw.strip() or None
    parts = [str(part or "").strip() for part in raw or ()]
    if not any(parts[:4]):
        return None
    found = day(item, parts[:3])
    if found is None:
        raise ValidationError(_("Please give the day too."), code="format")
    at = clock(item, parts[3])
    if at is None:
        return found
    zone = parts[4] if len(parts) > 4 and _ZONE.fullmatch(parts[4]) else ""
    if zone:
        return f"{found}T{at}{zone}"
    local = datetime.fromisoformat(f"{found}T{at}").replace(tzinfo=timezone.get_current_timezone())
    return local.isoformat()


def option(item: Item, raw: Any) -> Any:
    """The code of an option; whole numbers stand for themselves in a question that asks for one."""
    words = text(item, raw)
    return _typed(item, words) if answered(words) else None


def meant(item: Item, raw: Any) -> Any:
    """The code of the option whose label was typed or taken from the list; the words where that is allowed."""
    words = text(item, raw)
    return option(item, item.code_meant(words) if isinstance(words, str) else words)


def many(item: Item, raw: Any) -> Any:
    """The codes of several options."""
    return [_typed(item, str(one)) for one in raw] if isinstance(raw, list) else []


def _typed(item: Item, words: Any) -> Any:
    if item.type in CHOICES or not isinstance(words, str):
        return words
    read = {"integer": integer, "decimal": decimal}.get(item.type, text)
    return read(item, words)


def own_words(item: Item, raw: Any) -> Any:
    """The codes of options and, beside or instead, words of one's own."""
    if not isinstance(raw, dict):
        return option(item, raw)
    codes = [str(code) for code in raw["codes"] if str(code).strip()]
    words = text(item, raw["other"])
    if isinstance(words, str) and words:
        codes = [*codes, words] if item.repeats else [words]
    if item.repeats:
        return codes
    return codes[0] if len(codes) == 1 else codes or None


def named(item: Item, raw: Any) -> Any:
    """What is written where options are not known: a Coding by its words; free text where that is allowed."""
    words = text(item, raw)
    if not isinstance(words, str) or not words:
        return None
    return words if item.type == "open-choice" else plain_coding(item, {"display": words})


def reference(item: Item, raw: Any) -> Any:
    """Something elsewhere: its address, or its name."""
    words = text(item, raw)
    if not isinstance(words, str) or not words:
        return None
    return {"reference": words} if _LINK.fullmatch(words) else {"display": words}


def each(item: Item, raw: Any, read: Read) -> Any:
    """Every answer of a question that repeats, without the blank ones."""
    values = [read(item, one) for one in (raw if isinstance(raw, list) else [raw])]
    return [value for value in values if answered(value)]


def words_of(value: Any) -> str:
    """What a text field shows for an answer that is kept as more than text."""
    if isinstance(value, dict):
        return str(value.get("reference") or value.get("display") or value.get("code") or "")
    if isinstance(value, Coding):
        return value.display or value.code
    return "" if value is None else str(value)

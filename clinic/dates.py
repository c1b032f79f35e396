"""Days as people type them, in many spellings, and as they read them in their language. Touches no database."""

from __future__ import annotations

import re
from datetime import date

from django.utils.dateformat import format as in_pattern
from django.utils.translation import get_language

#: English and Spanish months, by the letters that tell them apart.
_MONTHS = {
    "jan": 1, "ene": 1, "feb": 2, "mar": 3, "apr": 4, "abr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "ago": 8,
    "sep": 9, "set": 9, "oct": 10, "nov": 11, "dec": 12, "dic": 12,
}  # fmt: skip
_PARTS = re.compile(r"[0-9]{1,8}|[^\W\d_]{1,12}")
_ORDINAL = {"st", "nd", "rd", "th", "de", "del", "of"}
OLDEST_AGE = 120
#: How a day is written: with its year, with its weekday, short.
_WRITTEN = {
    "en": {"day": "j F Y", "weekday": "l, j F", "short": "j M", "short_weekday": "D j M"},
    "es": {"day": r"j \d\e F \d\e Y", "weekday": r"l j \d\e F", "short": "j M", "short_weekday": "D j M"},
}


def in_words(day: date, how: str = "day") -> str:
    """A day in the language of the page: "3 March 2026", "3 de marzo de 2026"; `how` is a key of _WRITTEN."""
    patterns = _WRITTEN.get(get_language() or "en", _WRITTEN["en"])
    return in_pattern(day, patterns[how])


def parse_day(text: str) -> date:
    """A day typed as 4.5.1986, 04/05/1986, 4 May 1986, 04051986 or 1986-05-04; day before month.

    Raises ValueError with a sentence for the person who typed it.
    """
    parts = [part.casefold() for part in _PARTS.findall(text[:40])]
    parts = [part for part in parts if part not in _ORDINAL]
    if len(parts) == 1 and len(parts[0]) == 8 and parts[0].isdigit():
        parts = [parts[0][:2], parts[0][2:4], parts[0][4:]]
    if len(parts) != 3:
        raise ValueError("Write day, month and year, for example 4 5 1986.")
    if not parts[0].isdigit():  # May 4, 1986
        parts = [parts[1], parts[0], parts[2]]
    if len(parts[0]) == 4:  # 1986-05-04
        parts = parts[::-1]
    return _day(*parts)


def _day(day: str, month: str, year: str) -> date:
    if not (day.isdigit() and year.isdigit()) or len(year) != 4:
        raise ValueError("Write the year with four digits, for example 4 5 1986.")
    number = int(month) if month.isdigit() else _MONTHS.get(month[:3], 0)
    if not 1 <= number <= 12:
        raise ValueError(f"There is no month “{month}”. Write day, month, year.")
    try:
        return date(int(year), number, int(day))
    except ValueError:
        raise ValueError("There is no such day in that month.") from None


def check_birth_date(born: date, today: date) -> date:
    """`born` again, when somebody living can have been born then; ValueError otherwise."""
    if born > today:
        raise ValueError("This date of birth is in the future.")
    if today.year - born.year > OLDEST_AGE:
        raise ValueError(f"This date of birth is more than {OLDEST_AGE} years ago.")
    return born

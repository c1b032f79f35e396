"""Whether an answer may stand: the same check for one saved answer, for a screen and before sending. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from intake.enablement import answered, enabled
from intake.specs import CHOICES, Item, Questionnaire

OLDEST = date(1900, 1, 1)
LONGEST_TEXT = 4000  # for questions whose version names no maxLength

# Turn the rest of a line round: a name or place with one would make the page beside it lie.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")

#: Dates that tell of something that has happened already.
PAST_ONLY = frozenset({"about.dob", "consent.signed_on"})


class Unfit(ValueError):
    """An answer that cannot stand; the message is for the person who gave it."""


def check(item: Item, value: Any, *, today: date) -> None:
    """Raises Unfit for a plain value that this question cannot take. Blank values are not judged here."""
    if not answered(value):
        return
    if item.repeats:
        _check_list(item, value)
    for one in value if item.repeats else [value]:
        if item.type in CHOICES:
            _check_choice(item, one)
        else:
            _CHECKS.get(item.type, _check_text)(item, one)
        if item.link_id in PAST_ONLY and isinstance(one, str) and one > today.isoformat():
            raise Unfit("This date is in the future.")


def missing(questionnaire: Questionnaire, answers: Mapping[str, Any]) -> list[str]:
    """linkIds of required questions that are asked and have no answer, in order."""
    on = enabled(questionnaire, answers)
    return [
        item.link_id
        for item in questionnaire.walk()
        if item.required and item.is_question and item.link_id in on and not answered(answers.get(item.link_id))
    ]


def _check_list(item: Item, value: Any) -> None:
    if not isinstance(value, list):
        raise Unfit("This answer does not fit the question.")
    if len({str(one) for one in value}) != len(value):
        raise Unfit("The same answer was given twice.")
    alone = [code for code in value if (option := item.by_code.get(str(code))) and option.exclusive]
    if alone and len(value) > 1:
        raise Unfit(f"“{item.label_of(alone[0])}” cannot be chosen together with something else.")


def _check_choice(item: Item, value: Any) -> None:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise Unfit("This answer does not fit the question.")
    if str(value) in item.by_code:
        return
    if item.type == "choice":
        raise Unfit("Please choose one of the answers given.")
    _check_text(item, value)


def _check_boolean(item: Item, value: Any) -> None:
    if not isinstance(value, bool):
        raise Unfit("Please choose yes or no.")


def _check_number(item: Item, value: Any) -> None:
    kinds = int if item.type == "integer" else (int, float, Decimal)
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise Unfit("Please give a whole number." if item.type == "integer" else "Please give a number.")
    low, high = item.min_value, item.max_value
    if (low is not None and value < low) or (high is not None and value > high):
        if low is not None and high is not None:
            raise Unfit(f"Please give a number from {low} to {high}.")
        raise Unfit(f"Please give a number of at least {low}." if low is not None else f"At most {high}, please.")


def _check_date(item: Item, value: Any) -> None:
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Unfit("This is not a date.") from error
    low = date.fromisoformat(item.min_value) if item.min_value else OLDEST
    if day < low:
        raise Unfit(f"Please give a date after {low:%-d %B %Y}.")
    if item.max_value and value > item.max_value:
        raise Unfit(f"Please give a date up to {date.fromisoformat(item.max_value):%-d %B %Y}.")


def _check_moment(item: Item, value: Any) -> None:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Unfit("This is not a date and time.") from error


def _check_time(item: Item, value: Any) -> None:
    try:
        time.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Unfit("This is not a time of day.") from error


def _check_text(item: Item, value: Any) -> None:
    if not isinstance(value, str):
        raise Unfit("Please answer in words.")
    longest = item.max_length or LONGEST_TEXT
    if len(value) > longest:
        raise Unfit(f"Please keep this to {longest} characters; it has {len(value)} now.")
    breaks = "" if item.type == "string" else "\n\t"
    strange = any(unicodedata.category(char) in {"Cc", "Cs"} and char not in breaks for char in value)
    if strange or _TURNING.search(value):
        raise Unfit("This text holds characters that cannot be stored.")


def _check_attachment(item: Item, value: Any) -> None:
    if not isinstance(value, Mapping) or not str(value.get("url", "")).startswith("urn:uuid:"):
        raise Unfit("Please add the file again.")


def _check_quantity(item: Item, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise Unfit("Please give a number.")
    _check_number(item, value.get("value"))


_CHECKS: dict[str, Callable[[Item, Any], None]] = {
    "boolean": _check_boolean,
    "integer": _check_number,
    "decimal": _check_number,
    "quantity": _check_quantity,
    "date": _check_date,
    "dateTime": _check_moment,
    "time": _check_time,
    "attachment": _check_attachment,
}

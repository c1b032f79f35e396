"""Whether an answer may stand: the same check for one saved answer, for a screen and before sending. Pure.

Every refusal has a reason, a short code for programs, and words for the person who gave the answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from clinic import dates
from intake.engine.answers import is_odd
from intake.engine.enablement import answered
from intake.engine.patterns import fits
from intake.engine.places import Answers
from intake.engine.specs import CHOICES, Expression, Item, Quantity, Questionnaire
from intake.engine.specs.primitives import instant, is_date, is_date_time, is_decimal, is_integer, is_time, is_uri

OLDEST = date(1900, 1, 1)
LONGEST_TEXT = 4000  # for questions whose version names no maxLength

# Turn the rest of a line round: a name or place with one would make the page beside it lie.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")

#: Dates that tell of something that has happened already.
PAST_ONLY = frozenset({"about.dob", "consent.signed_on"})


class Unfit(ValueError):
    """An answer that cannot stand; the message is for the person who gave it, the reason for programs."""

    def __init__(self, words: str, reason: str = "type") -> None:
        super().__init__(words)
        self.reason = reason


def check(item: Item, value: Any, *, today: date) -> None:
    """Raises Unfit for a plain value that this question cannot take. Blank values are not judged here."""
    if not answered(value):
        return
    if isinstance(value, list) and not item.repeats:
        raise Unfit(_("Please give one answer only."), "repeats")
    if item.repeats:
        _check_list(item, value)
    for one in value if item.repeats else [value]:
        _check_one(item, one)
        if item.link_id in PAST_ONLY and isinstance(one, str) and one > today.isoformat():
            raise Unfit(_("This date is in the future."), "maxValue")


def missing(questionnaire: Questionnaire, answers: Answers) -> list[str]:
    """Addresses of required questions that are asked and have no answer, in order."""
    from intake.engine.completeness import gaps

    return [address for address, reason in gaps(questionnaire, answers) if reason == "required"]


def _check_one(item: Item, value: Any) -> None:
    if is_odd(value):
        raise Unfit(_("This answer does not fit the question."))
    if item.type in CHOICES:
        _check_choice(item, value)
        return
    _CHECKS.get(item.type, _check_text)(item, value)
    if item.options and not isinstance(value, Mapping) and str(value) not in item.by_code:
        raise Unfit(_("Please choose one of the answers given."), "option")


def _check_list(item: Item, value: Any) -> None:
    if not isinstance(value, list):
        raise Unfit(_("This answer does not fit the question."))
    if (item.options or item.type in CHOICES) and len({str(one) for one in value}) != len(value):
        raise Unfit(_("The same answer was given twice."), "option")
    if item.max_occurs is not None and len(value) > item.max_occurs:
        raise Unfit(_("Please give at most %(most)d answers.") % {"most": item.max_occurs}, "maxOccurs")
    alone = [code for code in value if (option := item.by_code.get(str(code))) and option.exclusive]
    if alone and len(value) > 1:
        words = _("“%(answer)s” cannot be chosen together with something else.")
        raise Unfit(words % {"answer": item.label_of(alone[0])}, "option")


def _check_choice(item: Item, value: Any) -> None:
    if isinstance(value, Mapping):
        # A code that is not among the options: right where nobody knows the options, refused where they are known.
        if item.options or not (value.get("code") or value.get("display")):
            raise Unfit(_("Please choose one of the answers given."), "option")
        return
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise Unfit(_("This answer does not fit the question."))
    if str(value) in item.by_code:
        return
    if item.type == "choice":
        raise Unfit(_("Please choose one of the answers given."), "option")
    _check_text(item, value)


def _check_boolean(item: Item, value: Any) -> None:
    if not isinstance(value, bool):
        raise Unfit(_("Please choose yes or no."))


def _check_number(item: Item, value: Any) -> None:
    if not (is_integer(value) if item.type == "integer" else is_decimal(value)):
        raise Unfit(_("Please give a whole number.") if item.type == "integer" else _("Please give a number."))
    if item.max_places is not None and _places(value) > item.max_places:
        words = _("Please give at most %(most)d figures after the point.")
        raise Unfit(words % {"most": item.max_places}, "maxDecimalPlaces")
    low, high = _number_limit(item.min_value), _number_limit(item.max_value)
    if low is not None and value < low:
        raise Unfit(_range_words(low, high), "minValue")
    if high is not None and value > high:
        raise Unfit(_range_words(low, high), "maxValue")


def _number_limit(limit: Any) -> Any:
    limit = limit_of(limit)
    return limit if isinstance(limit, int | Decimal) else None


def _range_words(low: Any, high: Any) -> str:
    if low is not None and high is not None:
        return _("Please give a number from %(low)s to %(high)s.") % {"low": low, "high": high}
    if low is not None:
        return _("Please give a number of at least %(low)s.") % {"low": low}
    return _("At most %(high)s, please.") % {"high": high}


def _places(value: Any) -> int:
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def limit_of(limit: Any) -> Any:
    """A limit as a value; one that is an expression (`today()`) is worked out."""
    if not isinstance(limit, Expression):
        return limit
    from intake.engine.expressions import Evaluator

    found = Evaluator(Questionnaire("", "", ""), {}).values(limit)
    return (found[0] if isinstance(found[0], int | Decimal) else str(found[0])) if len(found) == 1 else None


def _check_date(item: Item, value: Any) -> None:
    if not is_date(value):
        raise Unfit(_("This is not a date."), "format")
    low, high = limit_of(item.min_value), limit_of(item.max_value)
    if isinstance(low, str) and _before(value, low):
        raise Unfit(_("Please give a date from %(day)s on.") % {"day": _day_words(low)}, "minValue")
    if isinstance(high, str) and _before(high, value):
        raise Unfit(_("Please give a date up to %(day)s.") % {"day": _day_words(high)}, "maxValue")
    if not isinstance(low, str) and item.type == "date" and value[:4] < f"{OLDEST:%Y}":
        raise Unfit(_("Please give a date after %(day)s.") % {"day": _day_words(OLDEST.isoformat())}, "minValue")


def _day_words(limit: str) -> str:
    return dates.in_words(date.fromisoformat(limit[:10])) if len(limit) >= 10 else limit


def _before(left: str, right: str) -> bool:
    """Whether one date or moment lies before another, as far as both say."""
    moments = instant(left), instant(right)
    if moments[0] is not None and moments[1] is not None:
        return moments[0] < moments[1]
    shared = min(len(left), len(right), 10)
    return left[:shared] < right[:shared]


def _check_moment(item: Item, value: Any) -> None:
    if not is_date_time(value):
        raise Unfit(_("This is not a date and time."), "format")
    _check_date(item, value[:10]) if len(value) <= 10 else _check_range(item, value)


def _check_range(item: Item, value: str) -> None:
    low, high = limit_of(item.min_value), limit_of(item.max_value)
    if isinstance(low, str) and _before(value, low):
        raise Unfit(_("Please give a date from %(day)s on.") % {"day": _day_words(low)}, "minValue")
    if isinstance(high, str) and _before(high, value):
        raise Unfit(_("Please give a date up to %(day)s.") % {"day": _day_words(high)}, "maxValue")


def _check_time(item: Item, value: Any) -> None:
    if not is_time(value):
        raise Unfit(_("This is not a time of day."), "format")
    low, high = limit_of(item.min_value), limit_of(item.max_value)
    if isinstance(low, str) and value < low:
        raise Unfit(_("Please give a time from %(time)s on.") % {"time": low[:5]}, "minValue")
    if isinstance(high, str) and value > high:
        raise Unfit(_("Please give a time up to %(time)s.") % {"time": high[:5]}, "maxValue")


def _check_text(item: Item, value: Any) -> None:
    if not isinstance(value, str):
        raise Unfit(_("Please answer in words."))
    longest = item.max_length or LONGEST_TEXT
    if len(value) > longest:
        words = _("Please keep this to %(most)d characters; it has %(now)d now.")
        raise Unfit(words % {"most": longest, "now": len(value)}, "maxLength")
    if item.min_length is not None and len(value) < item.min_length:
        words = _("Please write at least %(least)d characters.")
        raise Unfit(words % {"least": item.min_length}, "minLength")
    breaks = "" if item.type == "string" else "\n\t"
    strange = any(unicodedata.category(char) in {"Cc", "Cs"} and char not in breaks for char in value)
    if strange or _TURNING.search(value):
        raise Unfit(_("This text holds characters that cannot be stored."), "format")
    if item.regex and not fits(item.regex, value):
        words = _("Please write it like this: %(format)s") % {"format": item.entry_format}
        raise Unfit(words if item.entry_format else _("This is not written as it should be."), "regex")


def _check_url(item: Item, value: Any) -> None:
    _check_text(item, value)
    if not is_uri(value):
        raise Unfit(_("This is not a web address."), "format")


def _check_attachment(item: Item, value: Any) -> None:
    if not isinstance(value, Mapping) or not (value.get("url") or value.get("data") or value.get("title")):
        # Kind and size are judged by the content, where the file is stored; the answer's own words prove nothing.
        raise Unfit(_("Please add the file again."))


def _check_quantity(item: Item, value: Any) -> None:
    number = value.get("value") if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping) or not (number is None or is_decimal(number)):
        raise Unfit(_("Please give a number."))
    if number is None:
        return
    _check_number(item, number)
    for limit, reason in ((item.min_quantity, "minQuantity"), (item.max_quantity, "maxQuantity")):
        if limit is None or limit.value is None or not _comparable(value, limit):
            continue
        if number < limit.value if reason == "minQuantity" else number > limit.value:
            bounds = (limit.value, None) if reason == "minQuantity" else (None, limit.value)
            raise Unfit(_range_words(*bounds), reason)
    if item.units and item.unit_open in {"", "optionsOnly"} and not _is_offered(item, value):
        raise Unfit(_("Please choose one of the units given."), "option")


def _comparable(value: Mapping[str, Any], limit: Quantity) -> bool:
    given = {str(value.get(name)) for name in ("code", "unit") if value.get(name)}
    wanted = {one for one in (limit.code, limit.unit) if one}
    return not given or not wanted or bool(given & wanted)


def _is_offered(item: Item, value: Mapping[str, Any]) -> bool:
    given = {str(value.get(name)) for name in ("code", "unit") if value.get(name)}
    return not given or any({unit.code, unit.display} & given for unit in item.units)


def _check_reference(item: Item, value: Any) -> None:
    named = [value.get(name) for name in ("reference", "display", "identifier")] if isinstance(value, Mapping) else []
    if not any(named):
        raise Unfit(_("This answer does not fit the question."))


_CHECKS: dict[str, Callable[[Item, Any], None]] = {
    "boolean": _check_boolean,
    "integer": _check_number,
    "decimal": _check_number,
    "quantity": _check_quantity,
    "date": _check_date,
    "dateTime": _check_moment,
    "time": _check_time,
    "url": _check_url,
    "attachment": _check_attachment,
    "reference": _check_reference,
}

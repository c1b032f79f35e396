"""A form field for each type of question: a table of small builders, so that one specification makes the form.

Pure: no database. A field turns what a browser posts into the plain value the answers are kept as.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from intake.enablement import answered
from intake.specs import Item
from intake.validation import Unfit, check

UNANSWERED = "Please answer this question."
_WHOLE = re.compile(r"[+-]?\d{1,9}")


class DayMonthYear(forms.MultiWidget):
    """A date as people say it: day, month, year, each typed with the number keyboard."""

    def __init__(self) -> None:
        super().__init__({name: forms.TextInput() for name in ("day", "month", "year")})

    def decompress(self, value: Any) -> list[str]:
        """The three parts of an ISO date; what is not one shows as nothing."""
        parts = str(value or "").split("-")
        return [parts[2].lstrip("0"), parts[1].lstrip("0"), parts[0]] if len(parts) == 3 else ["", "", ""]


class AnswerField(forms.Field):
    """One question as a form field: reads what was posted, then checks it as every other door does."""

    def __init__(
        self, item: Item, kind: str, widget: forms.Widget, read: Callable[[Item, Any], Any], today: date
    ) -> None:
        self.item, self.kind, self._read, self._today = item, kind, read, today
        super().__init__(required=item.required, widget=widget, label=item.text)

    def to_python(self, value: Any) -> Any:
        """The plain value, or None when nothing was given."""
        plain = self._read(self.item, value)
        return plain if answered(plain) else None

    def validate(self, value: Any) -> None:
        if value is None:
            if self.required:
                raise ValidationError(UNANSWERED, code="required")
            return
        if self.kind == "file":
            return  # a file is judged by its content, where it is stored
        try:
            check(self.item, value, today=self._today)
        except Unfit as error:
            raise ValidationError(str(error), code="unfit") from error


def _text(item: Item, raw: Any) -> Any:
    # Browsers send line ends as CR LF; the length people see counts them once.
    return raw.replace("\r\n", "\n").strip() if isinstance(raw, str) else raw


def _boolean(item: Item, raw: Any) -> Any:
    if raw in (None, ""):
        return None
    if raw not in ("true", "false"):
        raise ValidationError("Please choose yes or no.", code="unfit")
    return raw == "true"


def _integer(item: Item, raw: Any) -> Any:
    text = str(raw or "").strip()
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise ValidationError("Please give a whole number.", code="unfit")
    return int(text)


def _decimal(item: Item, raw: Any) -> Any:
    text = str(raw or "").strip().replace(",", ".")
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValidationError("Please give a number.", code="unfit") from error
    if not number.is_finite() or len(text) > 20 or not math.isfinite(float(number)):
        raise ValidationError("Please give a number.", code="unfit")
    return float(number)


def _quantity(item: Item, raw: Any) -> Any:
    number = _decimal(item, raw)
    return None if number is None else {"value": number}


def _date(item: Item, raw: Any) -> Any:
    parts = [str(part or "").strip() for part in raw or ()]
    if not any(parts):
        return None
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        raise ValidationError("Please give day, month and year in figures, for example 4 5 1986.", code="unfit")
    day, month, year = map(int, parts)
    if len(parts[2]) != 4:
        raise ValidationError("Please give the year with four figures.", code="unfit")
    try:
        return date(year, month, day).isoformat()
    except ValueError as error:
        raise ValidationError("There is no such day. Please check day and month.", code="unfit") from error


def _many(item: Item, raw: Any) -> Any:
    return [str(one) for one in raw] if isinstance(raw, list) else []


def _radio(item: Item) -> forms.Widget:
    return forms.RadioSelect(choices=[(option.code, option.label) for option in item.options])


Builder = Callable[[Item], tuple[str, forms.Widget, Callable[[Item, Any], Any]]]


def _choice(item: Item) -> tuple[str, forms.Widget, Callable[[Item, Any], Any]]:
    if item.repeats:
        choices = [(option.code, option.label) for option in item.options]
        return "choices", forms.CheckboxSelectMultiple(choices=choices), _many
    return "choice", _radio(item), _text


def _number(item: Item) -> tuple[str, forms.Widget, Callable[[Item, Any], Any]]:
    scale = (item.min_value, item.max_value) == (0, 10)
    return ("scale" if scale else "number"), forms.TextInput(), _integer


def _line(kind: str) -> Builder:
    return lambda item: (kind, forms.TextInput(), _text)


BUILDERS: dict[str, Builder] = {
    "boolean": lambda item: ("yesno", forms.RadioSelect(choices=[("true", "Yes"), ("false", "No")]), _boolean),
    "decimal": lambda item: ("decimal", forms.TextInput(), _decimal),
    "integer": _number,
    "date": lambda item: ("date", DayMonthYear(), _date),
    "dateTime": _line("moment"),
    "time": _line("time"),
    "string": _line("line"),
    "url": _line("url"),
    "text": lambda item: ("text", forms.Textarea(), _text),
    "choice": _choice,
    "open-choice": _choice,
    "attachment": lambda item: ("file", forms.FileInput(), lambda item, raw: raw),
    "reference": _line("line"),
    "quantity": lambda item: ("decimal", forms.TextInput(), _quantity),
}


def build(item: Item, *, today: date) -> AnswerField:
    """The form field of a question."""
    kind, widget, read = BUILDERS[item.type](item)
    return AnswerField(item, kind, widget, read, today)

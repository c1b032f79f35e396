"""A form field for each type of question: a table of small builders, so that one specification makes the form.

Pure: no database. A field turns what a browser posts into the plain value the answers are kept as. The name of a field
is the address of its question; fields of several parts post them under `<address>_<part>`:

    date      _day _month _year             month  _month _year _day (hidden)
    moment    _day _month _year _time _zone (hidden)
    quantity  _number _unit                 choices with own words: the codes under the address, the words under _other
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from intake.engine import reads
from intake.engine.enablement import answered
from intake.engine.specs import Item
from intake.engine.validation import Unfit, check
from intake.engine.widgets import Clock, DayMonthYear, Files, Many, Moment, MonthYear, Number, OwnWords, Parts

#: Longer lists are opened by a tap instead of standing on the page.
LONG_LIST = 12


@dataclass(frozen=True, slots=True)
class Control:
    """How one question is drawn and read."""

    kind: str
    widget: forms.Widget
    read: Callable[[Item, Any], Any]


class AnswerField(forms.Field):
    """One question as a form field: reads what was posted, then checks it as every other door does."""

    def __init__(self, item: Item, control: Control, today: date) -> None:
        self.item, self.kind, self._read, self._today = item, control.kind, control.read, today
        #: What was read last, also when it cannot stand: a text that is too long still opens the questions behind it.
        self.given: Any = None
        super().__init__(required=item.required, widget=control.widget, label=item.text)
        #: What may be chosen: code, label, and whether it excludes the others.
        self.offered = self._offers()

    def _offers(self) -> list[tuple[str, str, bool]]:
        pairs = getattr(self.widget, "choices", [])
        if self.kind == "autocomplete":
            pairs = _codes(self.item)
        elif self.kind == "scale":
            pairs = [(str(number), str(number)) for number in range(11)]
        found = [(code, label, self.item.by_code.get(code)) for code, label in pairs]
        return [(code, label, bool(option and option.exclusive)) for code, label, option in found]

    def fresh(self, today: date) -> AnswerField:
        """The same field for another form. The widget is shared: nothing in it is ever changed."""
        made = object.__new__(AnswerField)
        vars(made).update(vars(self), _today=today, given=None)
        return made

    def sent_once(self, name: str) -> list[str]:
        """The names under which a browser sends exactly one value for this field."""
        if isinstance(self.widget, Parts):
            return [f"{name}_{part}" for part in self.widget.names]
        # A list of check boxes is a kind of radio buttons to Django.
        is_single = isinstance(self.widget, forms.TextInput | forms.Textarea | forms.RadioSelect)
        return [name] if is_single and not isinstance(self.widget, forms.CheckboxSelectMultiple) else []

    def to_python(self, value: Any) -> Any:
        """The plain value, or None when nothing was given."""
        plain = self._read(self.item, value)
        return plain if answered(plain) else None

    def validate(self, value: Any) -> None:
        self.given = value
        if value is None:
            if self.required:
                raise ValidationError(_("Please answer this question."), code="required")
            return
        if self.kind == "file":
            return  # a file is judged by its content, where it is stored
        try:
            check(self.item, value, today=self._today)
        except Unfit as error:
            raise ValidationError(str(error), code=error.reason) from error


Builder = Callable[[Item], Control]


def _codes(item: Item) -> list[tuple[str, str]]:
    return [(option.code, option.label) for option in item.options]


def _choice(item: Item) -> Control:
    if not item.options:
        # Its options are elsewhere: the client writes the answer, and it is kept as a Coding without a code.
        return _several(item, Control("line", forms.TextInput(), reads.named))
    if is_typed(item):
        return Control("autocomplete", forms.TextInput(), reads.meant)
    if item.type == "open-choice":
        many = item.repeats
        return Control("choices" if many else _listed(item), OwnWords(_codes(item), many=many), reads.own_words)
    if item.repeats:
        return Control("choices", forms.CheckboxSelectMultiple(choices=_codes(item)), reads.many)
    return Control(_listed(item), forms.RadioSelect(choices=_codes(item)), reads.option)


def is_typed(item: Item) -> bool:
    """Whether an option is chosen by typing: what is posted is its label."""
    return bool(item.options) and not item.repeats and _listed(item) == "autocomplete"


def _listed(item: Item) -> str:
    """How one of several is chosen: from cards, or from a list that opens."""
    if item.control == "autocomplete":
        labels = {option.label.casefold() for option in item.options}
        # Two options of one name could not be told apart by what is typed.
        return "autocomplete" if len(labels) == len(item.options) else "dropdown"
    if item.control == "drop-down" and len(item.options) > 4:
        return "dropdown"
    return "dropdown" if not item.control and len(item.options) > LONG_LIST else "choice"


def _several(item: Item, one: Control) -> Control:
    """The same control as often as there are answers, when the question repeats."""
    if not item.repeats:
        return one
    return Control(f"{one.kind}s", Many(one.widget), lambda item, raw: reads.each(item, raw, one.read))


def _simple(kind: str, widget: Callable[[], forms.Widget], read: Callable[[Item, Any], Any]) -> Builder:
    def build_one(item: Item) -> Control:
        return _choice(item) if item.options else _several(item, Control(kind, widget(), read))

    return build_one


def _boolean(item: Item) -> Control:
    choices = [("true", _("Yes")), ("false", _("No"))]
    return _several(item, Control("yesno", forms.RadioSelect(choices=choices), reads.boolean))


def _number(item: Item) -> Control:
    if item.options:
        return _choice(item)
    kind = "number" if item.type == "integer" else "decimal"
    if item.type == "integer" and (item.min_value, item.max_value) == (0, 10):
        kind = "scale"
    elif item.control == "slider":
        kind = "slider"
    read = reads.integer if item.type == "integer" else reads.decimal
    return _several(item, Control(kind, forms.TextInput(), read))


def _date(item: Item) -> Control:
    if item.options:
        return _choice(item)
    if item.control == "year":
        return _several(item, Control("year", forms.TextInput(), reads.year))
    if item.control in {"yearMonth", "year-month"}:
        return _several(item, Control("month", MonthYear(), reads.month))
    return _several(item, Control("date", DayMonthYear(), reads.day))


BUILDERS: dict[str, Builder] = {
    "boolean": _boolean,
    "decimal": _number,
    "integer": _number,
    "date": _date,
    "dateTime": _simple("moment", Moment, reads.moment),
    "time": _simple("time", Clock, reads.clock),
    "string": _simple("line", forms.TextInput, reads.text),
    "url": _simple("url", forms.TextInput, reads.text),
    "text": _simple("text", forms.Textarea, reads.text),
    "choice": _choice,
    "open-choice": _choice,
    "attachment": lambda item: Control("file", Files() if item.repeats else forms.FileInput(), lambda item, raw: raw),
    "reference": _simple("line", forms.TextInput, reads.reference),
    "quantity": lambda item: _several(item, Control("quantity", Number(), reads.quantity)),
}


def build(item: Item, *, today: date) -> AnswerField:
    """The form field of a question. Made once for each item and language; a form gets a copy for what is its own."""
    kept: dict[str | None, AnswerField] = vars(item).setdefault("_fields", {})
    language = get_language()
    made = kept.get(language)
    if made is None:
        made = kept[language] = AnswerField(item, BUILDERS[item.type](item), today)
    return made.fresh(today)

"""Fills a Question with what stands in its field. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from intake import identity
from intake.engine.answers import in_words
from intake.engine.enablement import State
from intake.engine.fields import AnswerField
from intake.engine.offers import left_out
from intake.engine.places import Place
from intake.engine.questions import Choice, Other, Question
from intake.engine.reads import words_of
from intake.engine.specs import Item, Questionnaire
from intake.engine.validation import limit_of
from intake.engine.widgets import OTHER, Many, OwnWords, Parts, plain_number


def fill(made: Question, made_field: AnswerField, value: Any, kept: Any) -> None:
    """The value, its parts or rows, the choices with what is chosen, limits and units."""
    item, widget = made.item, made_field.widget
    if made.kind == "file":
        made.value = kept or ""
        return
    made.many = isinstance(widget, Many)
    if isinstance(widget, Many):
        values = value if isinstance(value, list) else [value] if value not in (None, "") else []
        made.rows = [_field_value(item, widget.one, one) for one in values]
        made.rows.append(["" for _ in widget.one.names] if isinstance(widget.one, Parts) else "")
    elif isinstance(widget, Parts):
        made.parts = _field_value(item, widget, value)
        made.value = value
    else:
        made.value = _field_value(item, widget, value)
    if made.kind == "autocomplete":
        made.value = item.label_of(made.value) if made.value else ""
    _fill_choices(made, made_field, value)
    _fill_limits(made)
    _fill_units(made)
    made.autocomplete = identity.AUTOCOMPLETE.get(item.link_id, "off")
    made.mode = "tel" if item.link_id in identity.PHONES else "email" if item.link_id in identity.EMAILS else ""


def fix(made: Question, value: Any) -> None:
    """A read-only question: its answer in words."""
    made.kind, made.value = "fixed", in_words(made.item, value)


def toggle(made: Question, questionnaire: Questionnaire, state: State, place: Place) -> None:
    """Options that an expression does not offer now are left out, unless one of them is chosen."""
    off = left_out(questionnaire, state, place) if made.choices else set()
    made.choices = [one for one in made.choices if one.chosen or one.value not in off]


def _field_value(item: Item, widget: Any, value: Any) -> Any:
    if isinstance(widget, Parts):
        parts = value if isinstance(value, list) else widget.decompress(value)
        return [str(part or "") for part in parts]
    if isinstance(value, Mapping) and not isinstance(widget, OwnWords):
        return words_of(value)
    if isinstance(value, float | Decimal):
        return plain_number(float(value))
    if hasattr(widget, "format_value") and isinstance(value, str) and item.type == "time":
        return widget.format_value(value)
    return "" if value is None else value


def _fill_choices(made: Question, made_field: AnswerField, value: Any) -> None:
    widget, item = made_field.widget, made.item
    if isinstance(value, Mapping) and "codes" in value:  # as it was posted
        chosen, own = {str(one) for one in value["codes"]}, str(value["other"])
    else:
        values = value if isinstance(value, list) else [value]
        chosen = {_posted(one) for one in values}
        own = ", ".join(one for one in map(words_of, values) if one and one not in item.by_code)
    made.choices = [
        Choice(f"{made.id}-{at}", code, label, code in chosen, exclusive)
        for at, (code, label, exclusive) in enumerate(made_field.offered)
    ]
    if isinstance(widget, OwnWords):
        made.other = Other(made.address + OTHER, own, item.open_label)


def _fill_limits(made: Question) -> None:
    if made.kind not in {"number", "decimal", "slider", "quantity", "scale"}:
        return
    low, high = limit_of(made.item.min_value), limit_of(made.item.max_value)
    quantities = made.item.min_quantity, made.item.max_quantity
    low = quantities[0].value if low is None and quantities[0] is not None else low
    high = quantities[1].value if high is None and quantities[1] is not None else high
    if made.kind == "slider":
        low, high = 0 if low is None else low, 100 if high is None else high
    made.minimum, made.maximum = ("" if limit is None else str(limit) for limit in (low, high))
    made.step = str(made.item.step or ("1" if made.item.type == "integer" else "any"))


def _fill_units(made: Question) -> None:
    item = made.item
    note = item.note("unit")
    made.unit = note.text if note is not None else item.unit.display if item.unit is not None else ""
    if made.kind == "quantity" and item.units:
        given = made.parts[1] if len(made.parts) > 1 else ""
        default = item.unit.code if item.unit is not None and not given else given
        made.units = [
            Choice(f"{made.id}-unit-{at}", unit.code, unit.display or unit.code, default in {unit.code, unit.display})
            for at, unit in enumerate(item.units)
        ]


def _posted(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)

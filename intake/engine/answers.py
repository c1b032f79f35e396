"""Answers in their two shapes: a FHIR R4 QuestionnaireResponse and the plain `{address: value}`. Pure.

An address is the linkId of a question; inside repeating groups it names the instance too: see `intake.engine.places`.

Plain values: bool, int, float, str (also dates, as ISO text), the code of a chosen option, a list when the question
repeats; a dict as FHIR writes it for an attachment, a quantity, a reference, or a Coding that is not among the options.
What does not fit the question at all is kept as FHIR has it, `{"value[x]": …}`, for the check to refuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from clinic import dates
from intake.engine import plain
from intake.engine.enablement import answered, enabled
from intake.engine.places import Answers, Counts, Path, address_of, counts_of
from intake.engine.plain import STRUCTURES, VALUE_KEY
from intake.engine.specs import CHOICES, Coding, Item, Questionnaire


def to_response(
    questionnaire: Questionnaire, answers: Answers, *, status: str, authored: datetime, keep_hidden: bool = False
) -> dict[str, Any]:
    """The QuestionnaireResponse for these answers.

    Answers to questions that are not enabled are left out; a draft keeps them (`keep_hidden`), so that a
    yes turned to no and back loses no word, and keeps instances that are still blank. Nothing is calculated here: the
    form does that while it is filled in, and answers that come from elsewhere stay as they were given.
    """
    on = None if keep_hidden else enabled(questionnaire, answers)
    canonical = "|".join(part for part in (questionnaire.url, questionnaire.version) if part)
    document = {"resourceType": "QuestionnaireResponse", "status": status, "authored": authored.isoformat()}
    if questionnaire.url:
        document["questionnaire"] = canonical
    items = to_items(questionnaire, answers, on=on)
    return {**document, "item": items} if items else document


def to_items(
    questionnaire: Questionnaire, answers: Answers, *, on: set[str] | None = None, nodes: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """The items of a response. `on` leaves out what is not enabled; `nodes` is filled with address -> item."""
    if on is None and nodes is None:
        items = plain.write(questionnaire, answers, fhir_answer)
        if items is not None:
            return items
    return _Writer(answers, counts_of(questionnaire, answers), on, nodes).items(questionnaire.items, ())


class _Writer:
    def __init__(self, answers: Answers, counts: Counts, on: set[str] | None, nodes: dict[str, Any] | None) -> None:
        self.answers, self.counts, self.on, self.nodes = answers, counts, on, nodes

    def items(self, items: Iterable[Item], path: Path) -> list[dict[str, Any]]:
        result: list[dict[str, Any]] = []
        for item in items:
            if item.type == "group":
                result += self._group(item, path)
            elif item.is_question:
                result += self._question(item, path)
        return result

    def _group(self, item: Item, path: Path) -> list[dict[str, Any]]:
        if not item.is_loop:
            return self._instance(item, path)
        number = self.counts.get((item.link_id, path), 1)
        found = [self._instance(item, (*path, at), keep=self.on is None and number > 1) for at in range(number)]
        return [one for some in found for one in some]

    def _instance(self, item: Item, path: Path, *, keep: bool = False) -> list[dict[str, Any]]:
        address = address_of(item.link_id, path)
        if self.on is not None and address not in self.on:
            return []
        children = self.items(item.items, path)
        return [self._entry(item, address, {"item": children} if children else {})] if children or keep else []

    def _question(self, item: Item, path: Path) -> list[dict[str, Any]]:
        address = address_of(item.link_id, path)
        if self.on is not None and address not in self.on:
            return []
        value = self.answers.get(address)
        values = [one for one in (value if isinstance(value, list) else [value]) if answered(one)]
        given = [fhir_answer(item, one) for one in values]
        number = self.counts.get((item.link_id, path), 1) if item.is_loop else 1
        loose: list[dict[str, Any]] = []
        for at in range(number):
            children = self.items(item.items, (*path, at) if item.is_loop else path) if item.items else []
            if children and given:
                given[min(at, len(given) - 1)].setdefault("item", []).extend(children)
            else:
                loose += children
        parts = {name: part for name, part in (("answer", given), ("item", loose)) if part}
        return [self._entry(item, address, parts)] if parts else []

    def _entry(self, item: Item, address: str, parts: dict[str, Any]) -> dict[str, Any]:
        entry = {"linkId": item.link_id, **({"text": item.text} if item.text.strip() else {}), **parts}
        if self.nodes is not None:
            self.nodes[address] = entry
        return entry


def fhir_answer(item: Item, value: Any) -> dict[str, Any]:
    """A plain answer as FHIR writes it."""
    is_plain = type(value) is str  # most are; asking the abstract class costs more than the rest
    if not is_plain and is_odd(value):
        return dict(value)
    if not is_plain and isinstance(value, Mapping) and item.type in CHOICES:
        return {"valueCoding": value}
    option = item.by_code.get(str(value)) if item.options and (is_plain or not isinstance(value, Mapping)) else None
    if option is not None and isinstance(option.value, Coding):
        if option.kind == "Coding":
            return {"valueCoding": option.value.as_fhir()}
        parts = {"reference": option.value.code, "display": option.value.display}
        return {"valueReference": {name: part for name, part in parts.items() if part}}
    if item.type in CHOICES:
        return {f"value{option.kind}": option.value} if option is not None else {"valueString": value}
    if isinstance(value, datetime | date):
        value = value.isoformat()
    return {VALUE_KEY[item.type]: float(value) if isinstance(value, Decimal) else value}


def is_odd(value: Any) -> bool:
    """True for an answer kept as FHIR has it, because it is of a kind the question does not take."""
    if type(value) is str or type(value) is bool:
        return False
    return isinstance(value, Mapping) and len(value) == 1 and len(name := next(iter(value))) > 5 and name[:5] == "value"


def from_response(response: Mapping[str, Any], questionnaire: Questionnaire) -> dict[str, Any]:
    """The plain answers of a QuestionnaireResponse. Items the questionnaire does not know are left out."""
    from intake.engine.incoming import read_response

    answers = plain.read(questionnaire, response, plain_answer)
    if answers is not None:
        return answers
    return read_response(questionnaire, response).answers


def plain_answer(item: Item, answer: Mapping[str, Any]) -> Any:
    """The plain value of one `answer` of a response; None when it holds no value."""
    key = next((name for name in answer if name[:5] == "value"), "")
    value = answer.get(key)
    if not key or value is None:
        return None
    if item.type in CHOICES or item.options:
        return _plain_choice(item, key, value)
    if key != VALUE_KEY[item.type] or (key[5:] in STRUCTURES) is not isinstance(value, Mapping):
        return {key: value}
    return value


def _plain_choice(item: Item, key: str, value: Any) -> Any:
    if key == "valueCoding" and (type(value) is dict or isinstance(value, Mapping)):
        return plain_coding(item, value)
    if key == "valueReference" and isinstance(value, Mapping):
        option = item.by_code.get(str(value.get("reference", "")))
        return option.code if option is not None and option.kind == "Reference" else {key: value}
    option = item.by_code.get(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
    if item.type not in CHOICES:
        return value if key == VALUE_KEY[item.type] else {key: value}
    if option is not None and not isinstance(option.value, Coding):
        return option.code if key == f"value{option.kind}" else {key: value}
    return value if item.type == "open-choice" and key == "valueString" and isinstance(value, str) else {key: value}


def plain_coding(item: Item, raw: Mapping[str, Any]) -> Any:
    """The code stored for a Coding: that of the option it means, or the Coding itself when there is no such option."""
    code, system = str(raw.get("code") or raw.get("display", "")), str(raw.get("system", ""))
    option = item.by_coding.get((system, code))
    if option is None:
        same = [one for (its_system, its_code), one in item.by_coding.items() if its_code == code]
        option = same[0] if len(same) == 1 and not (system and _system(same[0])) else None
    if option is not None:
        return option.code
    return {name: raw[name] for name in ("system", "version", "code", "display") if raw.get(name)} or None


def _system(option: Any) -> str:
    return option.value.system if isinstance(option.value, Coding) else ""


def plain_result(item: Item, result: Any) -> Any:
    """The plain value that the result of an expression makes for a question; None when it cannot be one."""
    if isinstance(result, Mapping):
        if item.type in CHOICES:
            return plain_coding(item, result)
        return dict(result) if item.type in {"quantity", "reference", "attachment"} else None
    if item.type == "boolean":
        return result if isinstance(result, bool) else None
    if item.type in {"integer", "decimal", "quantity"}:
        return _plain_number(item, result)
    if isinstance(result, bool | Decimal | int | float) and item.type not in {"string", "text"}:
        return None
    words = str(result).lower() if isinstance(result, bool) else str(result)
    if item.type in CHOICES:
        return words if words in item.by_code or item.type == "open-choice" else None
    return words[:10] if item.type == "date" else words


def _plain_number(item: Item, result: Any) -> Any:
    if hasattr(result, "value") and hasattr(result, "unit"):  # FHIRPath's own quantity
        unit = str(result.unit).strip("'")
        number = float(result.value)
        return {"value": number, "unit": unit} if item.type == "quantity" else number
    if isinstance(result, bool) or not isinstance(result, int | float | Decimal):
        return None
    if item.type == "integer":
        return int(result) if result == int(result) else None
    return {"value": float(result)} if item.type == "quantity" else float(result)


def in_words(item: Item, value: Any) -> str:
    """An answer as a person reads it: labels for codes, Yes and No, day month year."""
    if not answered(value):
        return ""
    if isinstance(value, list):
        return ", ".join(in_words(item, one) for one in value)
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if is_odd(value):
        return in_words(item, next(iter(value.values())))
    if isinstance(value, Mapping):
        return _structure_in_words(value)
    if item.options:
        return item.label_of(value)
    if item.type in {"date", "dateTime"} and isinstance(value, str):
        return _moment_in_words(value)
    words = value[:5] if item.type == "time" and isinstance(value, str) else str(value)
    return f"{words} {item.unit.display}" if item.unit is not None and item.type in {"integer", "decimal"} else words


def _structure_in_words(value: Mapping[str, Any]) -> str:
    if "value" in value:
        comparator, unit = str(value.get("comparator", "")), str(value.get("unit") or value.get("code") or "")
        return f"{comparator}{value['value']:g} {unit}".strip() if _is_number(value["value"]) else ""
    return str(value.get("title") or value.get("display") or value.get("code") or value.get("reference") or "")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _moment_in_words(value: str) -> str:
    day, _, clock = value.partition("T")
    try:
        words = dates.in_words(date.fromisoformat(day)) if len(day) == 10 else day
    except ValueError:
        return value
    return f"{words}, {clock[:5]}" if clock else words

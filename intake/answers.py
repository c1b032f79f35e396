"""Answers in their two shapes: a FHIR R4 QuestionnaireResponse and the plain `{linkId: value}`. Pure.

Plain values: bool, int, str (also dates, as ISO text), a code for a choice, a list of codes when it
repeats, a dict for an attachment or quantity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from clinic import dates
from intake.enablement import Answers, answered, enabled
from intake.specs import CHOICES, Coding, Item, Questionnaire

_VALUE_KEY = {
    "boolean": "valueBoolean",
    "decimal": "valueDecimal",
    "integer": "valueInteger",
    "date": "valueDate",
    "dateTime": "valueDateTime",
    "time": "valueTime",
    "string": "valueString",
    "text": "valueString",
    "url": "valueUri",
    "attachment": "valueAttachment",
    "reference": "valueReference",
    "quantity": "valueQuantity",
}


def to_response(
    questionnaire: Questionnaire, answers: Answers, *, status: str, authored: datetime, keep_hidden: bool = False
) -> dict[str, Any]:
    """The QuestionnaireResponse for these answers.

    Answers to questions that are not enabled are left out; a draft keeps them (`keep_hidden`), so that a
    yes turned to no and back loses no word.
    """
    on = set(questionnaire.index) if keep_hidden else enabled(questionnaire, answers)
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{questionnaire.url}|{questionnaire.version}",
        "status": status,
        "authored": authored.isoformat(),
        "item": _items(questionnaire.items, answers, on),
    }


def _items(items: Iterable[Item], answers: Answers, on: set[str]) -> list[dict[str, Any]]:
    result = []
    for item in items:
        if item.link_id not in on or item.type == "display":
            continue
        entry: dict[str, Any] = {"linkId": item.link_id, "text": item.text}
        children = _items(item.items, answers, on)
        if item.type == "group":
            if children:
                result.append(entry | {"item": children})
            continue
        value = answers.get(item.link_id)
        if not answered(value):
            continue
        values = value if isinstance(value, list) else [value]
        entry["answer"] = [{_key(item, one): _fhir(item, one)} for one in values]
        if children:
            entry["answer"][0]["item"] = children
        result.append(entry)
    return result


def _key(item: Item, value: Any) -> str:
    if item.type in CHOICES:
        option = item.by_code.get(str(value))
        if option is None:
            return "valueString"
        if isinstance(option.value, Coding):
            return "valueCoding"
        return "valueInteger" if isinstance(option.value, int) else "valueString"
    return _VALUE_KEY[item.type]


def _fhir(item: Item, value: Any) -> Any:
    if item.type in CHOICES:
        option = item.by_code.get(str(value))
        if option is None:
            return value
        return option.value.as_fhir() if isinstance(option.value, Coding) else option.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def from_response(response: Mapping[str, Any], questionnaire: Questionnaire) -> dict[str, Any]:
    """The plain answers of a QuestionnaireResponse. Items the questionnaire does not know are left out."""
    plain: dict[str, Any] = {}
    _collect(response.get("item", []), questionnaire, plain)
    return plain


def _collect(items: Iterable[Mapping[str, Any]], questionnaire: Questionnaire, plain: dict[str, Any]) -> None:
    for entry in items:
        item = questionnaire.index.get(str(entry.get("linkId")))
        if item is None:
            continue
        values = [_plain(answer) for answer in entry.get("answer", [])]
        if values and item.is_question:
            plain[item.link_id] = values if item.repeats else values[0]
        for nested in (entry, *entry.get("answer", [])):
            _collect(nested.get("item", []), questionnaire, plain)


def _plain(answer: Mapping[str, Any]) -> Any:
    key = next((name for name in answer if name.startswith("value")), "")
    value = answer.get(key)
    if key == "valueCoding" and isinstance(value, Mapping):
        return value.get("code") or value.get("display", "")
    return value


def in_words(item: Item, value: Any) -> str:
    """An answer as a person reads it: labels for codes, Yes and No, day month year."""
    if not answered(value):
        return ""
    if isinstance(value, list):
        return ", ".join(in_words(item, one) for one in value)
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if item.options:
        return item.label_of(value)
    if item.type == "date" and isinstance(value, str):
        try:
            return dates.in_words(date.fromisoformat(value))
        except ValueError:
            return value
    if isinstance(value, Mapping):
        return str(value.get("title") or value.get("display") or value.get("value") or "")
    return str(value)

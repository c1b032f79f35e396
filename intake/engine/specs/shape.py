"""The shape FHIR R4 gives a Questionnaire: which elements there are and what each may hold. Refuses the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from intake.engine.specs.model import ITEM_TYPES, OPERATORS, SpecError
from intake.engine.specs.primitives import CHECKS

STATUSES = frozenset({"draft", "active", "retired", "unknown"})
_EXTENSION = frozenset({"id", "url", "extension", "_url"})
#: So deep may items be nested; nobody could find their way through more.
DEEPEST = 40
_ANY = {"id": "string", "extension": "object*", "modifierExtension": "object*"}
_ROOT = {
    "resourceType": "string", "id": "id", "meta": "object", "implicitRules": "uri", "language": "code",
    "text": "object", "contained": "object*", "extension": "object*", "modifierExtension": "object*", "url": "uri",
    "identifier": "object*", "version": "string", "name": "string", "title": "string", "derivedFrom": "uri*",
    "status": "code", "experimental": "boolean", "subjectType": "code*", "date": "dateTime", "publisher": "string",
    "contact": "object*", "description": "string", "useContext": "object*", "jurisdiction": "object*",
    "purpose": "string", "copyright": "string", "approvalDate": "date", "lastReviewDate": "date",
    "effectivePeriod": "object", "code": "Coding*", "item": "object*",
}  # fmt: skip
_ITEM = _ANY | {
    "linkId": "string", "definition": "uri", "code": "Coding*", "prefix": "string", "text": "string", "type": "code",
    "enableWhen": "object*", "enableBehavior": "code", "required": "boolean", "repeats": "boolean",
    "readOnly": "boolean", "maxLength": "integer", "answerValueSet": "uri", "answerOption": "object*",
    "initial": "object*", "item": "object*",
}  # fmt: skip
_PRIMITIVES = {
    "Boolean": "boolean", "Decimal": "decimal", "Integer": "integer", "Date": "date", "DateTime": "dateTime",
    "Time": "time", "String": "string", "Coding": "Coding", "Quantity": "Quantity", "Reference": "Reference",
}  # fmt: skip
_TYPES = {
    "Coding": _ANY | {
        "system": "uri", "version": "string", "code": "code", "display": "string", "userSelected": "boolean",
    },
    "Quantity": _ANY | {
        "value": "decimal", "comparator": "code", "unit": "string", "system": "uri", "code": "code",
    },
    "Expression": _ANY | {
        "description": "string", "name": "string", "language": "string", "expression": "string", "reference": "uri",
    },
    "CodeableConcept": _ANY | {"coding": "Coding*", "text": "string"},
    "Reference": _ANY | {"reference": "string", "type": "uri", "identifier": "object", "display": "string"},
    "Attachment": _ANY | {
        "contentType": "code", "language": "code", "data": "string", "url": "uri", "size": "integer", "hash": "string",
        "title": "string", "creation": "dateTime",
    },
}  # fmt: skip
_ENABLE_WHEN = _ANY | {"question": "string", "operator": "code"}
_ENABLE_WHEN |= {f"answer{kind}": check for kind, check in _PRIMITIVES.items()}
_OPTION = _ANY | {"initialSelected": "boolean"}
_OPTION |= {f"value{kind}": _PRIMITIVES[kind] for kind in ("Integer", "Date", "Time", "String", "Coding", "Reference")}
_INITIAL = _ANY | {f"value{kind}": check for kind, check in _PRIMITIVES.items()}
_INITIAL |= {"valueUri": "uri", "valueAttachment": "Attachment"}


def check_shape(document: Mapping[str, Any]) -> None:
    """Raises SpecError for the first element that R4 does not have, or that holds something else."""
    _check(document, _ROOT, "Questionnaire")
    if document.get("status") not in STATUSES:
        raise SpecError("Questionnaire: status is missing or not one of draft, active, retired, unknown.")
    for at, item in enumerate(document.get("item", ())):
        _check_item(item, f"item[{at}]", 1)


def check_value(value: Any, kind: str, where: str) -> None:
    """Raises SpecError for a value of a FHIR type (`Coding`, `integer`, …) that is something else."""
    is_fit, words = CHECKS.get(kind, CHECKS["object"])
    if not is_fit(value):
        raise SpecError(f"{where} {words}.")
    if kind in _TYPES:
        _check(value, _TYPES[kind], where)


def _check_item(raw: Mapping[str, Any], where: str, depth: int) -> None:
    if depth > DEEPEST:
        raise SpecError(f"{where}: items are nested more than {DEEPEST} deep.")
    link_id = raw.get("linkId")
    if not isinstance(link_id, str) or not link_id.strip():
        raise SpecError(f"{where}: linkId is missing.")
    if not isinstance(raw.get("type"), str) or raw["type"] not in ITEM_TYPES:
        raise SpecError(f"{link_id}: type {raw.get('type')!r} is not one of FHIR R4's item types.")
    _check(raw, _ITEM, link_id)
    for name, elements in (("enableWhen", _ENABLE_WHEN), ("answerOption", _OPTION), ("initial", _INITIAL)):
        for one in raw.get(name, ()):
            _check(one, elements, f"{link_id}: {name}")
            _one_value(one, name, link_id)
    for at, child in enumerate(raw.get("item", ())):
        _check_item(child, f"{link_id}: item[{at}]", depth + 1)


def _one_value(raw: Mapping[str, Any], name: str, link_id: str) -> None:
    kind = "answer" if name == "enableWhen" else "value"
    given = [key for key in raw if key.startswith(kind)]
    if name == "enableWhen":
        if not isinstance(raw.get("question"), str):
            raise SpecError(f"{link_id}: enableWhen needs a question.")
        if raw.get("operator") not in OPERATORS:
            raise SpecError(f"{link_id}: enableWhen operator {raw.get('operator')!r} is not known.")
    if len(given) != 1:
        raise SpecError(f"{link_id}: {name} needs exactly one {kind}[x].")


def _check(raw: Mapping[str, Any], elements: Mapping[str, str], where: str) -> None:
    for name, value in raw.items():
        if name.startswith("_"):
            if not (value is None or isinstance(value, Mapping | list)):
                raise SpecError(f"{where}: {name} must be an object.")
            continue
        kind = elements.get(name)
        if kind is None:
            raise SpecError(f"{where}: FHIR R4 has no element '{name}' here.")
        is_list = kind.endswith("*")
        if is_list and not isinstance(value, list):
            raise SpecError(f"{where}: {name} must be a list.")
        for one in value if is_list else [value]:
            check_value(one, kind.removesuffix("*"), f"{where}: {name}")
    _check_extensions(raw, where, 0)


def _check_extensions(raw: Mapping[str, Any], where: str, depth: int) -> None:
    """Every extension has its url and nothing but a value or more extensions; what those hold is theirs."""
    for extension in raw.get("extension", ()) if depth < DEEPEST else ():
        if not isinstance(extension, Mapping) or not isinstance(extension.get("url"), str) or not extension["url"]:
            raise SpecError(f"{where}: an extension needs its url.")
        foreign = [key for key in extension if key not in _EXTENSION and not key.lstrip("_").startswith("value")]
        if foreign:
            raise SpecError(f"{where}: FHIR R4 has no element '{foreign[0]}' in an extension.")
        if isinstance(extension.get("extension"), list):
            _check_extensions(extension, where, depth + 1)

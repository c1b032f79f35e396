"""The extensions that FHIR's core and the SDC guide define for questions, read into the fields of an item."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from intake.engine.patterns import can_be_read
from intake.engine.specs.model import Coding, Constraint, Expression, Quantity, SpecError, Toggle
from intake.engine.specs.primitives import is_decimal, is_integer
from intake.engine.specs.shape import check_value
from intake.engine.specs.valuesets import coding
from intake.engine.specs.words import words

CORE = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
_CALCULATED = (CORE + "cqf-calculatedValue", CORE + "cqf-expression")
_LETTERS = {
    "L": "A-Za-zªµºÀ-ÖØ-öø-ˁͰ-ͽͿ-҂Ҋ-֏א-ת\u0620-\u064aऄ-ह぀-ヿ一-鿿가-힣",
    "Lu": "A-ZÀ-ÖØ-ÞА-Я",
    "Ll": "a-zß-öø-ÿа-я",
    "N": "0-9",
    "Nd": "0-9",
}
_MATCHES = re.compile(r"""\s*matches\(\s*(['"])(.*)\1\s*\)\s*""", re.DOTALL)
_PRIMITIVES = {
    "Boolean": "boolean", "Integer": "integer", "PositiveInt": "integer", "UnsignedInt": "integer",
    "Decimal": "decimal", "String": "string", "Markdown": "string", "Code": "string", "Id": "string",
    "Uri": "string", "Url": "string", "Canonical": "string", "Oid": "string", "Uuid": "string",
    "Date": "date", "DateTime": "dateTime", "Time": "time", "Instant": "string", "Base64Binary": "string",
}  # fmt: skip
Raw = Mapping[str, Any]
Read = Callable[[Raw, str, str], Any]


def _value(raw: Raw) -> tuple[str, Any]:
    kind = next((key for key in raw if key.startswith("value")), "")
    return kind, raw.get(kind)


def _whole(raw: Raw, where: str, language: str) -> int:
    value = _value(raw)[1]
    if not is_integer(value) or value < 0:
        raise SpecError(f"{where}: {_name(raw)} must be a whole number.")
    return int(value)


def _number(raw: Raw, where: str, language: str) -> Decimal:
    value = _value(raw)[1]
    if not is_decimal(value):
        raise SpecError(f"{where}: {_name(raw)} must be a number.")
    return Decimal(str(value))


def _limit(raw: Raw, where: str, language: str) -> Any:
    kind, value = _value(raw)
    if value is None:
        shadows = [shadow for key, shadow in raw.items() if key.startswith("_value") and isinstance(shadow, Mapping)]
        inner = [one for shadow in shadows for one in shadow.get("extension", ()) if one.get("url") in _CALCULATED]
        return _expression(inner[0], where, language) if inner else None
    if kind == "valueQuantity":
        return _quantity(raw, where, language).value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise SpecError(f"{where}: {_name(raw)} must be a number or a date.")
    return Decimal(str(value)) if isinstance(value, float) else value


def _quantity(raw: Raw, where: str, language: str) -> Quantity:
    value = _value(raw)[1]
    if not isinstance(value, Mapping):
        raise SpecError(f"{where}: {_name(raw)} must be a quantity.")
    return quantity(value)


def quantity(raw: Raw) -> Quantity:
    """A Quantity as conditions and limits use it."""
    number = raw.get("value")
    unit, code, system = (str(raw.get(name, "")) for name in ("unit", "code", "system"))
    return Quantity(Decimal(str(number)) if is_decimal(number) else None, unit, code, system)


def _text(raw: Raw, where: str, language: str) -> str:
    kind, value = _value(raw)
    return words(raw, kind, language) if isinstance(value, str) else ""


def _flag(raw: Raw, where: str, language: str) -> bool:
    return _value(raw)[1] is True


def _code(raw: Raw, where: str, language: str) -> str:
    """The first code of a CodeableConcept."""
    value = _value(raw)[1]
    if isinstance(value, Mapping):
        codes = [one.get("code") for one in value.get("coding", ()) if isinstance(one, Mapping)]
        return next((str(code) for code in codes if code), str(value.get("code", "")))
    return str(value or "")


def _coding(raw: Raw, where: str, language: str) -> Coding | None:
    value = _value(raw)[1]
    if not isinstance(value, Mapping):
        return None
    found = coding(value)
    return Coding(found.code, found.system, words(value, "display", language) or found.code)


def _regex(raw: Raw, where: str, language: str) -> str:
    """The pattern, also when it is wrapped as FHIRPath `matches('…')` or written as browsers want it.

    Every engine has a dialect of its own; a pattern that is none in ours cannot be judged and is not enforced.
    """
    pattern = str(_value(raw)[1] or "")
    wrapped = _MATCHES.fullmatch(pattern)
    pattern = wrapped[2].replace("\\\\", "\\") if wrapped else pattern
    pattern = _with_our_letters(re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", pattern))
    return pattern if can_be_read(pattern) else ""


def _with_our_letters(pattern: str) -> str:
    """`\\p{L}` and its like as ranges, within brackets and outside them."""
    inside = False
    parts: list[str] = []
    for part in re.findall(r"\\p\{\w+\}|\\.|.", pattern, re.DOTALL):
        letters = _LETTERS.get(part[3:-1]) if part.startswith(r"\p{") else None
        if letters is not None:
            part = letters if inside else f"[{letters}]"
        inside = part != "]" and (inside or part == "[")
        parts.append(part)
    return "".join(parts)


def _expression(raw: Raw, where: str, language: str) -> Expression | None:
    """A FHIRPath expression; None for the languages that are questions to a server."""
    value = _value(raw)[1]
    if isinstance(value, str):
        return Expression(value)
    if not isinstance(value, Mapping) or value.get("language", "text/fhirpath") != "text/fhirpath":
        return None
    return Expression(str(value.get("expression", "")), str(value.get("name", "")))


def _constraint(raw: Raw, where: str, language: str) -> Constraint | None:
    parts: dict[str, Raw] = {str(one.get("url")): one for one in raw.get("extension", ()) if isinstance(one, Mapping)}
    expression = _expression(parts.get("expression", {}), where, language)
    if expression is None or not expression.text:
        return None
    key, severity = (str(_value(parts.get(name, {}))[1] or "") for name in ("key", "severity"))
    human = _text(parts.get("human", {}), where, language)
    return Constraint(key, expression.text, human, severity or "error")


def _toggle(raw: Raw, where: str, language: str) -> Toggle | None:
    nested = [one for one in raw.get("extension", ()) if isinstance(one, Mapping)]
    found = [_expression(one, where, language) for one in nested if one.get("url") == "expression"]
    values = [_value(one)[1] for one in nested if one.get("url") == "option"]
    codes = frozenset(str(one.get("code")) if isinstance(one, Mapping) else str(one) for one in values)
    return Toggle(codes, found[0].text) if found and found[0] is not None else None


#: address of the extension -> field of the item, and how to read it
ONE: dict[str, tuple[str, Read]] = {
    CORE + "minValue": ("min_value", _limit),
    CORE + "maxValue": ("max_value", _limit),
    SDC + "minQuantity": ("min_quantity", _quantity),
    SDC + "maxQuantity": ("max_quantity", _quantity),
    CORE + "questionnaire-minOccurs": ("min_occurs", _whole),
    CORE + "questionnaire-maxOccurs": ("max_occurs", _whole),
    CORE + "minLength": ("min_length", _whole),
    CORE + "maxDecimalPlaces": ("max_places", _whole),
    CORE + "regex": ("regex", _regex),
    CORE + "maxSize": ("max_size", _number),
    CORE + "questionnaire-itemControl": ("control", _code),
    CORE + "questionnaire-choiceOrientation": ("orientation", _code),
    CORE + "questionnaire-sliderStepValue": ("step", _number),
    CORE + "questionnaire-unit": ("unit", _coding),
    SDC + "unitOpen": ("unit_open", _code),
    CORE + "questionnaire-hidden": ("hidden", _flag),
    SDC + "collapsible": ("collapsible", _code),
    CORE + "questionnaire-displayCategory": ("category", _code),
    CORE + "entryFormat": ("entry_format", _text),
    SDC + "shortText": ("short_text", _text),
    SDC + "openLabel": ("open_label", _text),
    CORE + "questionnaire-supportLink": ("link", _text),
    SDC + "initialExpression": ("initial_expression", _expression),
    SDC + "calculatedExpression": ("calculated_expression", _expression),
    SDC + "enableWhenExpression": ("enabled_expression", _expression),
}
SEVERAL: dict[str, tuple[str, Read]] = {
    CORE + "questionnaire-unitOption": ("units", _coding),
    CORE + "mimeType": ("mime_types", _code),
    CORE + "variable": ("variables", _expression),
    CORE + "questionnaire-constraint": ("constraints", _constraint),
    CORE + "targetConstraint": ("constraints", _constraint),
    SDC + "answerOptionsToggleExpression": ("toggles", _toggle),
}


def read_extensions(raw: Raw, where: str, language: str) -> dict[str, Any]:
    """The fields that the extensions of an item, or of the questionnaire, speak of."""
    found: dict[str, Any] = {}
    for extension in raw.get("extension", ()):
        url = extension.get("url")
        if url in ONE or url in SEVERAL:
            _check_value(extension, where)
        if url in ONE:
            name, read = ONE[url]
            found[name] = read(extension, where, language)
        elif url in SEVERAL:
            name, read = SEVERAL[url]
            value = read(extension, where, language)
            if value is not None:
                found[name] = (*found.get(name, ()), value)
    return found


def _check_value(raw: Raw, where: str) -> None:
    """An extension that says something to us holds what the name of its value promises."""
    kind, value = _value(raw)
    if not kind or value is None:
        return
    check_value(value, _PRIMITIVES.get(kind[5:], kind[5:]), f"{where}: {_name(raw)} {kind}")


def _name(raw: Raw) -> str:
    return str(raw.get("url", "")).rsplit("/", 1)[-1]

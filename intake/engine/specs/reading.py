"""Reads a FHIR R4 Questionnaire into a specification, or says where and why it cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from intake.engine.specs.extensions import quantity, read_extensions
from intake.engine.specs.invariants import check_invariants
from intake.engine.specs.model import EnableWhen, Item, Questionnaire, SpecError
from intake.engine.specs.shape import check_shape
from intake.engine.specs.valuesets import coding, options_of
from intake.engine.specs.words import markup, words

#: kind of initial value -> the item types that take it
_FITS = {
    "valueBoolean": {"boolean"},
    "valueInteger": {"integer", "decimal", "choice", "open-choice"},
    "valueDecimal": {"decimal"},
    "valueDate": {"date", "dateTime", "choice", "open-choice"},
    "valueDateTime": {"dateTime"},
    "valueTime": {"time", "choice", "open-choice"},
    "valueString": {"string", "text", "choice", "open-choice"},
    "valueUri": {"url"},
    "valueCoding": {"choice", "open-choice"},
    "valueQuantity": {"quantity"},
    "valueReference": {"reference", "choice"},
    "valueAttachment": {"attachment"},
}


def parse(document: Mapping[str, Any]) -> Questionnaire:
    """The questionnaire a FHIR R4 document describes, or SpecError saying where it is wrong."""
    if not isinstance(document, Mapping) or document.get("resourceType") != "Questionnaire":
        raise SpecError("This is not a FHIR Questionnaire: resourceType must be 'Questionnaire'.")
    try:
        check_shape(document)
        check_invariants(document)
        return _read(document, "")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, SpecError):
            raise
        # Extensions and contained resources may hold anything; they are looked at only where they are used.
        raise SpecError(f"Questionnaire: an extension or contained resource is not as R4 has it ({error}).") from error


def _read(document: Mapping[str, Any], language: str) -> Questionnaire:
    contained: Sequence[Mapping[str, Any]] = document.get("contained", ())
    about = read_extensions(document, "Questionnaire", language)
    return Questionnaire(
        url=document.get("url", ""),
        version=document.get("version", ""),
        title=words(document, "title", language),
        name=document.get("name", ""),
        language=document.get("language", "en"),
        status=document.get("status", ""),
        items=tuple(_item(raw, contained, language) for raw in document.get("item", ())),
        variables=about.get("variables", ()),
        constraints=about.get("constraints", ()),
        document=document,
        read=_read,
    )


def _item(raw: Mapping[str, Any], contained: Sequence[Mapping[str, Any]], language: str) -> Item:
    link_id, kind = raw["linkId"], raw["type"]
    options = options_of(raw, contained, language)
    conditions = tuple(_enable_when(one) for one in raw.get("enableWhen", ()))
    initial = (_initial(one, kind) for one in raw.get("initial", ()))
    return Item(
        link_id=link_id,
        type=kind,
        text=words(raw, "text", language),
        html=markup(raw, language),
        prefix=words(raw, "prefix", language),
        required=raw.get("required", False),
        repeats=raw.get("repeats", False),
        read_only=raw.get("readOnly", False),
        max_length=raw.get("maxLength"),
        options=options,
        value_set="" if options else raw.get("answerValueSet", ""),
        initial=tuple(value for value in initial if value is not None),
        enable_when=conditions,
        enable_behavior=raw.get("enableBehavior", "any"),
        items=tuple(_item(child, contained, language) for child in raw.get("item", ())),
        **read_extensions(raw, link_id, language),
    )


def _enable_when(raw: Mapping[str, Any]) -> EnableWhen:
    kind = next(key for key in raw if key.startswith("answer"))
    value = raw[kind]
    if kind == "answerCoding":
        value = coding(value)
    elif kind == "answerQuantity":
        value = quantity(value)
    elif kind == "answerDecimal":
        value = Decimal(str(value))
    elif kind == "answerReference":
        value = str(value.get("reference", ""))
    return EnableWhen(question=raw["question"], operator=raw["operator"], answer=value)


def _initial(raw: Mapping[str, Any], kind: str) -> Any:
    """An initial value as FHIR writes it, `{"value[x]": …}`; None for one that this type cannot take."""
    name = next(key for key in raw if key.startswith("value"))
    return {name: raw[name]} if kind in _FITS[name] else None

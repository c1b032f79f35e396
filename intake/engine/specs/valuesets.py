"""Answer options: those of an item, or of a value set that the document contains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from intake.engine.specs.model import AnswerOption, Coding
from intake.engine.specs.words import translation

_EXT = "http://hl7.org/fhir/StructureDefinition/"
_EXCLUSIVE = _EXT + "questionnaire-optionExclusive"
_PREFIX = _EXT + "questionnaire-optionPrefix"
_LABEL = _EXT + "valueset-label"
_WEIGHTS = frozenset({_EXT + "ordinalValue", _EXT + "itemWeight", _EXT + "questionnaire-ordinalValue"})
Raw = Mapping[str, Any]


def options_of(raw: Raw, contained: Sequence[Raw], language: str) -> tuple[AnswerOption, ...]:
    """The options of an item; none when its value set is not in the document."""
    listed = [found for one in raw.get("answerOption", ()) if (found := _option(one, language)) is not None]
    reference = raw.get("answerValueSet", "")
    if not listed and reference:
        value_set = _contained(contained, reference, "ValueSet")
        listed = [_of_concept(one, language) for one in _concepts(value_set, contained)] if value_set else []
    return _with_own_keys(listed)


def _with_own_keys(options: Iterable[AnswerOption]) -> tuple[AnswerOption, ...]:
    """Each option once; where two share a code, the key tells them apart."""
    found: dict[str, AnswerOption] = {}
    for option in options:
        same = found.get(option.code)
        if same is None:
            found[option.code] = option
        elif same.value != option.value:
            key = f"{option.value.system}|{option.code}" if isinstance(option.value, Coding) else ""
            if key and key not in found:
                found[key] = replace(option, key=key)
    return tuple(found.values())


def _option(raw: Raw, language: str) -> AnswerOption | None:
    kind = next(key for key in raw if key.startswith("value"))
    value = raw[kind]
    words = translation(raw, kind, language)
    if kind == "valueCoding":
        words, value = translation(value, "display", language), coding(value)
    elif kind == "valueReference":
        value = Coding(code=str(value.get("reference", "")), display=str(value.get("display", "")))
    if isinstance(value, Coding) and not value.code:
        return None  # nothing that could be chosen or stored
    about = _extensions(raw) | (_extensions(raw["valueCoding"]) if kind == "valueCoding" else {})
    weight = next((_decimal(about[url]) for url in _WEIGHTS if url in about), None)
    return AnswerOption(
        value=value,
        words=words,
        exclusive=about.get(_EXCLUSIVE, {}).get("valueBoolean") is True,
        selected=raw.get("initialSelected") is True,
        weight=weight,
        prefix=str(about.get(_PREFIX, {}).get("valueString", "")),
        given_as=kind.removeprefix("value"),
    )


def coding(raw: Raw) -> Coding:
    """A Coding; one without a code goes by its words."""
    display = str(raw.get("display", ""))
    code, system = str(raw.get("code") or ""), str(raw.get("system", ""))
    return Coding(code=code or display, system=system, display=display, named=not code)


def _of_concept(raw: Raw, language: str) -> AnswerOption:
    about = _extensions(raw)
    weight = next((_decimal(about[url]) for url in _WEIGHTS if url in about), None)
    words = translation(raw, "display", language)
    if not words and language:
        named = [one for one in raw.get("designation", ()) if str(one.get("language", "")).casefold() == language]
        words = str(named[0].get("value", "")) if named else ""
    return AnswerOption(
        value=coding(raw),
        words=words,
        weight=weight,
        exclusive=about.get(_EXCLUSIVE, {}).get("valueBoolean") is True,
        prefix=next((str(about[url].get("valueString", "")) for url in (_PREFIX, _LABEL) if url in about), ""),
    )


def _extensions(raw: Raw) -> dict[str, Raw]:
    return {str(one.get("url")): one for one in raw.get("extension", ()) if isinstance(one, Mapping)}


def _decimal(extension: Raw) -> Decimal | None:
    value = extension.get("valueDecimal", extension.get("valueInteger"))
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _contained(contained: Sequence[Raw], reference: str, kind: str) -> Raw | None:
    """A contained resource by '#id', or by its own address."""
    address = reference.split("|")[0]
    for one in contained:
        if one.get("resourceType") == kind and (f"#{one.get('id')}" == reference or one.get("url") == address):
            return one
    return None


def _concepts(value_set: Raw, contained: Sequence[Raw], depth: int = 0) -> list[Raw]:
    """The concepts of a value set with their system: its expansion, or what it is composed of."""
    expansion = value_set.get("expansion")
    if isinstance(expansion, Mapping) and expansion.get("contains"):
        return list(_expanded(expansion["contains"]))
    compose = value_set.get("compose")
    if not isinstance(compose, Mapping) or depth > 5:
        return []
    left_out = {_identity(one) for part in compose.get("exclude", ()) for one in _included(part, contained, depth)}
    found = [one for part in compose.get("include", ()) for one in _included(part, contained, depth)]
    return [one for one in found if _identity(one) not in left_out]


def _identity(concept: Raw) -> tuple[Any, Any]:
    return concept.get("system"), concept.get("code")


def _expanded(contains: Iterable[Raw]) -> Iterator[Raw]:
    for one in contains:
        if one.get("code") and not one.get("abstract") and not one.get("inactive"):
            yield one
        yield from _expanded(one.get("contains", ()))


def _included(part: Raw, contained: Sequence[Raw], depth: int) -> list[Raw]:
    system = part.get("system", "")
    found: list[Raw] = [{**one, "system": system} for one in part.get("concept", ()) if one.get("code")]
    if not found and system and not part.get("filter"):
        code_system = _contained(contained, system, "CodeSystem")
        found = [{**one, "system": system} for one in _coded(code_system.get("concept", ()))] if code_system else []
    for reference in part.get("valueSet", ()):
        value_set = _contained(contained, str(reference), "ValueSet")
        found += _concepts(value_set, contained, depth + 1) if value_set else []
    return found


def _coded(concepts: Iterable[Raw]) -> Iterator[Raw]:
    for one in concepts:
        if one.get("code"):
            yield one
        yield from _coded(one.get("concept", ()))

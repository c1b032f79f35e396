"""A questionnaire as data: what an HL7 FHIR R4 Questionnaire says, as frozen dataclasses.

Pure: no database and no Django. One specification makes the client's form, the review page and the
completeness check, so whatever those need to know about a question stands here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

ITEM_TYPES = frozenset(
    {"group", "display", "boolean", "decimal", "integer", "date", "dateTime", "time", "string", "text", "url"}
    | {"choice", "open-choice", "attachment", "reference", "quantity"}
)
OPERATORS = frozenset({"exists", "=", "!=", ">", "<", ">=", "<="})
ANSWERLESS = frozenset({"group", "display"})
CHOICES = frozenset({"choice", "open-choice"})

_EXT = "http://hl7.org/fhir/StructureDefinition/"
_MIN, _MAX = _EXT + "minValue", _EXT + "maxValue"
_EXCLUSIVE = _EXT + "questionnaire-optionExclusive"
_TRANSLATION = _EXT + "translation"
_LIMIT_KINDS = ("valueInteger", "valueDecimal", "valueDate", "valueDateTime", "valueTime")
_ANSWER_TYPES = ("Boolean", "Decimal", "Integer", "Date", "DateTime", "Time", "String", "Coding", "Quantity")
_ENABLE_KINDS = (*(f"answer{kind}" for kind in _ANSWER_TYPES), "answerReference")
_OPTION_KINDS = ("valueCoding", "valueString", "valueInteger", "valueDate", "valueTime", "valueReference")


class SpecError(ValueError):
    """The document breaks FHIR R4; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Coding:
    """A code with the system it comes from and the words people read."""

    code: str
    system: str = ""
    display: str = ""

    def as_fhir(self) -> dict[str, str]:
        """The FHIR Coding, without empty parts."""
        parts = {"system": self.system, "code": self.code, "display": self.display}
        return {name: value for name, value in parts.items() if value}


@dataclass(frozen=True, slots=True)
class AnswerOption:
    """One permitted answer of a choice."""

    value: Coding | str | int
    exclusive: bool = False
    words: str = ""  # in the language of the specification, when it is not the source language

    @property
    def code(self) -> str:
        """What is stored and posted for this option."""
        return self.value.code if isinstance(self.value, Coding) else str(self.value)

    @property
    def label(self) -> str:
        """What the client reads."""
        if self.words:
            return self.words
        return (self.value.display or self.value.code) if isinstance(self.value, Coding) else str(self.value)


@dataclass(frozen=True, slots=True)
class EnableWhen:
    """A condition on another question's answer. `answer` is a plain value; a Coding for codes."""

    question: str
    operator: str
    answer: Any


@dataclass(frozen=True)
class Item:
    """A group, a piece of text, or a question."""

    link_id: str
    type: str
    text: str = ""
    prefix: str = ""
    required: bool = False
    repeats: bool = False
    read_only: bool = False
    max_length: int | None = None
    min_value: Any = None
    max_value: Any = None
    options: tuple[AnswerOption, ...] = ()
    enable_when: tuple[EnableWhen, ...] = ()
    enable_behavior: str = "any"
    items: tuple[Item, ...] = ()

    @property
    def is_question(self) -> bool:
        """True when it can carry an answer."""
        return self.type not in ANSWERLESS

    @property
    def anchor(self) -> str:
        """Where pages jump to it; also the id of its first field."""
        return "q-" + self.link_id.replace(".", "-")

    @cached_property
    def by_code(self) -> dict[str, AnswerOption]:
        """The options by what is posted for them."""
        return {option.code: option for option in self.options}

    def label_of(self, code: Any) -> str:
        """The words for a stored code; the code itself when it is free text."""
        option = self.by_code.get(str(code))
        return option.label if option else str(code)

    def walk(self) -> Iterator[Item]:
        """This item and everything below it, in document order."""
        yield self
        for child in self.items:
            yield from child.walk()


@dataclass(frozen=True)
class Questionnaire:
    """A whole questionnaire version."""

    url: str
    version: str
    title: str
    name: str = ""
    language: str = "en"
    items: tuple[Item, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def in_language(self, code: str) -> Questionnaire:
        """The same questionnaire in the words of another language, where the document has a translation.

        Texts without one stay as they were written. Codes, linkIds and rules are the same, so answers do not depend on
        the language they were given in. Each language is read once.
        """
        wanted = code.casefold()
        if not wanted or wanted == self.language.casefold() or wanted not in self.languages:
            base = wanted.split("-")[0]
            if base == wanted or base == self.language.casefold() or base not in self.languages:
                return self
            wanted = base
        if wanted not in self._translated:
            self._translated[wanted] = parse(self.document, language=wanted)
        return self._translated[wanted]

    @cached_property
    def languages(self) -> frozenset[str]:
        """The languages that the document has translations for, beside its own; small letters."""
        return frozenset(_languages(self.document))

    @cached_property
    def _translated(self) -> dict[str, Questionnaire]:
        return {}

    def walk(self) -> Iterator[Item]:
        """Every item, in document order."""
        for item in self.items:
            yield from item.walk()

    @cached_property
    def index(self) -> dict[str, Item]:
        """Every item by its linkId."""
        return {item.link_id: item for item in self.walk()}

    @cached_property
    def parents(self) -> dict[str, str]:
        """linkId of the enclosing item, for every item that has one."""
        return {child.link_id: item.link_id for item in self.walk() for child in item.items}

    @cached_property
    def groups(self) -> tuple[Item, ...]:
        """The screens: top-level groups. Questions outside any group make one screen of their own."""
        loose = tuple(item for item in self.items if item.type != "group")
        groups = tuple(item for item in self.items if item.type == "group")
        return groups if not loose else (Item(link_id="questions", type="group", text=self.title, items=loose), *groups)

    def group(self, link_id: str) -> Item | None:
        """The screen with this linkId, or None."""
        return next((group for group in self.groups if group.link_id == link_id), None)


def parse(document: Mapping[str, Any], *, language: str = "") -> Questionnaire:
    """The questionnaire a FHIR R4 document describes, or SpecError saying where it is wrong.

    With a language, texts come from the document's translations into it, where there are any.
    """
    if not isinstance(document, Mapping) or document.get("resourceType") != "Questionnaire":
        raise SpecError("This is not a FHIR Questionnaire: resourceType must be 'Questionnaire'.")
    items = tuple(_item(raw, "item", language) for raw in _list(document, "item", "Questionnaire"))
    questionnaire = Questionnaire(
        url=str(document.get("url", "")),
        version=str(document.get("version", "")),
        title=_words(document, "title", language) or str(document.get("title", "")),
        name=str(document.get("name", "")),
        language=str(document.get("language", "en")),
        items=items,
        document=document,
    )
    _check_links(questionnaire)
    return questionnaire


def _check_links(questionnaire: Questionnaire) -> None:
    seen: set[str] = set()
    for item in questionnaire.walk():
        if item.link_id in seen:
            raise SpecError(f"linkId '{item.link_id}' is used twice.")
        seen.add(item.link_id)
    for item in questionnaire.walk():
        for condition in item.enable_when:
            if condition.question not in seen:
                raise SpecError(f"{item.link_id}: enableWhen names an unknown question '{condition.question}'.")
            if condition.question == item.link_id:
                raise SpecError(f"{item.link_id}: enableWhen names itself.")


def _item(raw: Any, where: str, language: str) -> Item:
    if not isinstance(raw, Mapping):
        raise SpecError(f"{where}: an item must be an object.")
    link_id = raw.get("linkId")
    if not isinstance(link_id, str) or not link_id.strip():
        raise SpecError(f"{where}: linkId is missing.")
    kind = raw.get("type")
    if kind not in ITEM_TYPES:
        raise SpecError(f"{link_id}: type {kind!r} is not one of FHIR R4's item types.")
    children = tuple(_item(child, link_id, language) for child in _list(raw, "item", link_id))
    if kind == "display" and (children or raw.get("required") or raw.get("repeats")):
        raise SpecError(f"{link_id}: a display item has no children, is never required and never repeats.")
    conditions = tuple(_enable_when(one, link_id) for one in _list(raw, "enableWhen", link_id))
    options = tuple(_option(one, link_id, language) for one in _list(raw, "answerOption", link_id))
    if options and kind not in CHOICES | {"integer", "date", "time", "string", "reference"}:
        raise SpecError(f"{link_id}: answerOption is not allowed for type '{kind}'.")
    if len({option.code for option in options}) != len(options):
        raise SpecError(f"{link_id}: two answer options have the same code.")
    return Item(
        link_id=link_id,
        type=kind,
        text=_words(raw, "text", language) or _string(raw, "text", link_id),
        prefix=_words(raw, "prefix", language) or _string(raw, "prefix", link_id),
        required=_flag(raw, "required", link_id),
        repeats=_flag(raw, "repeats", link_id),
        read_only=_flag(raw, "readOnly", link_id),
        max_length=_max_length(raw, link_id),
        min_value=_limit(raw, _MIN),
        max_value=_limit(raw, _MAX),
        options=options,
        enable_when=conditions,
        enable_behavior=_behavior(raw, conditions, link_id),
        items=children,
    )


def _behavior(raw: Mapping[str, Any], conditions: Sequence[EnableWhen], link_id: str) -> str:
    behavior = raw.get("enableBehavior")
    if behavior is None:
        if len(conditions) > 1:
            raise SpecError(f"{link_id}: with several enableWhen, enableBehavior is needed.")
        return "any"
    if behavior not in {"any", "all"}:
        raise SpecError(f"{link_id}: enableBehavior must be 'any' or 'all', not {behavior!r}.")
    return str(behavior)


def _enable_when(raw: Any, link_id: str) -> EnableWhen:
    if not isinstance(raw, Mapping) or not isinstance(raw.get("question"), str):
        raise SpecError(f"{link_id}: enableWhen needs a question.")
    operator = raw.get("operator")
    if operator not in OPERATORS:
        raise SpecError(f"{link_id}: enableWhen operator {operator!r} is not known.")
    given = [kind for kind in _ENABLE_KINDS if kind in raw]
    if len(given) != 1:
        raise SpecError(f"{link_id}: enableWhen needs exactly one answer[x].")
    value = raw[given[0]]
    if operator == "exists" and not isinstance(value, bool):
        raise SpecError(f"{link_id}: enableWhen 'exists' needs answerBoolean.")
    if given[0] == "answerCoding":
        value = _coding(value, link_id)
    elif given[0] == "answerDecimal":
        value = Decimal(str(value))
    return EnableWhen(question=raw["question"], operator=str(operator), answer=value)


def _option(raw: Any, link_id: str, language: str) -> AnswerOption:
    given = [kind for kind in _OPTION_KINDS if isinstance(raw, Mapping) and kind in raw]
    if len(given) != 1:
        raise SpecError(f"{link_id}: each answerOption needs exactly one value[x].")
    value = raw[given[0]]
    words = _words(raw, given[0], language)
    if given[0] == "valueCoding":
        words = _words(value, "display", language)
        value = _coding(value, link_id)
    elif given[0] == "valueReference":
        value = Coding(code=str(value.get("reference", "")), display=str(value.get("display", "")))
    extensions = raw.get("extension", [])
    exclusive = any(one.get("url") == _EXCLUSIVE and one.get("valueBoolean") is True for one in extensions)
    return AnswerOption(value=value, exclusive=exclusive, words=words)


def _coding(raw: Any, link_id: str) -> Coding:
    if not isinstance(raw, Mapping) or not (raw.get("code") or raw.get("display")):
        raise SpecError(f"{link_id}: a coding needs a code.")
    display = str(raw.get("display", ""))
    return Coding(code=str(raw.get("code") or display), system=str(raw.get("system", "")), display=display)


def _words(raw: Any, name: str, language: str) -> str:
    """The translation of a text, from the extensions of its shadow `_name`; empty when there is none."""
    shadow = raw.get("_" + name) if language and isinstance(raw, Mapping) else None
    for lang, content in _translations(shadow) if isinstance(shadow, Mapping) else ():
        if lang == language:
            return content
    return ""


def _translations(shadow: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for extension in shadow.get("extension") or []:
        if isinstance(extension, Mapping) and extension.get("url") == _TRANSLATION:
            parts = {one.get("url"): one for one in extension.get("extension", []) if isinstance(one, Mapping)}
            lang = parts.get("lang", {}).get("valueCode", "")
            content = parts.get("content", {})
            yield str(lang).casefold(), str(content.get("valueString") or content.get("valueMarkdown") or "")


def _languages(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if node.get("extension"):
            yield from (lang for lang, content in _translations(node) if lang and content)
        for value in node.values():
            yield from _languages(value)
    elif isinstance(node, list):
        for value in node:
            yield from _languages(value)


def _limit(raw: Mapping[str, Any], url: str) -> Any:
    for extension in raw.get("extension", []):
        if extension.get("url") == url:
            value = next((extension[kind] for kind in _LIMIT_KINDS if kind in extension), None)
            return Decimal(str(value)) if isinstance(value, float) else value
    return None


def _max_length(raw: Mapping[str, Any], link_id: str) -> int | None:
    value = raw.get("maxLength")
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise SpecError(f"{link_id}: maxLength must be a whole number above 0.")
    return value


def _list(raw: Mapping[str, Any], name: str, where: str) -> Sequence[Any]:
    value = raw.get(name, [])
    if not isinstance(value, list):
        raise SpecError(f"{where}: {name} must be a list.")
    return value


def _string(raw: Mapping[str, Any], name: str, where: str) -> str:
    value = raw.get(name, "")
    if not isinstance(value, str):
        raise SpecError(f"{where}: {name} must be text.")
    return value


def _flag(raw: Mapping[str, Any], name: str, where: str) -> bool:
    value = raw.get(name, False)
    if not isinstance(value, bool):
        raise SpecError(f"{where}: {name} must be true or false.")
    return value

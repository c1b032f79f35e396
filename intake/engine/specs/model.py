"""The parts of a specification. Frozen, so that one version is parsed once and shared by every request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
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
#: Controls of a display item that belong to the question or group above it and are drawn with that.
NOTES = frozenset({"help", "flyover", "lower", "upper", "unit", "prompt", "legal", "security"})

_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_-]")


class SpecError(ValueError):
    """The document breaks FHIR R4; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Coding:
    """A code with the system it comes from and the words people read."""

    code: str
    system: str = ""
    display: str = ""
    named: bool = False  # it has no code: its words stand for one

    def as_fhir(self) -> dict[str, str]:
        """The FHIR Coding, without empty parts."""
        code = "" if self.named else self.code
        parts = {"system": self.system, "code": code, "display": self.display}
        return {name: value for name, value in parts.items() if value}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, as limits and conditions give it."""

    value: Decimal | None
    unit: str = ""
    code: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True)
class Expression:
    """FHIRPath. Other languages (queries to a server) are never run; they are not kept."""

    text: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Constraint:
    """A rule that the answers have to keep, with the words for whoever breaks it."""

    key: str
    expression: str
    human: str = ""
    severity: str = "error"


@dataclass(frozen=True, slots=True)
class Toggle:
    """Options that are offered only while an expression holds."""

    codes: frozenset[str]
    expression: str


@dataclass(frozen=True, slots=True)
class AnswerOption:
    """One permitted answer of a choice."""

    value: Coding | str | int
    exclusive: bool = False
    words: str = ""  # in the language of the specification, when it is not the source language
    key: str = ""  # what is stored and posted, where the code alone would not be unique
    selected: bool = False
    weight: Decimal | None = None
    prefix: str = ""
    given_as: str = ""

    @property
    def code(self) -> str:
        """What is stored and posted for this option."""
        if self.key:
            return self.key
        return self.value.code if isinstance(self.value, Coding) else str(self.value)

    @property
    def kind(self) -> str:
        """The FHIR type of its value: Coding, Reference, String, Integer, Date or Time."""
        if self.given_as:
            return self.given_as
        return "Coding" if isinstance(self.value, Coding) else "Integer" if isinstance(self.value, int) else "String"

    @property
    def label(self) -> str:
        """What the client reads."""
        words = self.words
        if not words:
            words = (self.value.display or self.value.code) if isinstance(self.value, Coding) else str(self.value)
        return f"{self.prefix} {words}" if self.prefix else words

    @property
    def names(self) -> set[str]:
        """What somebody may type for it: its label here and in the source language, in small letters."""
        value = self.value
        source = (value.display or value.code) if isinstance(value, Coding) else str(value)
        return {" ".join(name.split()).casefold() for name in (self.label, self.words, source) if name.strip()}


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
    min_length: int | None = None
    min_value: Any = None
    max_value: Any = None
    min_quantity: Quantity | None = None
    max_quantity: Quantity | None = None
    min_occurs: int | None = None
    max_occurs: int | None = None
    max_places: int | None = None
    regex: str = ""
    mime_types: tuple[str, ...] = ()
    max_size: Decimal | None = None
    options: tuple[AnswerOption, ...] = ()
    value_set: str = ""  # an answerValueSet that is not in the document: any code is taken
    control: str = ""  # the code of the item control, e.g. "drop-down"
    orientation: str = ""
    step: Decimal | None = None
    unit: Coding | None = None
    units: tuple[Coding, ...] = ()
    unit_open: str = ""
    hidden: bool = False
    collapsible: str = ""
    category: str = ""
    entry_format: str = ""
    short_text: str = ""
    open_label: str = ""
    link: str = ""
    html: str = ""  # the text with its markup, cleaned
    initial: tuple[Any, ...] = ()
    variables: tuple[Expression, ...] = ()
    initial_expression: Expression | None = None
    calculated_expression: Expression | None = None
    enabled_expression: Expression | None = None
    constraints: tuple[Constraint, ...] = ()
    toggles: tuple[Toggle, ...] = ()
    enable_when: tuple[EnableWhen, ...] = ()
    enable_behavior: str = "any"
    items: tuple[Item, ...] = ()

    @property
    def is_question(self) -> bool:
        """True when it can carry an answer."""
        return self.type not in ANSWERLESS

    @property
    def is_note(self) -> bool:
        """Text that belongs to the item above it: help, the ends of a slider, a unit."""
        return self.type == "display" and self.control in NOTES

    @property
    def is_loop(self) -> bool:
        """True when what stands below it is asked once for each instance: see `intake.engine.places`."""
        return self.repeats and (self.type == "group" or (self.is_question and self._asks_below))

    @cached_property
    def is_conditional(self) -> bool:
        """True when answers decide whether it is asked, beside those that decide it for what encloses it."""
        return bool(self.enable_when) or self.enabled_expression is not None

    @cached_property
    def _asks_below(self) -> bool:
        return any(below.type != "display" for child in self.items for below in child.walk())

    @property
    def anchor(self) -> str:
        """Where pages jump to it; also the id of its first field."""
        return anchor_of(self.link_id)

    @cached_property
    def by_code(self) -> dict[str, AnswerOption]:
        """The options by what is posted for them."""
        return {option.code: option for option in self.options}

    @cached_property
    def by_coding(self) -> dict[tuple[str, str], AnswerOption]:
        """The options that are codings, by system and code."""
        found = ((option.value, option) for option in self.options)
        return {(value.system, value.code): option for value, option in found if isinstance(value, Coding)}

    def code_meant(self, words: str) -> str:
        """The code that typed words stand for: a code itself, or the one label written so in the page's language or
        the form's own; the words as they are when that is none or not one only."""
        if words in self.by_code:
            return words
        typed = " ".join(words.split()).casefold()
        meant = {option.code for option in self.options if typed in option.names}
        return meant.pop() if len(meant) == 1 else words

    def label_of(self, code: Any) -> str:
        """The words for a stored code; the code itself when it is free text."""
        option = self.by_code.get(str(code))
        return option.label if option else str(code)

    def note(self, control: str) -> Item | None:
        """The text below this item with that control (help, flyover, lower, upper, unit), or None."""
        return next((child for child in self.items if child.is_note and child.control == control), None)

    def walk(self) -> Iterator[Item]:
        """This item and everything below it, in document order."""
        yield self
        for child in self.items:
            yield from child.walk()


def anchor_of(name: str) -> str:
    """An id for the page from a linkId or an address, which may hold any character."""
    return "q-" + _NOT_IN_IDS.sub("-", name)


@dataclass(frozen=True)
class Questionnaire:
    """A whole questionnaire version."""

    url: str
    version: str
    title: str
    name: str = ""
    language: str = "en"
    status: str = ""
    items: tuple[Item, ...] = ()
    variables: tuple[Expression, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    read: Callable[[Mapping[str, Any], str], Questionnaire] | None = field(default=None, repr=False, compare=False)

    def in_language(self, code: str) -> Questionnaire:
        """The same questionnaire in the words of another language, where the document has a translation.

        Texts without one stay as they were written. Codes, linkIds and rules are the same, so answers do not depend on
        the language they were given in. Each language is read once.
        """
        own = self.language.casefold()
        wanted = code.casefold()
        base = wanted.split("-")[0]
        for candidate in (wanted, base):
            if candidate in {"", own}:
                return self
            if candidate in self.languages and self.read is not None:
                if candidate not in self._translated:
                    self._translated[candidate] = self.read(self.document, candidate)
                return self._translated[candidate]
        return self

    @cached_property
    def languages(self) -> frozenset[str]:
        """The languages that the document has translations for, beside its own; small letters."""
        from intake.engine.specs.words import languages_in

        return frozenset(languages_in(self.document))

    @cached_property
    def _translated(self) -> dict[str, Questionnaire]:
        return {}

    def walk(self) -> Iterator[Item]:
        """Every item, in document order."""
        for item in self.items:
            yield from item.walk()

    @cached_property
    def order(self) -> dict[str, int]:
        """Where each linkId stands in the document."""
        return {link_id: at for at, link_id in enumerate(self.index)}

    @cached_property
    def index(self) -> dict[str, Item]:
        """Every item by its linkId."""
        return {item.link_id: item for item in self.walk()}

    @cached_property
    def questions(self) -> frozenset[str]:
        """linkIds of everything that can carry an answer."""
        return frozenset(item.link_id for item in self.walk() if item.is_question)

    @cached_property
    def parents(self) -> dict[str, str]:
        """linkId of the enclosing item, for every item that has one."""
        return {child.link_id: item.link_id for item in self.walk() for child in item.items}

    @cached_property
    def ancestors(self) -> dict[str, tuple[str, ...]]:
        """linkIds of the enclosing items, outermost first."""
        found: dict[str, tuple[str, ...]] = {}
        for item in self.walk():
            parent = self.parents.get(item.link_id)
            found[item.link_id] = (*found[parent], parent) if parent is not None else ()
        return found

    @cached_property
    def loops(self) -> dict[str, tuple[str, ...]]:
        """The repeating items round each item, outermost first; a repeating group counts itself."""
        found: dict[str, tuple[str, ...]] = {}
        for item in self.walk():
            round_it = tuple(one for one in self.ancestors[item.link_id] if self.index[one].is_loop)
            found[item.link_id] = (*round_it, item.link_id) if item.is_loop and item.type == "group" else round_it
        return found

    @cached_property
    def has_loops(self) -> bool:
        """True when any item can be there more than once."""
        return any(self.loops.values())

    @cached_property
    def has_logic(self) -> bool:
        """True when an expression decides what is asked or what an answer is; plain forms never need FHIRPath."""
        return any(item.enabled_expression or item.calculated_expression for item in self.walk())

    @cached_property
    def has_rules(self) -> bool:
        """True when an expression judges answers."""
        return bool(self.constraints) or any(item.constraints for item in self.walk())

    @cached_property
    def variable_names(self) -> frozenset[str]:
        """The names of all variables, wherever they are declared."""
        declared = (self.variables, *(item.variables for item in self.walk()))
        return frozenset(one.name for some in declared for one in some if one.name)

    @cached_property
    def raw(self) -> dict[str, Mapping[str, Any]]:
        """Every item as the document has it, by linkId."""
        found: dict[str, Mapping[str, Any]] = {}
        waiting = list(self.document.get("item", ()))
        while waiting:
            item = waiting.pop()
            found[item["linkId"]] = item
            waiting += item.get("item", ())
        return found

    @cached_property
    def weights(self) -> dict[tuple[str, str], Decimal]:
        """The scores of options, by system and code."""
        return {
            key: option.weight
            for item in self.walk()
            for key, option in item.by_coding.items()
            if option.weight is not None
        }

    @cached_property
    def groups(self) -> tuple[Item, ...]:
        """The screens: top-level groups. Questions outside any group make one screen of their own."""
        loose = tuple(item for item in self.items if item.type != "group")
        groups = tuple(item for item in self.items if item.type == "group")
        return groups if not loose else (Item(link_id="questions", type="group", text=self.title, items=loose), *groups)

    def group(self, link_id: str) -> Item | None:
        """The screen with this linkId, or None."""
        return next((group for group in self.groups if group.link_id == link_id), None)

"""Answers of a questionnaire in which nothing repeats, read and written by a list made once. Pure.

A form is read and written anew with every answer that is kept, and in our own documents everything stands where it
belongs. What does not is left to the careful way (`incoming`, `answers`), which also says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from intake.engine.enablement import answered
from intake.engine.specs import CHOICES, Coding, Item, Questionnaire

VALUE_KEY = {
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
STRUCTURES = frozenset({"Attachment", "Reference", "Quantity", "Coding"})
#: What FHIR keeps as one value of JSON.
_SCALARS = frozenset({str, bool, int, float})
_DEEPEST = 40
#: One answer read or written in the careful way: a question and the answer; None for what does not fit.
Careful = Callable[[Item, Any], Any]


class _Odd(Exception):
    """Something is not as we write it."""


@dataclass(frozen=True, slots=True)
class Line:
    """An item as it stands in a document."""

    item: Item
    link_id: str
    parent: str
    head: Mapping[str, str]
    is_group: bool
    below: tuple[Line, ...]
    #: The name of its value, for answers that are one value of JSON; empty for all others.
    key: str
    #: The options that are codings: what is kept for each, and each as FHIR writes it.
    codes: Mapping[tuple[str, str], str]
    codings: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Lines:
    """All of a questionnaire: as they are nested, and by linkId."""

    top: tuple[Line, ...]
    by_link_id: Mapping[str, Line]


def lines_of(questionnaire: Questionnaire) -> Lines | None:
    """Worked out once for each specification, and kept with it; None where anything can be there several times."""
    kept: list[Lines | None] | None = vars(questionnaire).get("_lines")
    if kept is None:
        kept = vars(questionnaire)["_lines"] = [None if _is_manifold(questionnaire) else _made(questionnaire)]
    return kept[0]


def _is_manifold(questionnaire: Questionnaire) -> bool:
    return questionnaire.has_loops or any(len(above) >= _DEEPEST for above in questionnaire.ancestors.values())


def _made(questionnaire: Questionnaire) -> Lines:
    by_link_id: dict[str, Line] = {}

    def lines(items: Sequence[Item], parent: str) -> tuple[Line, ...]:
        return tuple(line(item, parent) for item in items if item.type == "group" or item.is_question)

    def line(item: Item, parent: str) -> Line:
        head = {"linkId": item.link_id} | ({"text": item.text} if item.text.strip() else {})
        made = by_link_id[item.link_id] = Line(
            item, item.link_id, parent, head, item.type == "group", lines(item.items, item.link_id), _key(item),
            {key: option.code for key, option in item.by_coding.items() if key[1]}, _codings(item),
        )  # fmt: skip
        return made

    return Lines(lines(questionnaire.items, ""), by_link_id)


def _key(item: Item) -> str:
    key = VALUE_KEY.get(item.type, "")
    return "" if item.options or item.type in CHOICES or key[5:] in STRUCTURES else key


def _codings(item: Item) -> dict[str, dict[str, str]]:
    return {
        code: option.value.as_fhir()
        for code, option in item.by_code.items()
        if isinstance(option.value, Coding) and option.kind == "Coding"
    }


def read(questionnaire: Questionnaire, document: Any, careful: Careful) -> dict[str, Any] | None:
    """The answers of a document in which everything is as we write it; None for any other."""
    lines = lines_of(questionnaire)
    if lines is None or type(document) is not dict:
        return None
    reader = _Reader(lines.by_link_id, careful)
    try:
        reader.items(document.get("item", []), "")
    except (_Odd, KeyError, TypeError, AttributeError):
        return None
    return reader.found


class _Reader:
    def __init__(self, lines: Mapping[str, Line], careful: Careful) -> None:
        self.lines, self.careful = lines, careful
        self.found: dict[str, Any] = {}
        self.groups: set[str] = set()

    def items(self, entries: Any, parent: str) -> None:
        """What stands below one item."""
        if type(entries) is not list:
            raise _Odd
        for entry in entries:
            line = self.lines[entry["linkId"]]
            if line.parent != parent:
                raise _Odd
            if line.is_group:
                if line.link_id in self.groups or "answer" in entry:
                    raise _Odd
                self.groups.add(line.link_id)
            elif "answer" in entry:
                self.answers(line, entry["answer"])
            if "item" in entry:
                self.items(entry["item"], line.link_id)

    def answers(self, line: Line, given: Any) -> None:
        """What was answered to one question, and what stands below each answer."""
        repeats = line.item.repeats
        if type(given) is not list or not given or (len(given) > 1 and not repeats):
            raise _Odd
        values = []
        for one in given:
            values.append(self.value(line, one))
            if "item" in one:
                self.items(one["item"], line.link_id)
        if line.link_id in self.found:
            raise _Odd
        self.found[line.link_id] = values if repeats else values[0]

    def value(self, line: Line, answer: dict[str, Any]) -> Any:
        """The plain value of one answer."""
        if len(answer) == 1 + ("item" in answer):
            if line.key:
                value = answer[line.key]
                if type(value) in _SCALARS:
                    return value
            elif type(coding := answer.get("valueCoding")) is dict:
                code = line.codes.get((coding.get("system", ""), coding.get("code", "")))
                if code is not None:
                    return code
        value = self.careful(line.item, answer)
        if value is None or (type(value) is dict and len(value) == 1 and next(iter(value))[:5] == "value"):
            raise _Odd
        return value


def write(questionnaire: Questionnaire, answers: Mapping[str, Any], careful: Careful) -> list[dict[str, Any]] | None:
    """The items of a draft that keeps every answer; None where anything can be there several times."""
    lines = lines_of(questionnaire)
    return None if lines is None else _Writer(answers, careful).items(lines.top)


class _Writer:
    def __init__(self, answers: Mapping[str, Any], careful: Careful) -> None:
        self.given, self.careful = answers, careful

    def items(self, lines: Sequence[Line]) -> list[dict[str, Any]]:
        """What holds an answer, in order."""
        found: list[dict[str, Any]] = []
        for line in lines:
            below = self.items(line.below) if line.below else []
            value = None if line.is_group else self.given.get(line.link_id)
            answers = [] if value is None else self.answers(line, value)
            if answers:
                if below:
                    answers[0]["item"] = below
                found.append({**line.head, "answer": answers})
            elif below:
                found.append({**line.head, "item": below})
        return found

    def answers(self, line: Line, value: Any) -> list[dict[str, Any]]:
        """What FHIR has for the answer to one question."""
        found = []
        for one in value if isinstance(value, list) else [value]:
            if type(one) is str and one in line.codings:
                found.append({"valueCoding": dict(line.codings[one])})
            elif not answered(one):
                continue
            elif line.key and type(one) in _SCALARS:
                found.append({line.key: one})
            else:
                found.append(self.careful(line.item, one))
        return found

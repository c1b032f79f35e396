"""A QuestionnaireResponse from elsewhere, read against its questionnaire: what is usable, what is wrong where. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from intake.engine.answers import is_odd, plain_answer
from intake.engine.places import Path, address_of
from intake.engine.specs import ANSWERLESS, CHOICES, Item, Questionnaire

_DEEPEST = 40


class NoResponse(ValueError):
    """This is not a QuestionnaireResponse at all."""


@dataclass(slots=True)
class Incoming:
    """What a response says: the plain answers, and address or linkId -> reasons for what does not belong there."""

    answers: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(default_factory=dict)

    def complain(self, where: str, reason: str) -> None:
        """Note a reason once."""
        reasons = self.problems.setdefault(where, [])
        if reason not in reasons:
            reasons.append(reason)


def read_response(questionnaire: Questionnaire, response: Any) -> Incoming:
    """The answers of a response with all that is wrong with its structure; never raises for its content.

    Reasons: `unknown` for a linkId the questionnaire does not have there, `type` for a value of another kind, `repeats`
    for a group or question that is there more often than it may be.
    """
    found = Incoming()
    _Reader(questionnaire, found).items(_listed(response, "item"), "", (), 0)
    return found


def check_envelope(response: Any) -> None:
    """Raises NoResponse for what cannot be read as a QuestionnaireResponse."""
    if not isinstance(response, Mapping) or response.get("resourceType") != "QuestionnaireResponse":
        raise NoResponse("This is not a FHIR QuestionnaireResponse: resourceType must be 'QuestionnaireResponse'.")
    if not isinstance(response.get("item", []), list):
        raise NoResponse("QuestionnaireResponse: item must be a list.")


def _listed(node: Any, name: str) -> list[Any]:
    # `type` first: what is read back from the database is plain, and asking the abstract class costs the most here.
    found = node.get(name) if type(node) is dict or isinstance(node, Mapping) else None
    return found if isinstance(found, list) else []


class _Reader:
    def __init__(self, questionnaire: Questionnaire, found: Incoming) -> None:
        self.questionnaire, self.found = questionnaire, found

    def items(self, entries: list[Any], parent: str, path: Path, depth: int) -> None:
        """What stands side by side below one parent."""
        seen: dict[str, int] = {}
        for entry in entries:
            link_id = entry.get("linkId") if type(entry) is dict or isinstance(entry, Mapping) else None
            item = self.questionnaire.index.get(link_id) if isinstance(link_id, str) else None
            if item is None or self.questionnaire.parents.get(item.link_id, "") != parent or depth > _DEEPEST:
                self.found.complain(str(link_id or parent or "item"), "unknown")
                continue
            at = seen[item.link_id] = seen.get(item.link_id, -1) + 1
            self._item(item, entry, path, at, depth)

    def _item(self, item: Item, entry: Mapping[str, Any], path: Path, at: int, depth: int) -> None:
        children = _listed(entry, "item")
        if item.type == "group":
            inner = (*path, at) if item.is_loop else path
            if at and not item.is_loop:
                self.found.complain(address_of(item.link_id, path), "repeats")
            if at and item.is_loop:
                self._count(address_of(item.link_id, path), at + 1)
            self.items(children, item.link_id, inner, depth + 1)
        if item.type in ANSWERLESS:
            if _listed(entry, "answer"):
                self.found.complain(item.link_id, "type")
            return
        self._answers(item, _listed(entry, "answer"), path, depth)
        if item.type != "group" and children:
            self.items(children, item.link_id, (*path, 0) if item.is_loop else path, depth + 1)

    def _count(self, address: str, number: int) -> None:
        self.found.answers[address] = number

    def _answers(self, item: Item, given: list[Any], path: Path, depth: int) -> None:
        if not given:
            return
        address = address_of(item.link_id, path)
        before = self.found.answers.get(address)
        values = before if isinstance(before, list) else [before] if before is not None else []
        for one in given:
            value = plain_answer(item, one) if type(one) is dict or isinstance(one, Mapping) else None
            if value is None:
                self.found.complain(address, "type")
                continue
            if is_odd(value):
                self.found.complain(address, _reason(item, value))
            values = [*values, value]
            inner = (*path, len(values) - 1) if item.is_loop else path
            if "item" in one:
                self.items(_listed(one, "item"), item.link_id, inner, depth + 1)
        if values:
            self.found.answers[address] = values if item.repeats or len(values) > 1 else values[0]
        if len(values) > 1 and not item.repeats:
            self.found.complain(address, "repeats")


def _reason(item: Item, value: Mapping[str, Any]) -> str:
    """A value of the right kind that is not offered is no option; any other is of the wrong type."""
    name = next(iter(value))
    return "option" if item.type in CHOICES and any(f"value{one.kind}" == name for one in item.options) else "type"

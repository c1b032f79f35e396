"""FHIR R4's rules for a Questionnaire as a whole (que-1 to que-13), and what else could never be answered.

que-11 (no initial beside answerOption) is let through: real forms break it, and both parts can be honoured. So is an
element on a display item that says no to what a display item never is anyway (que-6, que-9).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from intake.engine.specs.model import ANSWERLESS, SpecError

_LISTED = {"choice", "open-choice", "decimal", "integer", "date", "dateTime", "time", "string", "quantity"}
_MEASURED = {"boolean", "decimal", "integer", "string", "text", "url", "open-choice"}


def check_invariants(document: Mapping[str, Any]) -> None:
    """Raises SpecError naming the item and what is wrong with it."""
    items = list(_walk(document))
    seen: set[str] = set()
    for item in items:
        if item["linkId"] in seen:
            raise SpecError(f"linkId '{item['linkId']}' is used twice (que-2).")
        seen.add(item["linkId"])
    contained = {one["id"] for one in document.get("contained", ()) if isinstance(one.get("id"), str)}
    for item in items:
        for is_broken, words in _RULES:
            if is_broken(item):
                raise SpecError(f"{item['linkId']}: {words}.")
        _check_conditions(item, seen)
        value_set = item.get("answerValueSet", "")
        if value_set.startswith("#") and value_set[1:] not in contained:
            raise SpecError(f"{item['linkId']}: answerValueSet '{value_set}' is not contained in the document.")


def _walk(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for item in node.get("item", ()):
        yield item
        yield from _walk(item)


def _check_conditions(item: Mapping[str, Any], known: set[str]) -> None:
    link_id, conditions, behavior = item["linkId"], item.get("enableWhen", ()), item.get("enableBehavior")
    if behavior is None and len(conditions) > 1:
        raise SpecError(f"{link_id}: with several enableWhen, enableBehavior is needed (que-12).")
    if behavior not in {None, "any", "all"}:
        raise SpecError(f"{link_id}: enableBehavior must be 'any' or 'all', not {behavior!r}.")
    for one in conditions:
        if one["operator"] == "exists" and "answerBoolean" not in one:
            raise SpecError(f"{link_id}: enableWhen 'exists' needs answerBoolean (que-7).")
        if one["question"] not in known:
            raise SpecError(f"{link_id}: enableWhen names an unknown question '{one['question']}'.")
        if one["question"] == link_id:
            raise SpecError(f"{link_id}: enableWhen names itself.")


_RULES: tuple[tuple[Callable[[Mapping[str, Any]], Any], str], ...] = (
    (lambda item: item["type"] == "group" and not item.get("item"), "a group needs items (que-1)"),
    (lambda item: item["type"] == "display" and item.get("item"), "a display item has no items below it (que-1)"),
    (lambda item: item["type"] == "display" and item.get("code"), "a display item has no code (que-3)"),
    (
        lambda item: item.get("answerOption") and item.get("answerValueSet"),
        "answerOption and answerValueSet cannot both be there (que-4)",
    ),
    (
        lambda item: (item.get("answerOption") or item.get("answerValueSet")) and item["type"] not in _LISTED,
        "answerOption and answerValueSet are not allowed for this type (que-5)",
    ),
    (
        lambda item: item["type"] == "display" and (item.get("required") or item.get("repeats")),
        "a display item is never required and never repeats (que-6)",
    ),
    (
        lambda item: item["type"] in ANSWERLESS and item.get("initial"),
        "groups and display items have no initial value (que-8)",
    ),
    (lambda item: item["type"] == "display" and item.get("readOnly"), "a display item is never readOnly (que-9)"),
    (
        lambda item: "maxLength" in item and item["type"] not in _MEASURED,
        "maxLength is not allowed for this type (que-10)",
    ),
    (lambda item: item.get("maxLength", 1) < 1, "maxLength must be a whole number above 0"),
    (
        lambda item: len(item.get("initial", ())) > 1 and not item.get("repeats"),
        "only a repeating item has several initial values (que-13)",
    ),
)

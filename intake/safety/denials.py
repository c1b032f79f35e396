"""The plain no of a question, for people who have none of what a screen asks about. Pure.

A screen of health questions may be answered "no" in one tap, for every question still open on it. Three kinds of
question are left out and always answered one by one: those an emergency rule looks at, agreements, and those whose
answers are not a yes or no.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from intake.engine.specs import CHOICES, Item
from intake.identity import CONSENT_AREAS, MESSAGES
from intake.safety.screening import Branch, Condition, load_rules

#: How many questions a screen must have that can be answered so, before it is offered.
FEWEST = 3
_CODES = ("none", "no", "never")
_WORDS = frozenset({"no", "none", "none of these", "none of the above", "never"})
_ASKED_ALONE = frozenset({CONSENT_AREAS, MESSAGES})


def plain_no(item: Item) -> str:
    """The code of the answer that says "nothing of this"; empty when there is none."""
    if item.type not in CHOICES or item.link_id in _ASKED_ALONE or item.link_id in _of_emergencies():
        return ""
    for code in _CODES:
        if code in item.by_code:
            return code
    return next((option.code for option in item.options if option.label.strip().casefold() in _WORDS), "")


def offered(items: Iterable[Item]) -> dict[str, str]:
    """linkId -> code for the questions of a screen that one tap may answer; empty when it is not worth a button."""
    found = {
        item.link_id: code for item in items if item.is_question and not item.enable_when and (code := plain_no(item))
    }
    return found if len(found) >= FEWEST else {}


@cache
def _of_emergencies() -> frozenset[str]:
    """Questions that decide whether an ambulance is needed: nobody passes over them."""
    rules = [rule for rule in load_rules().rules if rule.level == "emergency"]
    return frozenset(key for rule in rules for key in _questions(rule.trigger))


def _questions(part: Branch | Condition) -> Iterable[str]:
    if isinstance(part, Condition):
        return [] if part.is_fact else [part.key]
    return [key for one in part.parts for key in _questions(one)]

"""Try the rules on made-up answers: which fire, why, and what they limit. No client is touched, nothing is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from intake.engine.specs import Item, parse
from intake.questionnaires import DATA, SHIPPED
from intake.safety import rulebook, sentences
from intake.safety.screening import Branch, Condition, Hit, Limits, Outcome, evaluate, load_rules

CASES_FILE = DATA / "screening_cases.json"
LARGEST = 100_000


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be picked."""

    code: str
    label: str
    on: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """One question or fact of the trial's page."""

    key: str
    text: str
    kind: str
    choices: tuple[Choice, ...] = ()
    value: str = ""


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that fires, or would if it were not switched off, with the conditions that make it."""

    hit: Hit
    why: tuple[str, ...]
    is_off: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a trial."""

    fired: list[Fired]
    limits: Limits
    booking: str


@cache
def questions() -> dict[str, Item]:
    """Every question of the shipped forms by its linkId: the words rules are told in."""
    found: dict[str, Item] = {}
    for path in SHIPPED.values():
        found |= parse(json.loads(path.read_text(encoding="utf-8"))).index
    return found


@cache
def cases() -> dict[str, dict[str, Any]]:
    """The shipped examples by name: {answers, facts}."""
    document = json.loads(CASES_FILE.read_text(encoding="utf-8"))
    return {
        case["name"]: {"answers": document["base_answers"] | case["changes"], "facts": case["facts"]}
        for case in document["cases"]
    }


@cache
def _keys() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(linkIds, facts) that any rule looks at, in the order of the forms."""

    def walk(part: Branch | Condition) -> list[Condition]:
        return [part] if isinstance(part, Condition) else [one for sub in part.parts for one in walk(sub)]

    used = [one for rule in load_rules().rules for one in walk(rule.trigger)]
    asked = {one.key for one in used if not one.is_fact}
    asked |= {rule.region_from for rule in load_rules().rules if rule.region_from}
    facts = dict.fromkeys(one.key for one in used if one.is_fact)
    return tuple(key for key in questions() if key in asked), tuple(facts)


@cache
def _truths() -> frozenset[str]:
    """Facts that hold or do not, against those that are numbers."""
    return frozenset({"therapist_flag.self_harm", "message_reply.new_neuro", "any_unsure"})


def page_of(answers: Mapping[str, Any], facts: Mapping[str, Any]) -> list[tuple[str, list[Asked]]]:
    """The questions by group, with what is picked; facts last."""
    groups: dict[str, list[Asked]] = {}
    index = questions()
    titles = {item.link_id.partition(".")[0]: item.text for item in index.values() if item.type == "group"}
    for key in _keys()[0]:
        prefix = key.rpartition(".")[0]
        title = next((index[name].text for name in (prefix, prefix.partition(".")[0]) if name in index), "")
        title = title or titles.get(key.partition(".")[0], "") or "Before a visit"
        groups.setdefault(title, []).append(_asked(index[key], answers.get(key)))
    told = [_asked_fact(key, facts.get(key)) for key in _keys()[1]]
    return [*groups.items(), ("Facts beside the answers", told)]


def _asked(item: Item, value: Any) -> Asked:
    picked = {str(one) for one in value} if isinstance(value, list) else {_code(value)}
    if item.type == "boolean":
        pairs = [("true", "Yes"), ("false", "No")]
    else:
        pairs = [(option.code, option.label) for option in item.options]
    choices = tuple(Choice(code, label, code in picked) for code, label in pairs)
    kind = "many" if item.repeats else "one" if choices else "number" if item.type == "integer" else "text"
    return Asked(item.link_id, item.text, kind, choices, "" if choices or value is None else str(value))


def _asked_fact(key: str, value: Any) -> Asked:
    text = sentences.FACTS.get(key, key)
    if key in _truths():
        return Asked(f"fact.{key}", text, "many", (Choice("true", "It is so", value is True),))
    if key == "planned_region_sensitivity":
        return Asked(f"fact.{key}", text, "many", (Choice("sensitive_without_consent", "It is so", bool(value)),))
    return Asked(f"fact.{key}", text, "number", value="" if value is None else str(value))


def _code(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def read(posted: Mapping[str, list[str]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(answers, facts) from what a page posted. What no question offers is left out."""
    answers: dict[str, Any] = {}
    index = questions()
    for key in _keys()[0]:
        value = _value(index[key], posted.get(key, []))
        if value not in (None, []):
            answers[key] = value
    facts: dict[str, Any] = {}
    for key in _keys()[1]:
        given = posted.get(f"fact.{key}", [])
        if key in _truths() or key == "planned_region_sensitivity":
            if given:
                facts[key] = True if key in _truths() else "sensitive_without_consent"
        elif given and (number := _number(given[0])) is not None:
            facts[key] = number
    return answers, facts


def _value(item: Item, given: list[str]) -> Any:
    if item.type == "boolean":
        return {"true": True, "false": False}.get(given[0]) if given else None
    if item.options:
        known = [code for code in given if code in item.by_code]
        return known if item.repeats else known[0] if known else None
    if item.type == "integer":
        return _number(given[0]) if given else None
    return given[0].strip()[:500] if given else None


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and int(text[:8]) <= LARGEST else None


def run(answers: Mapping[str, Any], facts: Mapping[str, Any]) -> Result:
    """The rules on these answers, as they fire at this clinic; those switched off are named as such."""
    off = rulebook.off_now()
    everything: Outcome = evaluate(load_rules(), answers, facts)
    outcome = evaluate(load_rules(), answers, facts, off=off)
    fired = [
        Fired(hit, tuple(sentences.of_condition(one, questions()) for one in hit.evidence), hit.rule.id in off)
        for hit in everything.hits
    ]
    return Result(fired, outcome.limits, outcome.booking)

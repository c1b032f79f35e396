"""A rule's trigger in sentences: the question's own words and answers, what joins them, and the facts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intake.engine.specs import Item
from intake.safety.screening import Branch, Condition, Rule

#: What the rules know beside the answers, as people say it.
FACTS = {
    "age_years": "The age in years",
    "measured_bp_systolic": "The upper blood pressure measured today",
    "measured_bp_diastolic": "The lower blood pressure measured today",
    "measure.acute_medicine_days_28": "The days with acute headache medicine in four weeks",
    "therapist_flag.self_harm": "A therapist noted a worry about self-harm",
    "message_reply.new_neuro": "The client reported new weakness, numbness or unsteadiness by reply or call",
    "planned_region_sensitivity": "A sensitive area is planned without a separate yes",
    "any_unsure": "A required question was answered “Not sure”",
    "days_since_full_history": "The days since the last whole health history",
}
_NUMBER = {">=": "is {} or more", ">": "is more than {}", "<=": "is {} or less", "<": "is below {}"}
_JOINED = {"any": "Any of these:", "all": "All of these together:", "not": "And not:"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One condition, or a heading over those below it."""

    words: str
    below: tuple[Sentence, ...] = ()


def of_rule(rule: Rule, questions: Mapping[str, Item]) -> Sentence:
    """When a rule fires."""
    return _of(rule.trigger, questions)


def _of(part: Branch | Condition, questions: Mapping[str, Item]) -> Sentence:
    if isinstance(part, Condition):
        return Sentence(of_condition(part, questions))
    below = tuple(_of(one, questions) for one in part.parts)
    if len(below) == 1 and part.kind != "not":
        return below[0]
    return Sentence(_JOINED[part.kind], below)


def of_condition(one: Condition, questions: Mapping[str, Item]) -> str:
    """One condition, for example: “Fever?” is answered “Yes”."""
    if one.is_fact:
        return _of_fact(one)
    item = questions.get(one.key)
    asked = f"“{item.text}”" if item is not None and item.text else f"The question {one.key}"
    if one.op == "exists":
        return f"{asked} is {'answered' if one.value else 'not answered'}"
    if one.op in _NUMBER:
        return f"{asked} {_NUMBER[one.op].format(one.value)}"
    wanted = one.value if isinstance(one.value, list) else [one.value]
    named = [f"“{_label(item, code)}”" for code in wanted]
    if one.op in ("includes", "in_any"):
        return f"{asked} includes {_either(named)}"
    return f"{asked} is answered {_either(named)}"


def _of_fact(one: Condition) -> str:
    words = FACTS.get(one.key, f"The fact {one.key}")
    if one.op in _NUMBER:
        return f"{words} {_NUMBER[one.op].format(one.value)}"
    return words


def _label(item: Item | None, code: Any) -> str:
    if isinstance(code, bool):
        return "Yes" if code else "No"
    return item.label_of(code) if item is not None else str(code)


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"

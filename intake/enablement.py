"""Which questions are asked, given the answers so far (FHIR R4 enableWhen). Pure."""

from __future__ import annotations

import operator as compare
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from intake.specs import Coding, EnableWhen, Item, Questionnaire

Answers = Mapping[str, Any]

_ORDER: dict[str, Callable[[Any, Any], bool]] = {">": compare.gt, "<": compare.lt, ">=": compare.ge, "<=": compare.le}


def answered(value: Any) -> bool:
    """True for an answer that says something: `False` and `0` do, blanks do not."""
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value != [] and value != {}


def enabled(questionnaire: Questionnaire, answers: Answers) -> set[str]:
    """linkIds of all items that are asked or shown: below enabled ancestors, groups and displays included."""
    state: dict[str, bool] = {}
    for item in questionnaire.walk():
        _is_enabled(questionnaire, item, answers, state)
    return {link_id for link_id, is_on in state.items() if is_on}


def prune(questionnaire: Questionnaire, answers: Answers) -> dict[str, Any]:
    """The answers that count: those to enabled questions. Asked-and-then-hidden ones are left out."""
    on = enabled(questionnaire, answers)
    index = questionnaire.index
    return {
        link_id: value
        for link_id, value in answers.items()
        if link_id in on and index[link_id].is_question and answered(value)
    }


def holds(questionnaire: Questionnaire, condition: EnableWhen, answers: Answers) -> bool:
    """Whether one condition is met by these answers."""
    return _holds(questionnaire, condition, answers, {})


def _is_enabled(questionnaire: Questionnaire, item: Item, answers: Answers, state: dict[str, bool]) -> bool:
    known = state.get(item.link_id)
    if known is not None:
        return known
    # While we look at the conditions, a circle of conditions finds "enabled" here and goes by the stored answer.
    state[item.link_id] = True
    parent = questionnaire.parents.get(item.link_id)
    result = parent is None or _is_enabled(questionnaire, questionnaire.index[parent], answers, state)
    if result and item.enable_when:
        tests = (_holds(questionnaire, one, answers, state) for one in item.enable_when)
        result = all(tests) if item.enable_behavior == "all" else any(tests)
    state[item.link_id] = result
    return result


def _holds(questionnaire: Questionnaire, condition: EnableWhen, answers: Answers, state: dict[str, bool]) -> bool:
    source = questionnaire.index[condition.question]
    # A question that is not asked has no answer, whatever was typed before it disappeared.
    values = _values(answers.get(source.link_id)) if _is_enabled(questionnaire, source, answers, state) else []
    if condition.operator == "exists":
        return bool(values) is condition.answer
    if condition.operator == "=":
        return any(_equal(value, condition.answer) for value in values)
    if condition.operator == "!=":
        # R4: true if no answer equals it, which holds for an unanswered question too.
        return not any(_equal(value, condition.answer) for value in values)
    return any(_ordered(condition.operator, value, condition.answer) for value in values)


def _values(value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if answered(one)]


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _equal(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Coding):
        return str(value) == wanted.code
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    numbers = _number(value), _number(wanted)
    if numbers[1] is not None:
        return numbers[0] == numbers[1]
    return bool(value == wanted)


def _ordered(operator: str, value: Any, wanted: Any) -> bool:
    left, right = _number(value), _number(wanted)
    if left is not None and right is not None:
        return _ORDER[operator](left, right)
    # ISO dates and times of one precision sort as text.
    if isinstance(value, str) and isinstance(wanted, str) and len(value) == len(wanted):
        return _ORDER[operator](value, wanted)
    return False

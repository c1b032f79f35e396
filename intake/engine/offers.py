"""Options that are there only while an expression holds (SDC's answerOptionsToggleExpression). Pure."""

from __future__ import annotations

from typing import Any

from intake.engine.enablement import State
from intake.engine.places import Place
from intake.engine.specs import Coding, Expression, Questionnaire


def left_out(questionnaire: Questionnaire, state: State, place: Place) -> set[str]:
    """The codes of the options that are not offered with these answers; those of a broken expression are."""
    if not place.item.toggles:
        return set()
    from intake.engine.expressions import Evaluator

    evaluator = Evaluator(questionnaire, {key: value for key, value in state.answers.items() if key in state.enabled})
    off: set[str] = set()
    for one in place.item.toggles:
        if not evaluator.is_true(Expression(one.expression), place):
            off |= one.codes
    return {one.code for one in place.item.options if _code(one.value) in off}


def is_left_out(questionnaire: Questionnaire, state: State, place: Place, value: Any) -> bool:
    """Whether an answer chooses an option that is not offered."""
    chosen = {str(one) for one in (value if isinstance(value, list) else [value])}
    return bool(place.item.toggles) and bool(chosen & left_out(questionnaire, state, place))


def _code(value: Any) -> str:
    return value.code if isinstance(value, Coding) else str(value)

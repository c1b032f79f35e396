"""What a form starts with: initial values, options chosen beforehand, and what expressions give. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from intake.engine.answers import is_odd, plain_answer
from intake.engine.places import places
from intake.engine.specs import Item, Questionnaire

_DEEPEST = 12


def initial_answers(questionnaire: Questionnaire, launch: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The answers of a form just opened. `launch` are the variables that expressions may name, e.g. `patient`."""
    answers: dict[str, Any] = {}
    if any(item.initial or any(option.selected for option in item.options) for item in questionnaire.walk()):
        for _ in range(_DEEPEST):  # several initial values make several instances of what stands below
            before = len(answers)
            for place in places(questionnaire, answers):
                values = given(place.item) if place.address not in answers else None
                if values:
                    answers[place.address] = values if place.item.repeats else values[0]
            if len(answers) == before:
                break
    if any(item.initial_expression for item in questionnaire.walk()):
        from intake.engine.expressions import Evaluator

        answers = {**Evaluator(questionnaire, answers, launch).initial(), **answers}
    return answers


def given(item: Item) -> list[Any]:
    """The values one question starts with."""
    if item.initial_expression is not None:
        return []  # the expression says what it starts with, also when that is nothing
    chosen = [option.code for option in item.options if option.selected]
    values = [plain_answer(item, one) for one in item.initial]
    fitting = [value for value in values if value is not None and not is_odd(value)]
    return chosen + [value for value in fitting if value not in chosen]

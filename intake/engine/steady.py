"""Which questions are asked where nothing repeats: the same walk as `enablement`, with its conditions prepared. Pure.

Every request makes it at least once, so what the answers do not change is worked out once for each specification: where
a condition looks, and which stored codes meet it. Items are looked at in the same order as in the general walk, so that
conditions in a circle come out alike; a condition of a rarer kind is left to that walk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from intake.engine.places import Answers, Place
from intake.engine.specs import CHOICES, Coding, EnableWhen, Item, Questionnaire

Equal = Callable[[Item, Any, Any], bool]


@dataclass(frozen=True, slots=True)
class Test:
    """One condition. `codes` are the stored codes that meet it; None when it asks for something else."""

    condition: EnableWhen
    source: str
    codes: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One item, and what decides whether it is asked."""

    place: Place
    parent: str
    tests: tuple[Test, ...]
    every: bool


def plan_of(questionnaire: Questionnaire, equal: Equal) -> Mapping[str, Asked]:
    """Every item by its address, in document order. Kept with the specification."""
    kept: dict[str, Asked] | None = vars(questionnaire).get("_asked_plan")
    if kept is None:
        kept = {
            link_id: Asked(
                Place(item, (), link_id),
                questionnaire.parents.get(link_id, ""),
                tuple(_test(questionnaire, one, equal) for one in item.enable_when),
                item.enable_behavior == "all",
            )
            for link_id, item in questionnaire.index.items()
        }
        vars(questionnaire)["_asked_plan"] = kept
    return kept


def _test(questionnaire: Questionnaire, condition: EnableWhen, equal: Equal) -> Test:
    source = questionnaire.index[condition.question]
    is_plain = condition.operator in {"=", "!="} and isinstance(condition.answer, Coding) and source.type in CHOICES
    if is_plain and source.options and all(isinstance(option.value, Coding) for option in source.options):
        codes = frozenset(code for code in source.by_code if equal(source, code, condition.answer))
        return Test(condition, source.link_id, codes)
    return Test(condition, source.link_id, None)


class SteadyWalk:
    """One look at all items. `general` judges a condition of a rarer kind, with the same `state`."""

    def __init__(
        self,
        plan: Mapping[str, Asked],
        answers: Answers,
        state: dict[str, bool],
        general: Callable[[EnableWhen, Place], bool],
    ) -> None:
        self.plan, self.answers, self.state, self.general = plan, answers, state, general

    def all(self) -> set[str]:
        """Every enabled address."""
        found: set[str] = set()
        for address, one in self.plan.items():
            is_there = not one.parent or one.parent in found
            if is_there and not one.tests:
                if self.state.setdefault(address, True):
                    found.add(address)
            elif self._is_on(address) and is_there:
                found.add(address)
        return found

    def _is_on(self, address: str) -> bool:
        known = self.state.get(address)
        if known is not None:
            return known
        self.state[address] = True
        one = self.plan[address]
        result = (not one.parent or self._is_on(one.parent)) and self._met(one)
        self.state[address] = result
        return result

    def _met(self, one: Asked) -> bool:
        for test in one.tests:
            if self._holds(test, one.place) is not one.every:
                return not one.every
        return one.every or not one.tests

    def _holds(self, test: Test, place: Place) -> bool:
        value = self.answers.get(test.source)
        if test.codes is None or not (value is None or type(value) is str or _is_codes(value)):
            return self.general(test.condition, place)
        # Looked at in any case: whether the source is asked is settled now, as in the general walk.
        is_asked = self._is_on(test.source)
        is_met = is_asked and (not test.codes.isdisjoint(value) if type(value) is list else value in test.codes)
        return is_met is (test.condition.operator == "=")


def _is_codes(value: Any) -> bool:
    return type(value) is list and all(type(one) is str for one in value)

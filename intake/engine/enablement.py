"""Which questions are asked, given the answers so far (FHIR R4 enableWhen and SDC's expressions). Pure."""

from __future__ import annotations

import operator as compare
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import TYPE_CHECKING, Any

from clinic import request_context
from intake.engine.places import Answers, Path, Place, address_of, counts_of, locate, parent_of, places
from intake.engine.specs import CHOICES, Coding, EnableWhen, Item, Quantity, Questionnaire
from intake.engine.specs.primitives import instant
from intake.engine.steady import SteadyWalk, plan_of

if TYPE_CHECKING:
    from intake.engine.expressions import Evaluator

_ORDER: dict[str, Callable[[Any, Any], bool]] = {">": compare.gt, "<": compare.lt, ">=": compare.ge, "<=": compare.le}
_TEMPORAL = frozenset({"date", "dateTime", "time"})
#: So often are expressions that depend on each other worked out again; what has not settled by then is a circle.
ROUNDS = 8


def answered(value: Any) -> bool:
    """True for an answer that says something: `False` and `0` do, blanks do not."""
    if isinstance(value, str):
        return value != "" and not value.isspace()
    return value is not None and value != [] and value != {}


@dataclass(frozen=True, slots=True)
class State:
    """What follows from the answers: the addresses of all items that are asked or shown, and what is calculated."""

    enabled: set[str]
    answers: Mapping[str, Any]  # with the calculated ones


def enabled(questionnaire: Questionnaire, answers: Answers) -> set[str]:
    """Addresses of all items that are asked or shown: below enabled ancestors, groups and displays included."""
    return state_of(questionnaire, answers).enabled


def state_of(questionnaire: Questionnaire, answers: Answers) -> State:
    """What is asked, and the answers with those that are calculated from others.

    Expressions see only answers that count, so they are worked out until nothing changes any more. In a circle nothing
    settles: then all that was asked in its last two rounds is asked, because an unasked question loses an answer.
    """
    # One request asks this several times of the same answers: for the screens, the questions, the rules, the progress.
    memo = request_context.memo()
    seen: list[tuple[Any, dict[str, Any], State]] = [] if memo is None else memo.setdefault("intake.states", [])
    for document, before, state in seen:
        if document is questionnaire.document and before == answers:
            return state
    state = _worked_out(questionnaire, answers)
    if memo is not None and questionnaire.document:
        seen.append((questionnaire.document, dict(answers), state))
        del seen[:-4]
    return state


def _worked_out(questionnaire: Questionnaire, answers: Answers) -> State:
    if not questionnaire.has_logic:
        walk = _Walk(questionnaire, answers)
        if questionnaire.has_loops:
            return State(walk.all(), answers)
        plan = plan_of(questionnaire, _equal)
        return State(SteadyWalk(plan, answers, walk.state, walk.holds).all(), answers)
    from intake.engine.expressions import Evaluator

    walk = _Walk(questionnaire, answers)
    on, full = {place.address for place in places(questionnaire, answers)}, answers
    for _ in range(ROUNDS):
        counted = {key: value for key, value in full.items() if key in on}
        evaluator = Evaluator(questionnaire, counted)
        calculated = _with_calculated(answers, evaluator.calculated(on), questionnaire)
        walk = _Walk(questionnaire, calculated, evaluator)
        asked = walk.all()
        if asked == on and calculated == full:
            return State(on, full)
        before, on, full = on, asked, calculated
    return State(on | before, full)


def _with_calculated(answers: Answers, found: Mapping[str, Any], questionnaire: Questionnaire) -> dict[str, Any]:
    """Results stand in read-only questions; in others a result is a proposal that what was given overrides."""
    full = dict(answers)
    for address, value in found.items():
        place = locate(questionnaire, address)
        is_fixed = place is not None and place.item.read_only
        if value is not None and (is_fixed or not answered(answers.get(address))):
            full[address] = value
    return full


def changed(answers: Answers, changes: Answers) -> dict[str, Any]:
    """The answers after some changes; what is blank then is none."""
    found = dict(answers)
    for address, value in changes.items():
        if answered(value):
            found[address] = value
        else:
            found.pop(address, None)
    return found


def prune(questionnaire: Questionnaire, answers: Answers, only: Collection[str] | None = None) -> dict[str, Any]:
    """The answers that count: those to enabled questions. Asked-and-then-hidden ones are left out.

    All of them, or those at the addresses in `only`.
    """
    on, asks = enabled(questionnaire, answers), questionnaire.questions
    found = {}
    wanted = answers if only is None else {key: answers[key] for key in only if key in answers}
    for address, value in wanted.items():
        if address in on and answered(value):
            place = None if address in asks else locate(questionnaire, address)
            if address in asks or (place is not None and place.item.is_question):
                found[address] = value
    return found


def nearest(questionnaire: Questionnaire, answers: Answers, condition: EnableWhen, place: Place) -> Place:
    """The question a condition means, as seen from a place: R4's nearest occurrence."""
    return _Walk(questionnaire, answers).source_of(condition, place)


def verdict(questionnaire: Questionnaire, state: State, condition: EnableWhen, place: Place) -> bool:
    """Whether one condition is met, as seen from a place."""
    walk = _Walk(questionnaire, state.answers)
    source = walk.source_of(condition, place)
    walk.state[source.address] = source.address in state.enabled
    return walk.holds(condition, place)


class _Walk:
    """One look at all items; remembers what it has found."""

    def __init__(self, questionnaire: Questionnaire, answers: Answers, evaluator: Evaluator | None = None) -> None:
        self.questionnaire, self.answers, self.evaluator = questionnaire, answers, evaluator
        self.state: dict[str, bool] = {}

    @cached_property
    def counts(self) -> dict[tuple[str, Path], int]:
        """How many instances there are."""
        return counts_of(self.questionnaire, self.answers)

    def all(self) -> set[str]:
        """Every enabled address."""
        found: set[str] = set()
        for place in places(self.questionnaire, self.answers):
            # In a circle an item may have been looked at while what encloses it was not decided yet.
            parent = parent_of(self.questionnaire, place)
            is_there = parent is None or parent.address in found
            if is_there and not place.item.is_conditional:
                # Most items: asked because what encloses them is.
                if self.state.setdefault(place.address, True):
                    found.add(place.address)
            elif self.is_on(place) and is_there:
                found.add(place.address)
        return found

    def is_on(self, place: Place) -> bool:
        """Whether this place is enabled, and all that enclose it."""
        known = self.state.get(place.address)
        if known is not None:
            return known
        # While we look at the conditions, a circle of conditions finds "enabled" here and goes by the stored answer.
        self.state[place.address] = True
        parent = parent_of(self.questionnaire, place)
        result = (parent is None or self.is_on(parent)) and self._met(place)
        self.state[place.address] = result
        return result

    def _met(self, place: Place) -> bool:
        item = place.item
        if item.enable_when:
            tests = (self.holds(one, place) for one in item.enable_when)
            if not (all(tests) if item.enable_behavior == "all" else any(tests)):
                return False
        if item.enabled_expression is not None and self.evaluator is not None:
            return self.evaluator.is_true(item.enabled_expression, place)
        return True

    def holds(self, condition: EnableWhen, place: Place) -> bool:
        """One condition, as seen from a place."""
        at = self.source_of(condition, place)
        source = at.item
        # A question that is not asked has no answer, whatever was typed before it disappeared.
        values = _values(source, self.answers.get(at.address)) if source.is_question and self.is_on(at) else []
        if condition.operator == "exists":
            return bool(values) is condition.answer
        if condition.operator == "=":
            return any(_equal(source, value, condition.answer) for value in values)
        if condition.operator == "!=":
            # R4: true if no answer equals it, which holds for an unanswered question too.
            return not any(_equal(source, value, condition.answer) for value in values)
        return any(_ordered(source, condition.operator, value, condition.answer) for value in values)

    def source_of(self, condition: EnableWhen, place: Place) -> Place:
        """The question that a condition is about."""
        source = self.questionnaire.index[condition.question]
        path = self._nearest(source, place)
        return Place(source, path, address_of(source.link_id, path))

    def _nearest(self, source: Item, place: Place) -> Path:
        """The instance R4 means: that of an ancestor, else the nearest one before, else the first one after."""
        loops = self.questionnaire.loops[source.link_id]
        if not loops:
            return ()
        own = self.questionnaire.loops[place.item.link_id]
        path: Path = ()
        for depth, loop in enumerate(loops):
            if depth < len(own) and own[depth] == loop and path == place.path[:depth]:
                path = (*path, place.path[depth])
                continue
            order = self.questionnaire.order
            is_before = order[loop] < order[place.item.link_id]
            path = (*path, self.counts.get((loop, path), 1) - 1 if is_before else 0)
        return path


def _values(source: Item, value: Any) -> list[Any]:
    """The answers there are; the options of a choice that are no codes as what they stand for."""
    values = [one for one in (value if isinstance(value, list) else [value]) if answered(one)]
    if source.type not in CHOICES or not source.options:
        return values
    options = [None if isinstance(one, Mapping) else source.by_code.get(str(one)) for one in values]
    return [
        one if option is None or isinstance(option.value, Coding) else option.value
        for one, option in zip(values, options, strict=True)
    ]


def _number(value: Any) -> Decimal | None:
    if isinstance(value, Mapping):
        value = value.get("value")
    if isinstance(value, Quantity):
        return value.value
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _coding(source: Item, value: Any) -> Coding | None:
    """The Coding behind a stored answer: an option, or a code from elsewhere as FHIR writes it."""
    if isinstance(value, Mapping):
        raw = value.get("valueCoding", value)
        return Coding(str(raw.get("code") or raw.get("display", "")), str(raw.get("system", ""))) if raw else None
    option = source.by_code.get(str(value))
    if option is None:
        return None if source.options else Coding(str(value))
    return option.value if isinstance(option.value, Coding) else Coding(str(option.value))


def _is_coded(source: Item, value: Any) -> bool:
    if isinstance(value, Mapping):
        return True
    option = source.by_code.get(str(value))
    return option is not None and isinstance(option.value, Coding)


def _equal(source: Item, value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Coding):
        given = _coding(source, value)
        if given is None or given.code != wanted.code:
            return False
        return given.system == wanted.system or not (given.system and wanted.system)
    if source.type in CHOICES and _is_coded(source, value):
        return False  # a code is not a text or a number, even where it is written the same
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(wanted, Quantity):
        return _same_unit(value, wanted) and _number(value) == wanted.value
    numbers = _number(value), _number(wanted)
    if numbers[1] is not None:
        return numbers[0] == numbers[1]
    if source.type == "reference" and isinstance(value, Mapping):
        return bool(value.get("reference") == wanted)
    if source.type in _TEMPORAL and isinstance(value, str) and isinstance(wanted, str):
        pair = _moments(value, wanted)
        return pair[0] == pair[1]
    return bool(value == wanted)


def _ordered(source: Item, operator: str, value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Quantity) and not _same_unit(value, wanted):
        return False
    if source.type in CHOICES and _is_coded(source, value):
        return False
    left, right = _number(value), _number(wanted)
    if left is not None and right is not None:
        return _ORDER[operator](left, right)
    if not isinstance(value, str) or not isinstance(wanted, str):
        return False
    if source.type not in _TEMPORAL:
        return _ORDER[operator](value, wanted)
    pair = _moments(value, wanted)
    if isinstance(pair[0], str) and len(value) != len(wanted):
        # Dates of unequal precision say nothing about each other unless the part they share decides.
        shared = min(len(value), len(wanted))
        return value[:shared] != wanted[:shared] and _ORDER[operator](value[:shared], wanted[:shared])
    return _ORDER[operator](pair[0], pair[1])


def _moments(value: str, wanted: str) -> tuple[str | datetime, str | datetime]:
    """Two full moments as such, so that zones do not matter; all else as text: ISO dates of one precision sort so."""
    left, right = instant(value), instant(wanted)
    return (left, right) if left is not None and right is not None else (value, wanted)


def _same_unit(value: Any, wanted: Quantity) -> bool:
    if not isinstance(value, Mapping):
        return False
    code, unit = value.get("code") or value.get("unit"), wanted.code or wanted.unit
    return not code or not unit or code == unit or value.get("unit") == wanted.unit != ""

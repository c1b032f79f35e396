"""The whole form at once: what is still missing, what cannot stand, which rules are broken. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from intake.engine.enablement import State, answered, state_of
from intake.engine.offers import is_left_out
from intake.engine.places import Answers, Place, address_of, is_count, item_at, locate, parent_of, places
from intake.engine.specs import Constraint, Questionnaire
from intake.engine.validation import Unfit, check


def findings(
    questionnaire: Questionnaire, answers: Answers, *, today: date, state: State | None = None
) -> dict[str, list[str]]:
    """All that keeps these answers from being final: address -> reasons; empty when nothing does.

    Beside the reasons of `validation.check`: `required`, `minOccurs` and `maxOccurs`, `constraint`, `disabled` for an
    answer to a question that is not asked, `unknown` for an address that the questionnaire does not have. `state` is
    what follows from the answers that count, for who has worked that out.
    """
    state = state or state_of(questionnaire, answers)
    found: dict[str, list[str]] = {}
    for address, value in answers.items():
        reason = _fault(questionnaire, address, value, state, today) if answered(value) else ""
        if reason:
            found.setdefault(address, []).append(reason)
    open_ones = gaps(questionnaire, answers, state, by_hand=False)
    for address, reason in (*open_ones, *broken_rules(questionnaire, state)):
        if reason not in found.setdefault(address, []):
            found[address].append(reason)
    return found


def problems(questionnaire: Questionnaire, answers: Answers, *, today: date) -> dict[str, str]:
    """What keeps these answers from being final, for the person who gave them: address -> words, in order.

    What is no longer asked is no problem: it is left out when the form is sent.
    """
    state = state_of(questionnaire, answers)
    found: dict[str, str] = {}
    for place in places(questionnaire, answers):
        if place.item.is_question and place.address in state.enabled:
            try:
                check(place.item, state.answers.get(place.address), today=today)
            except Unfit as error:
                found[place.address] = str(error)
            if is_left_out(questionnaire, state, place, state.answers.get(place.address)):
                found[place.address] = _("Please choose one of the answers given.")
    for address, reason in gaps(questionnaire, answers, state):
        found.setdefault(address, _words(questionnaire, address, reason))
    for address, rule in _broken(questionnaire, state):
        found.setdefault(
            address or _named_in(questionnaire, rule), rule.human or _("These answers do not fit together.")
        )
    return found


def _words(questionnaire: Questionnaire, address: str, reason: str) -> str:
    item = item_at(questionnaire, address)
    assert item is not None, "gaps are where items are"
    if reason == "minOccurs":
        return _("Please give at least %(least)d answers.") % {"least": item.min_occurs}
    if reason == "maxOccurs":
        return _("Please give at most %(most)d answers.") % {"most": item.max_occurs}
    return _("Please answer this question.")


def _named_in(questionnaire: Questionnaire, rule: Constraint) -> str:
    """The question that a rule on the whole form is shown at: the first it names, else the first of all."""
    questions = [item.link_id for item in questionnaire.walk() if item.is_question]
    return next((one for one in questions if f"'{one}'" in rule.expression), questions[0] if questions else "")


def _fault(questionnaire: Questionnaire, address: str, value: object, state: State, today: date) -> str:
    if is_count(questionnaire, address):
        return ""
    place = locate(questionnaire, address)
    if place is None or not place.item.is_question:
        return "unknown"
    try:
        check(place.item, value, today=today)
    except Unfit as error:
        return error.reason
    if address not in state.enabled:
        return "disabled"
    return "option" if is_left_out(questionnaire, state, place, value) else ""


def gaps(
    questionnaire: Questionnaire, answers: Answers, state: State | None = None, *, by_hand: bool = True
) -> Iterator[tuple[str, str]]:
    """What is asked and not answered, or not often enough: address and reason, in order.

    What stands below a question is asked once that is answered; what is hidden is not asked of anybody. Somebody who
    fills in a form (`by_hand`) cannot answer what is read-only; a response from elsewhere has to hold it.
    """
    state = state or state_of(questionnaire, answers)
    filled = _filled(questionnaire, state)
    seen: set[str] = set()
    for place in places(questionnaire, answers):
        item = place.item
        if place.address not in state.enabled or item.type == "display" or item.hidden:
            continue
        if item.type == "group":
            # All instances of a group are judged once, at the address of them all.
            address = address_of(item.link_id, place.path[:-1]) if item.is_loop else place.address
            if address not in seen:
                seen.add(address)
                yield from _short(address, place, filled[address])
        elif not (by_hand and item.read_only) and _is_reached(questionnaire, place, state):
            value = state.answers.get(place.address)
            number = len(value) if isinstance(value, list) else int(answered(value))
            yield from _short(place.address, place, number)


def _short(address: str, place: Place, number: int) -> Iterator[tuple[str, str]]:
    item = place.item
    if number == 0:
        if item.required:
            yield address, "required"
        return
    if item.min_occurs is not None and number < item.min_occurs:
        yield address, "minOccurs"
    if item.type == "group" and item.max_occurs is not None and number > item.max_occurs:
        yield address, "maxOccurs"


def _filled(questionnaire: Questionnaire, state: State) -> Counter[str]:
    """Address of a group, without its own index -> how many of its instances hold an answer that counts."""
    found: Counter[str] = Counter()
    if not any(item.type == "group" and (item.required or item.is_loop) for item in questionnaire.walk()):
        return found
    seen: set[str] = set()
    for address, value in state.answers.items():
        place = locate(questionnaire, address) if address in state.enabled and answered(value) else None
        above = parent_of(questionnaire, place) if place is not None and place.item.is_question else None
        while above is not None and above.address not in seen:
            seen.add(above.address)
            if above.item.type == "group":
                path = above.path[:-1] if above.item.is_loop else above.path
                found[address_of(above.item.link_id, path)] += 1
            above = parent_of(questionnaire, above)
    return found


def _is_reached(questionnaire: Questionnaire, place: Place, state: State) -> bool:
    parent = parent_of(questionnaire, place)
    while parent is not None:
        if parent.item.hidden or (parent.item.is_question and not answered(state.answers.get(parent.address))):
            return False
        parent = parent_of(questionnaire, parent)
    return True


def broken_rules(questionnaire: Questionnaire, state: State) -> Iterator[tuple[str, str]]:
    """The constraints that the answers do not keep, and where."""
    for address, rule in _broken(questionnaire, state):
        yield address or _named_in(questionnaire, rule), "constraint"


def _broken(questionnaire: Questionnaire, state: State) -> Iterator[tuple[str, Constraint]]:
    if not questionnaire.has_rules:
        return
    from intake.engine.expressions import Evaluator

    evaluator = Evaluator(questionnaire, {key: value for key, value in state.answers.items() if key in state.enabled})
    for rule in questionnaire.constraints:
        if rule.severity == "error" and not evaluator.is_kept(rule, None):
            yield "", rule
    for place in places(questionnaire, state.answers):
        if place.address in state.enabled:
            for rule in place.item.constraints:
                if rule.severity == "error" and not evaluator.is_kept(rule, place):
                    yield place.address, rule

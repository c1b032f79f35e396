"""A questionnaire and answers put through the product's own form: what is asked, what is wrong, what it makes.

The form is built from the specification and bound with the answers as a browser would post them, so that whoever checks
the engine from outside checks what clients use. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import QueryDict

from intake.engine.answers import is_odd, to_items, to_response
from intake.engine.completeness import findings
from intake.engine.enablement import State, answered, state_of
from intake.engine.fields import AnswerField
from intake.engine.incoming import Incoming, check_envelope, read_response
from intake.engine.initial import initial_answers
from intake.engine.places import locate, places
from intake.engine.screenform import ScreenForm
from intake.engine.specs import Item, Questionnaire
from intake.engine.specs.primitives import is_date
from intake.engine.widgets import OTHER, Many, OwnWords, Parts, plain_number

#: An answer refused for one of these is none: it does not count for what is asked.
_NO_ANSWER = frozenset({"type", "option", "format"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the engine says of one set of answers."""

    enabled: list[str]
    errors: dict[str, list[str]]
    response: dict[str, Any]
    instances: dict[str, list[int]]

    @property
    def is_valid(self) -> bool:
        """Nothing is wrong with the answers."""
        return not self.errors


def judge(questionnaire: Questionnaire, response: Any, *, today: date, now: datetime) -> Judgement:
    """The verdict on a QuestionnaireResponse; on a form just opened, with its initial values, when that is None.

    Raises NoResponse for what is none. Answers that came are final: nothing is filled in, nothing is calculated into
    them; what is refused is reported and does not count for what is asked.
    """
    if response is None:
        came = Incoming(dict(state_of(questionnaire, initial_answers(questionnaire)).answers))
    else:
        check_envelope(response)
        came = read_response(questionnaire, response)
    form = _bound(questionnaire, came.answers, today)
    read = {address: value for address, value in form.changes().items() if answered(value)}
    # What does not belong there stays as it was given: no browser could send it, so the form has read only a part.
    answers = {**came.answers, **{address: value for address, value in read.items() if address not in came.problems}}
    errors: dict[str, list[str]] = {}
    for some in (came.problems, form.reasons()):
        _collect(questionnaire, some, errors)
    refused = {address for address, reasons in form.reasons().items() if set(reasons) & _NO_ANSWER}
    refused |= {address for address, value in answers.items() if _is_odd(value)}
    refused |= {address for address, reasons in came.problems.items() if set(reasons) & _NO_ANSWER}
    state = state_of(questionnaire, {key: value for key, value in answers.items() if key not in refused})
    _collect(questionnaire, findings(questionnaire, answers, today=today, state=state), errors)
    return Judgement(
        enabled=sorted({_link_id(questionnaire, address) for address in state.enabled}),
        errors=errors,
        response=_response(questionnaire, answers, state, now),
        instances=_instances(questionnaire, answers, state),
    )


def _is_odd(value: Any) -> bool:
    return any(is_odd(one) for one in (value if isinstance(value, list) else [value]))


def _bound(questionnaire: Questionnaire, answers: Mapping[str, Any], today: date) -> ScreenForm:
    """One form for all questions, bound with these answers."""
    group = Item(link_id="", type="group", items=questionnaire.items)
    blank = ScreenForm(questionnaire, group, answers=answers, today=today, country="")
    data = posted(blank, answers)
    form = ScreenForm(questionnaire, group, answers=answers, today=today, country="", data=data)
    form.answers = {key: value for key, value in answers.items() if key not in blank.fields or form.is_file(key)}
    for name in [name for name, made in form.fields.items() if _is_partial(made, answers.get(name))]:
        del form.fields[name]
        form.answers[name] = answers[name]
    form.is_valid()
    return form


def _is_partial(made: Any, value: Any) -> bool:
    """A year or month in a question that the form asks to the day: R4 takes it, so it is judged without the form."""
    if not isinstance(made, AnswerField) or made.kind not in {"date", "moment"}:
        return False
    values = value if isinstance(value, list) else [value]
    return any(isinstance(one, str) and is_date(one) and len(one) < 10 for one in values)


def posted(form: ScreenForm, answers: Mapping[str, Any]) -> QueryDict:
    """What a browser would send for these answers from this form."""
    data = QueryDict(mutable=True)
    for name, made in form.fields.items():
        data.appendlist("asked", name)
        value = answers.get(name)
        if isinstance(made, AnswerField) and answered(value):
            for key, texts in _texts(name, made, value).items():
                data.setlist(key, texts)
    return data


def _texts(name: str, made: AnswerField, value: Any) -> dict[str, list[str]]:
    widget = made.widget
    values = [one for one in (value if isinstance(value, list) else [value]) if not is_odd(one)]
    inner = widget.one if isinstance(widget, Many) else widget
    if isinstance(inner, Parts):
        rows = [inner.decompress(one) for one in values]
        return {f"{name}_{part}": [str(row[at]) for row in rows] for at, part in enumerate(inner.names)}
    if isinstance(widget, OwnWords):
        known = [str(one) for one in values if not isinstance(one, Mapping) and str(one) in made.item.by_code]
        own = [_text(one) for one in values if isinstance(one, Mapping) or str(one) not in made.item.by_code]
        return {name: known + own[1:], name + OTHER: own[:1]}
    return {name: [_text(one) for one in values]}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return str(value.get("reference") or value.get("display") or value.get("code") or "")
    return plain_number(value) if isinstance(value, float) else str(value)


def _collect(questionnaire: Questionnaire, some: Mapping[str, list[str]], errors: dict[str, list[str]]) -> None:
    for address, reasons in some.items():
        found = errors.setdefault(_link_id(questionnaire, address), [])
        found += [reason for reason in reasons if reason not in found]


def _link_id(questionnaire: Questionnaire, address: str) -> str:
    place = locate(questionnaire, address)
    if place is not None:
        return place.item.link_id
    before = address.rsplit("#", 1)[0]
    return before if before in questionnaire.index else address


def _response(questionnaire: Questionnaire, answers: Mapping[str, Any], state: State, now: datetime) -> dict[str, Any]:
    envelope = to_response(questionnaire, {}, status="completed", authored=now)
    items = to_items(questionnaire, answers, on=state.enabled)
    return {**envelope, "item": items} if items else envelope


def _instances(questionnaire: Questionnaire, answers: Mapping[str, Any], state: State) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place in places(questionnaire, answers):
        found.setdefault(place.item.link_id, []).append(int(place.address in state.enabled))
    return found

"""One screen of a questionnaire as a form: built from its specification, bound to what was posted, drawn again.

Pure: no database. The names of fields are the addresses of questions (`intake.engine.places`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext

from clinic.names import to_e164
from intake import identity
from intake.engine import drawing
from intake.engine.enablement import State, answered, nearest, state_of, verdict
from intake.engine.fields import AnswerField, build, is_typed
from intake.engine.offers import is_left_out
from intake.engine.places import MOST, Path, Place, address_of, counts_of, inside, locate, parent_of, places
from intake.engine.questions import Instance, Question
from intake.engine.specs import Coding, Item, Quantity, Questionnaire, anchor_of

#: An answer refused for one of these is none: it does not count for what is asked.
_NO_ANSWER = frozenset({"type", "option", "format"})
_IN_JSON = json.JSONEncoder(default=str).encode
_TABLES = frozenset({"table", "htable", "gtable", "atable", "grid"})


class ScreenForm(forms.Form):
    """One group of questions. Answers to questions that are not asked are neither checked nor taken.

    Templates draw `tree()`, or `questions()` for one flat list. `state` is what is asked after a post.
    """

    def __init__(
        self,
        questionnaire: Questionnaire,
        group: Item,
        *,
        answers: Mapping[str, Any],
        today: date,
        country: str,
        data: MultiValueDict[str, Any] | None = None,
        files: MultiValueDict[str, Any] | None = None,
        only: Sequence[str] = (),
    ) -> None:
        super().__init__(data=data, files=files, use_required_attribute=False)
        self.questionnaire, self.group, self.answers, self.country = questionnaire, group, answers, country
        self.follow_ups: list[str] = []
        self.posted = set(data.getlist("asked")) if data is not None else set()
        self.state: State | None = None
        self.items = inside(group)
        for place in places(questionnaire, answers, self.items):
            if takes_answers(questionnaire, place.item) and (not only or place.address in only):
                self.fields[place.address] = self._built(place, today)

    def _built(self, place: Place, today: date) -> AnswerField:
        made = build(place.item, today=today)
        made.initial = self.answers.get(place.address)
        if place.item.link_id == identity.SIGNED_ON and not made.initial:
            made.initial = today.isoformat()
        if made.kind == "file":
            made.required = place.item.required and not self.answers.get(place.address)
        return made

    def clean(self) -> dict[str, Any]:
        """Keep what belongs to questions that are asked; note questions that an answer has just opened."""
        self._refuse_doubles()
        given = self.cleaned_data
        merged = {**self.answers, **self._counting()}
        self.state = state_of(self.questionnaire, {key: value for key, value in merged.items() if answered(value)})
        self._refuse_left_out(merged)
        for name in list(self.fields):
            asked = name in self.state.enabled
            if not asked or name not in self.posted:
                self.errors.pop(name, None)
                given.pop(name, None)
                if asked:
                    self.follow_ups.append(name)
            elif name in self.errors and self.has_error(name, "required") and not self._is_reached(name):
                self.errors.pop(name)
                given[name] = None
        for name in list(given):
            self._normalise(name, given)
        return given

    def _refuse_doubles(self) -> None:
        """A browser sends one value for one field; two for a question that takes one are forged."""
        data = self.data
        for name, made in self.fields.items():
            if not (isinstance(made, AnswerField) and isinstance(data, MultiValueDict) and name in self.posted):
                continue
            if any(len(data.getlist(one)) > 1 for one in made.sent_once(name)):
                self.add_error(name, ValidationError(gettext("Please give one answer only."), code="repeats"))

    def _refuse_left_out(self, merged: dict[str, Any]) -> None:
        """An option that is not offered with these answers is no answer."""
        assert self.state is not None
        for name in [name for name in self.cleaned_data if name in self.posted]:
            place = locate(self.questionnaire, name)
            if place is not None and is_left_out(self.questionnaire, self.state, place, merged.get(name)):
                self.add_error(name, ValidationError(gettext("Please choose one of the answers given."), code="option"))
                merged[name] = self.answers.get(name)
                self.state = state_of(self.questionnaire, {key: one for key, one in merged.items() if answered(one)})

    def _counting(self) -> dict[str, Any]:
        """The posted answers that count for what is asked, also those that are too long or too late to be kept."""
        found = {name: value for name, value in self.cleaned_data.items() if name in self.posted}
        for name, errors in self.errors.as_data().items():
            made = self.fields.get(name)
            is_none = bool({error.code for error in errors} & _NO_ANSWER)
            if isinstance(made, AnswerField) and name in self.posted and not is_none and answered(made.given):
                found[name] = made.given
        return found

    def _is_reached(self, name: str) -> bool:
        """What stands below a question is asked once that is answered."""
        assert self.state is not None
        place = locate(self.questionnaire, name)
        parent = parent_of(self.questionnaire, place) if place is not None else None
        while parent is not None:
            if parent.item.is_question and not answered(self.state.answers.get(parent.address)):
                return False
            parent = parent_of(self.questionnaire, parent)
        return True

    def _normalise(self, name: str, given: dict[str, Any]) -> None:
        try:
            if name in identity.PHONES and given[name]:
                given[name] = to_e164(given[name], self.country)
            elif name in identity.EMAILS and given[name]:
                validate_email(given[name])
        except ValidationError:
            words = gettext("This is not an e-mail address. It needs an @ and a full stop.")
            self.add_error(name, ValidationError(words, code="format"))
        except ValueError as error:
            self.add_error(name, ValidationError(str(error), code="format"))

    def changes(self) -> dict[str, Any]:
        """What can be kept now, also when other answers on the screen cannot: address -> value, None for a blank."""
        return {name: value for name, value in self.cleaned_data.items() if name in self.posted}

    def is_file(self, name: str) -> bool:
        """The answer comes as a file, which is judged and stored by its content."""
        made_field = self.fields.get(name)
        return isinstance(made_field, AnswerField) and made_field.kind == "file"

    def reasons(self) -> dict[str, list[str]]:
        """What was refused and why: address -> reason codes, for programs."""
        return {name: [str(one.code) for one in errors] for name, errors in self.errors.as_data().items()}

    def questions(self) -> list[Question]:
        """Everything on the screen, in order, as one flat list."""
        return [found for question in self.tree() for found in question.walk()]

    def tree(self) -> list[Question]:
        """Everything on the screen, as it is nested."""
        answers = dict(self.answers) if not self.is_bound else {**self.answers, **self.changes()}
        return _Tree(self, {key: value for key, value in answers.items() if answered(value)}).below(self.items, (), 0)


class _Tree:
    """The drawing of one form with the answers as they are now."""

    def __init__(self, form: ScreenForm, answers: Mapping[str, Any]) -> None:
        self.form, self.spec = form, form.questionnaire
        self.state = state_of(self.spec, answers)
        self.counts = counts_of(self.spec, self.state.answers)
        self.here = {item.link_id for top in form.items for item in top.walk()}
        self.tops = {item.link_id for item in form.items}

    def below(self, items: Iterable[Item], path: Path, level: int) -> list[Question]:
        """The questions for these items in this instance."""
        found = []
        for item in items:
            if item.hidden or (item.is_note and item.link_id not in self.tops):
                continue
            if item.type == "group" and item.is_loop:
                found.append(self._repeating(item, path, level))
            else:
                found.append(self._one(Place(item, path, address_of(item.link_id, path)), level))
        return found

    def _repeating(self, item: Item, path: Path, level: int) -> Question:
        first = Place(item, (*path, 0), address_of(item.link_id, (*path, 0)))
        made = self._started(first, level)
        number = self.counts.get((item.link_id, path), 1)
        least = max(1, item.min_occurs or 1 if item.required else 1)
        for at in range(number):
            inner = (*path, at)
            children = self.below(item.items, inner, level + 1)
            made.instances.append(Instance(at + 1, address_of(item.link_id, inner), children, number > least))
        made.add = first.address if number < min(item.max_occurs or MOST, MOST) else ""
        return made

    def _one(self, place: Place, level: int) -> Question:
        made, item = self._started(place, level), place.item
        made_field = self.form.fields.get(place.address)
        if isinstance(made_field, AnswerField):
            made.kind = made_field.kind
            form = self.form
            made.error = " ".join(str(word) for word in form.errors.get(place.address, [])) if form.is_bound else ""
            drawing.fill(made, made_field, self._shown(place.address), self.form.answers.get(place.address))
            drawing.toggle(made, self.spec, self.state, place)
        elif item.is_question and item.read_only:
            drawing.fix(made, self.state.answers.get(place.address))
        if item.is_loop:
            for at in range(self.counts.get((item.link_id, place.path), 1)):
                children = self.below(item.items, (*place.path, at), level + 1)
                if children:
                    made.instances.append(Instance(at + 1, "", children))
        else:
            made.children = self.below(item.items, place.path, level + 1)
        return made

    def _shown(self, address: str) -> Any:
        """What stands in the field: what was posted, also when it cannot stand; else what is kept."""
        form = self.form
        if not form.is_bound:
            return form.fields[address].initial
        return form[address].value() if address in form.posted else form.answers.get(address)

    def _started(self, place: Place, level: int) -> Question:
        item = place.item
        kind = "table" if item.type == "group" and item.control in _TABLES else item.type
        if item.link_id == identity.BODY_CHART:
            kind = "marks"
        is_asked = place.address in self.state.enabled
        made = Question(item, anchor_of(place.address), kind, place.address, is_asked, level=level)
        made.when = self._when(place)
        return made

    def _when(self, place: Place) -> str:
        """The conditions as data for the page: those on other screens are settled, the rest follow the answers here."""
        item = place.item
        if item.enabled_expression is not None:
            return json.dumps({"all": True, "tests": [{"is": place.address in self.state.enabled}]})
        if not item.enable_when:
            return ""
        tests: list[dict[str, Any]] = []
        for one in item.enable_when:
            source = nearest(self.spec, self.state.answers, one, place)
            if one.question in self.here and not isinstance(one.answer, Quantity):
                wanted = self._wanted(source.item, one.answer)
                tests.append({"q": source.address, "op": one.operator, "v": wanted})
            else:
                tests.append({"is": verdict(self.spec, self.state, one, place)})
        return _IN_JSON({"all": item.enable_behavior == "all", "tests": tests})

    def _wanted(self, source: Item, answer: Any) -> Any:
        """What the page finds in the field when the condition is met: a list to type in holds the label."""
        if not isinstance(answer, Coding):
            return answer
        option = source.by_coding.get((answer.system, answer.code))
        if option is not None and is_typed(source):
            return option.label
        return option.code if option is not None else answer.code


def takes_answers(questionnaire: Questionnaire, item: Item) -> bool:
    """True for a question that a client fills in: nothing above it is hidden, and it is not read-only."""
    if not item.is_question or item.read_only or item.hidden:
        return False
    return not any(questionnaire.index[one].hidden for one in questionnaire.ancestors[item.link_id])

"""The forms: one screen of a questionnaire, built from its specification; and the staff's small ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext

from clinic.names import to_e164
from intake import identity
from intake.enablement import enabled, holds
from intake.fields import AnswerField, build
from intake.specs import Coding, Item, Questionnaire

SHORT_OF_TWO, SHORT_OF_THREE = 14, 8


@dataclass(frozen=True, slots=True)
class Choice:
    """One card of a question."""

    id: str
    value: str
    label: str
    chosen: bool
    exclusive: bool = False


@dataclass(slots=True)
class Question:
    """What a template needs to draw one item."""

    item: Item
    id: str
    kind: str
    asked: bool = True
    value: Any = ""
    parts: list[str] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    error: str = ""
    when: str = ""
    mode: str = ""
    autocomplete: str = "off"
    reading: str = ""
    seen: str = ""

    @property
    def row(self) -> str:
        """Two or three short answers stand side by side, also on a narrow phone; empty for a list."""
        longest = max((len(one.label) for one in self.choices), default=0)
        if len(self.choices) == 2 and longest <= SHORT_OF_TWO:
            return "two"
        return "three" if len(self.choices) == 3 and longest <= SHORT_OF_THREE else ""

    @property
    def says_choose(self) -> bool:
        """The question's own words say already that several answers may be chosen."""
        return "choose" in self.item.text.casefold()


class ScreenForm(forms.Form):
    """One group of questions. Answers to questions that are not asked are neither checked nor taken."""

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
        for item in group.walk():
            if item.is_question and (not only or item.link_id in only):
                answer_field = build(item, today=today)
                answer_field.initial = answers.get(item.link_id)
                if item.link_id == identity.SIGNED_ON and not answer_field.initial:
                    answer_field.initial = today.isoformat()
                if item.type == "attachment":
                    answer_field.required = item.required and not answers.get(item.link_id)
                self.fields[item.link_id] = answer_field

    def clean(self) -> dict[str, Any]:
        """Keep what belongs to questions that are asked; note questions that an answer has just opened."""
        given = self.cleaned_data
        merged = {**self.answers, **{name: given[name] for name in given if name in self.posted}}
        on = enabled(self.questionnaire, merged)
        for name in list(self.fields):
            if name not in on or name not in self.posted:
                self.errors.pop(name, None)
                given.pop(name, None)
                if name in on and isinstance(self.fields[name], AnswerField):
                    self.follow_ups.append(name)
        for name in list(given):
            self._normalise(name, given)
        return given

    def _normalise(self, name: str, given: dict[str, Any]) -> None:
        try:
            if name in identity.PHONES and given[name]:
                given[name] = to_e164(given[name], self.country)
            elif name in identity.EMAILS and given[name]:
                validate_email(given[name])
        except ValidationError:
            self.add_error(name, "This is not an e-mail address. It needs an @ and a full stop.")
        except ValueError as error:
            self.add_error(name, str(error))

    def changes(self) -> dict[str, Any]:
        """What can be kept now, also when other answers on the screen cannot: linkId -> value, None for a blank."""
        return {name: value for name, value in self.cleaned_data.items() if name in self.posted}

    def is_file(self, name: str) -> bool:
        """The answer comes as a file, which is judged and stored by its content."""
        made_field = self.fields.get(name)
        return isinstance(made_field, AnswerField) and made_field.kind == "file"

    def questions(self) -> list[Question]:
        """Everything on the screen, in order, as the template draws it."""
        answers = self.answers if not self.is_bound else {**self.answers, **self.changes()}
        on = enabled(self.questionnaire, answers)
        return [self._question(item, item.link_id in on) for item in self.group.walk() if item is not self.group]

    def _question(self, item: Item, asked: bool) -> Question:
        made = Question(item=item, id=item.anchor, kind=item.type, asked=asked, when=self._when(item))
        made_field = self.fields.get(item.link_id)
        if isinstance(made_field, AnswerField):
            made.kind = made_field.kind
            made.error = " ".join(str(word) for word in self.errors.get(item.link_id, [])) if self.is_bound else ""
            self._fill(made, made_field)
        elif item.link_id == identity.BODY_CHART:
            made.kind = "marks"
        return made

    def _fill(self, made: Question, made_field: AnswerField) -> None:
        link_id = made.item.link_id
        value = self[link_id].value() if link_id in self.posted or not self.is_bound else self.answers.get(link_id)
        if made.kind == "file":
            made.value = self.answers.get(link_id) or ""
            return
        if made.kind == "date":
            parts = value if isinstance(value, list) else made_field.widget.decompress(value)
            made.parts = [str(part or "") for part in parts]
        made.value = "" if value is None else value
        chosen = {_posted(one) for one in value} if isinstance(value, list) else {_posted(value)}
        pairs = (
            [(str(n), str(n)) for n in range(11)] if made.kind == "scale" else getattr(made_field.widget, "choices", [])
        )
        made.choices = [
            Choice(f"{made.id}-{at}", code, label, code in chosen, bool(one and one.exclusive))
            for at, (code, label) in enumerate(pairs)
            for one in [made.item.by_code.get(code)]
        ]
        made.autocomplete = identity.AUTOCOMPLETE.get(link_id, "off")
        made.mode = "tel" if link_id in identity.PHONES else "email" if link_id in identity.EMAILS else ""

    def _when(self, item: Item) -> str:
        """The conditions as data for the page: those on other screens are settled, the rest follow the answers here."""
        if not item.enable_when:
            return ""
        here = {one.link_id for one in self.group.walk()}
        tests = []
        for one in item.enable_when:
            if one.question in here:
                wanted = one.answer.code if isinstance(one.answer, Coding) else one.answer
                tests.append({"q": one.question, "op": one.operator, "v": wanted})
            else:
                tests.append({"is": holds(self.questionnaire, one, self.answers)})
        return json.dumps({"all": item.enable_behavior == "all", "tests": tests}, default=str)


def _posted(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


class BirthDateForm(forms.Form):
    """The check before a link opens: day, month and year of birth."""

    def __init__(self, *args: Any, today: date, typed: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.typed = typed or {}  # shown again, not judged: the page changes its language
        item = Item(
            link_id="born", type="date", text=gettext("Your date of birth"), required=True, max_value=today.isoformat()
        )
        self.fields["born"] = build(item, today=today)

    @property
    def born(self) -> date:
        """The date that was given; only after `is_valid()`."""
        return date.fromisoformat(self.cleaned_data["born"])

    @property
    def parts(self) -> list[str]:
        """What was typed: day, month, year."""
        if not self.is_bound:
            return [self.typed.get(f"born_{part}", "") for part in ("day", "month", "year")]
        value = self["born"].value()
        return [str(part or "") for part in value] if isinstance(value, list) else ["", "", ""]


class FlagForm(forms.Form):
    """What a therapist does with a flag, and why."""

    ACTIONS = (("acknowledge", "Acknowledge"), ("override", "Override"), ("anew", "End: answered anew"))

    action = forms.ChoiceField(choices=ACTIONS)
    reason = forms.CharField(
        label="Reason",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Stays in the record with your name and the time.",
    )
    document = forms.CharField(
        label="Document", max_length=300, required=False, help_text="From whom, of which day, what it says."
    )


class NoteForm(forms.Form):
    """A word on the whole form."""

    note = forms.CharField(
        label="Note (optional)", max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

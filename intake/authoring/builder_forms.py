"""The builder's forms: one item of a draft, a new questionnaire, whom it is for, and its publishing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.http import QueryDict

from clinic.forms.fields import LineField, NotesField
from clinic.validators import tidy
from intake.authoring import blocks, phrases
from intake.authoring.outline import Document, Place, Raw, earlier, id_of, ids, places

LONGEST_TEXT, MOST_OPTIONS, MOST_CONDITIONS = 10_000, 200, 40
_TEXTUAL = ("string", "text", "url", "open-choice")
_REPEATING = ("group", "string", "integer", "decimal", "date", "attachment")


_SILENT = ("group", "display")
#: Which fields fit which sort of item.
_FITS: dict[str, Callable[[blocks.Block], bool]] = {
    "kind": lambda block: block.kind != "group",
    "help": lambda block: block.of.type not in _SILENT,
    "required": lambda block: block.of.type not in _SILENT,
    "hidden": lambda block: block.of.type not in _SILENT,
    "repeats": lambda block: block.of.type in _REPEATING,
    "max_length": lambda block: block.of.type in _TEXTUAL,
    "unit": lambda block: block.kind in ("whole", "number", "quantity"),
    "more_options": lambda block: bool(block.of.options or block.options),
}


@dataclass(slots=True)
class ConditionRow:
    """One condition as its line of the form: what is chosen, what may be chosen, what is wrong."""

    at: str = ""
    question: str = ""
    test: str = ""
    value: str = ""
    tests: Sequence[phrases.Test] = ()
    kept: str = ""  # the words of a condition that is kept as it is
    error: str = ""
    input_type: str = "text"

    @property
    def needs_value(self) -> bool:
        """A value stands beside the choice."""
        return any(one.code == self.test and one.needs for one in self.tests) or bool(self.value and not self.kept)


def input_type_of(item: Raw) -> str:
    """How a value to compare with is typed."""
    return {"date": "date", "time": "time", "integer": "number"}.get(str(item.get("type")), "text")


def condition_row(document: Document, question: str, *, at: str = "", test: str = "", value: str = "") -> ConditionRow:
    """A line of the form for this question; without tests when the draft has no such question."""
    item = next((place.item for place in _questions(document) if id_of(place.item) == question), None)
    if item is None:
        return ConditionRow(at=at, test=test, value=value)
    tests, typed = phrases.tests_for(item), input_type_of(item)
    return ConditionRow(at=at, question=question, test=test, value=value, tests=tests, input_type=typed)


def _questions(document: Document) -> Iterator[Place]:
    return (place for place in places(document) if place.item.get("type") not in ("group", "display"))


class ItemForm(forms.Form):
    """What the owner may change about one item. Unknown parts of it are neither shown nor touched."""

    kind = forms.ChoiceField(label="Kind", choices=())
    text = NotesField(label="Question", rows=2, max_length=LONGEST_TEXT, required=False)
    help = NotesField(
        label="Help below the question", rows=2, max_length=LONGEST_TEXT, required=False,
        help_text="A short word on what is meant. Leave it empty when the question says it all.",
    )  # fmt: skip
    required = forms.BooleanField(label="Must be answered", required=False)
    repeats = forms.BooleanField(label="May be answered several times", required=False)
    hidden = forms.BooleanField(label="Hidden from clients", required=False)
    max_length = forms.IntegerField(
        label="Longest answer, in characters", min_value=1, max_value=100_000, required=False
    )
    unit = LineField(label="Unit", max_length=40, required=False, help_text="For example kg, or drinks a week.")
    behavior = forms.ChoiceField(
        label="When there are several conditions", choices=(("any", "one of them is enough"), ("all", "all must hold")),
        widget=forms.RadioSelect, required=False,
    )  # fmt: skip
    more_options = NotesField(
        label="Add answers", rows=2, max_length=8000, required=False, help_text="One a line. Codes are made for you."
    )

    def __init__(self, data: QueryDict | None = None, *, document: Document, item: Raw, published: Raw | None) -> None:
        self.document, self.item, self.published = document, item, published
        self.block = blocks.read(item)
        super().__init__(data, initial=self._initial(), prefix="item")
        self._fit()
        self.options = self._options()
        self.conditions = self._conditions()

    def _initial(self) -> dict[str, Any]:
        names = ("kind", "text", "help", "required", "repeats", "hidden", "max_length", "lowest", "highest", "unit")
        first = {name: getattr(self.block, name) for name in names}
        return first | {"behavior": self.item.get("enableBehavior", "any")}

    def _fit(self) -> None:
        """Only the fields that fit the sort of item."""
        kind, type_ = self.block.kind, self.block.of.type
        known = [(one.code, one.words) for one in blocks.KINDS if self._may_be(one.code)]
        if kind not in blocks.KIND:
            known.insert(0, (kind, self.block.of.words))
        field: Any = self.fields["kind"]
        field.choices = known
        self.fields["text"].label = {"group": "Heading", "display": "Text"}.get(type_, "Question")
        for name, fits in _FITS.items():
            if not fits(self.block):
                del self.fields[name]
        for name, label in (("lowest", "Lowest answer"), ("highest", "Highest answer")):
            made = _limit_field(type_, label, getattr(self.block, name)) if kind != "scale" else None
            if made is not None:
                self.fields[name] = made

    def _may_be(self, kind: str) -> bool:
        if self.published is not None:
            return blocks.may_become(blocks.kind_of(self.published), kind)
        held = (self.block.kind == "group", kind == "group")
        return held[0] == held[1]

    # --- options ---

    def _options(self) -> list[blocks.Option]:
        if not self.is_bound:
            return list(self.block.options)
        data = self.data
        codes, words = data.getlist("option_code"), data.getlist("option_words")  # type: ignore[attr-defined]
        alone = set(data.getlist("option_alone"))  # type: ignore[attr-defined]
        known = {one.code for one in self.block.options}
        pairs = zip(codes[:MOST_OPTIONS], words, strict=False)
        return [blocks.Option(code, text, code in alone) for code, text in pairs if code in known]

    def _all_options(self) -> tuple[blocks.Option, ...]:
        lines = str(self.cleaned_data.get("more_options") or "").splitlines()
        added = [blocks.Option("", line) for line in lines]
        was = {one.code: one.words for one in self.block.options}
        found = blocks.tidy([*self.options, *added])[:MOST_OPTIONS]
        # Spare spaces of a document that came from elsewhere are nobody's change.
        same = {one.code for one in found if one.words == " ".join(was.get(one.code, "").split())}
        return tuple(replace(one, words=was[one.code]) if one.code in same else one for one in found)

    # --- conditions ---

    def _conditions(self) -> list[ConditionRow]:
        raw = self.item.get("enableWhen") or []
        read = phrases.sentences(self.item, self.document)
        if not self.is_bound:
            rows = [self._row(str(at), one) for at, one in enumerate(read)]
            return [*rows, ConditionRow()]
        data = self.data
        lists = [data.getlist(f"cond_{name}") for name in ("at", "question", "test", "value")]  # type: ignore[attr-defined]
        rows = []
        for at, question, test, value in list(zip(*lists, strict=False))[:MOST_CONDITIONS]:
            if at.isdigit() and int(at) < len(raw) and read[int(at)].kept and question:
                rows.append(self._row(at, read[int(at)]))
            elif question:
                rows.append(condition_row(self.document, question, at=at, test=test, value=value[:200]))
        return rows

    def _row(self, at: str, said: phrases.Sentence) -> ConditionRow:
        if said.kept:
            return ConditionRow(at=at, question=said.question, test=said.test, value=said.value, kept=said.words)
        return condition_row(self.document, said.question, at=at, test=said.test, value=said.value)

    @property
    def askable(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The questions a condition may name, by group: those that stand earlier."""
        found: dict[str, list[tuple[str, str]]] = {}
        for place in earlier(self.document, id_of(self.item)):
            if self.item in place.parents:
                continue
            group = phrases.name_of(place.parents[0]) if place.parents else "Without a group"
            found.setdefault(group, []).append((id_of(place.item), phrases.name_of(place.item)))
        return list(found.items())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        low, high = cleaned.get("lowest"), cleaned.get("highest")
        if low is not None and high is not None and low > high:
            self.add_error("highest", "This is below the lowest answer.")
        options = self._all_options()
        labels = [one.words.casefold() for one in options] if options != self.block.options else []
        twice = next((one for one in labels if labels.count(one) > 1), "")
        if twice:
            field = "more_options" if "more_options" in self.fields else None
            self.add_error(field, f"Two answers read the same: “{twice}”.")
        self._when = self._read_conditions()
        return cleaned

    def _read_conditions(self) -> list[Raw]:
        raw = self.item.get("enableWhen") or []
        before = {question for _, rows in self.askable for question, _ in rows}
        index = {id_of(place.item): place.item for place in _questions(self.document)}
        read = phrases.sentences(self.item, self.document)
        found = []
        for row in self.conditions:
            was = read[int(row.at)] if row.at.isdigit() and int(row.at) < len(read) else None
            if was is not None and (was.question, was.test, was.value) == (row.question, row.test, row.value):
                found.append(raw[int(row.at)])
                continue
            try:
                if row.question not in before:
                    raise phrases.NotACondition("Choose a question that stands earlier.")
                found.append(phrases.write(index[row.question], row.test, row.value))
            except phrases.NotACondition as error:
                row.error = str(error)
        if any(row.error for row in self.conditions):
            self.add_error(None, "A condition is not complete yet.")
        return found

    # --- writing ---

    def written(self, *, system: str) -> Raw:
        """The item as it should be; only after `is_valid()`."""
        given = self.cleaned_data
        names = [name for name in ("text", "help", "required", "repeats", "hidden", "max_length", "unit", "lowest",
                                   "highest") if name in self.fields]  # fmt: skip
        values = {name: given[name] for name in names}
        for name in ("text", "help"):
            if values.get(name) == tidy(getattr(self.block, name)):
                values.pop(name)
        block = replace(self.block, **values, options=self._all_options())
        if given.get("kind", self.block.kind) != self.block.kind:
            block = replace(block, kind=given["kind"])
            if not block.of.options:
                block = replace(block, options=())
            elif not block.options:
                block = replace(block, options=self.block.options)
        taken = {one.code for one in blocks.read(self.published).options} if self.published else set()
        made = blocks.write(self.item, block, system=system, taken_ids=ids(self.document), taken_codes=taken)
        return self._with_conditions(made)

    def _with_conditions(self, made: Raw) -> Raw:
        when = deepcopy(self._when)
        if when != (self.item.get("enableWhen") or []):
            if when:
                made["enableWhen"] = when
            else:
                made.pop("enableWhen", None)
                made.pop("enableBehavior", None)
        if len(when) > 1:
            wanted = self.cleaned_data.get("behavior") or "any"
            if wanted != self.item.get("enableBehavior"):
                made["enableBehavior"] = wanted
        return made


def _limit_field(type_: str, label: str, value: Any) -> forms.Field | None:
    if type_ == "integer":
        return forms.IntegerField(label=label, required=False, min_value=-(2**31), max_value=2**31 - 1)
    if type_ == "decimal":
        return forms.DecimalField(label=label, required=False, max_digits=15, decimal_places=6)
    if type_ == "date":
        whole = value is None or len(str(value)) == len("2026-03-31")
        widget = forms.DateInput(attrs={"type": "date"} if whole else {}, format="%Y-%m-%d")
        return DayField(label=label, required=False, widget=widget)
    return None


class DayField(forms.DateField):
    """A day, a month or a year, kept as FHIR writes it."""

    def clean(self, value: Any) -> Any:
        text = str(value or "").strip()
        if re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2]))?", text):
            return text
        day = super().clean(value)
        return day.isoformat() if day else None

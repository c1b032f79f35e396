"""Forms on the aftercare series: one line with its words in both languages, a new line, publishing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from clinic.forms.fields import LineField, NotesField
from conditions.regions import by_group
from treatments import drafting, line_words
from treatments.drafting import INSIDE
from treatments.forms.series_words import WordsForm
from treatments.line_words import UNITS, Names
from treatments.series import FARTHEST, OnlyIf, What

UNIT_CHOICES = [(name, name) for name in ("hours", "days", "minutes")]
A_DAY = UNITS["days"]
FARTHEST_MINUTES = int(FARTHEST.total_seconds() // 60)


def _ticks(label: str, choices: Any, words: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple, help_text=words
    )


class LineForm(forms.Form):
    """What one line is: when, for whom, under which circumstances. Its words are `parts`, a form a channel."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)
    what = forms.ChoiceField(widget=forms.HiddenInput, choices=[(each.value, each.words) for each in What])
    title = LineField(label="Title, for the clinic", max_length=60)
    on = forms.BooleanField(label="It is sent", required=False)

    def __init__(self, data: Any, *, row: Mapping[str, Any], parts: list[WordsForm], names: Names, **more: Any) -> None:
        super().__init__(data, **more)
        self.row, self.parts, self.names = dict(row), parts, names
        self.helper = FormHelper()
        self.helper.form_tag = False
        if self.is_inside:
            self.fields["tip"] = forms.ChoiceField(label="The tip of", choices=list(names.conditions.items()))
        else:
            self._add_times()
        if row["what"] == What.ADVICE:
            for code, words in names.avoid.items():
                self.fields[f"avoid_{code}"] = forms.IntegerField(
                    label=words, min_value=0, max_value=72, required=False, help_text="hours; 0 leaves it out"
                )
        self.fields["conditions"] = _ticks("Only for these conditions", list(names.conditions.items()))
        self.fields["techniques"] = _ticks("Only after this work", list(names.techniques.items()))
        groups = [(group.capitalize(), [(one.code, one.name) for one in found]) for group, found in by_group().items()]
        self.fields["areas"] = _ticks("Only after work on", groups)
        self.fields["only_if"] = _ticks("Only if, when it goes out", [(each.value, each.words) for each in OnlyIf])
        self.initial = self._initial() | dict(self.initial)

    @property
    def is_inside(self) -> bool:
        return bool(self.row.get("part_of"))

    @property
    def avoid_fields(self) -> list[forms.BoundField]:
        return [self[f"avoid_{code}"] for code in self.names.avoid if f"avoid_{code}" in self.fields]

    def _add_times(self) -> None:
        ahead = self.row.get("when", {}).get("from") == "next"
        for name, label in (
            ("amount", "Before the next visit" if ahead else "After the visit"),
            ("lasts", "Of use for"),
        ):
            self.fields[name] = forms.IntegerField(label=label, min_value=0, max_value=FARTHEST_MINUTES)
            unit = forms.ChoiceField(label=f"{label}: unit", choices=UNIT_CHOICES)
            unit.widget.attrs["class"] = "form-select"
            self.fields[f"{name}_unit"] = unit

    def _initial(self) -> dict[str, Any]:
        row = self.row
        found: dict[str, Any] = {"on": not row.get("off"), "tip": row.get("tip", ""), "title": row.get("title", "")}
        found |= {name: row.get(name, []) for name in ("conditions", "techniques", "areas", "only_if")}
        found |= {f"avoid_{code}": row.get("avoid", {}).get(code, 0) for code in self.names.avoid}
        found["amount"], found["amount_unit"] = line_words.amount(row.get("when", {}).get("minutes", 0))
        found["lasts"], found["lasts_unit"] = line_words.amount(row.get("lasts", 1440))
        return found | {"what": row["what"]}

    def is_valid(self) -> bool:
        words = [part.is_valid() for part in self.parts]  # first: the line asks whether any is sent
        return super().is_valid() and all(words)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, least in (("amount", 0), ("lasts", 60)):
            number, unit = cleaned.get(name), cleaned.get(f"{name}_unit")
            if number is None or unit not in UNITS:
                continue
            minutes = number * UNITS[unit]
            if minutes > FARTHEST_MINUTES:
                self.add_error(name, f"At most {FARTHEST.days} days.")
            elif minutes < least:
                self.add_error(name, "At least an hour.")
            cleaned[f"{name}_minutes"] = minutes
        if not self.is_inside and not any(part.is_used for part in self.parts):
            self.add_error(None, "Choose an e-mail, a text, or both. To send nothing, take the tick from “It is sent”.")
        return cleaned

    def written(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The row and its own words, as a document keeps them."""
        given, row = self.cleaned_data, dict(self.row)
        row["title"] = given["title"]
        _set(row, "off", not given["on"])
        for name in ("conditions", "techniques", "areas", "only_if"):
            _set(row, name, given[name])
        if self.is_inside:
            return row | {"tip": given["tip"]}, {}
        row["when"] = {"from": row.get("when", {}).get("from", "end"), "minutes": given["amount_minutes"]}
        _set(row, "lasts", given["lasts_minutes"] if "lasts" in row or given["lasts_minutes"] != A_DAY else 0)
        _set(row, "avoid", {code: given[f"avoid_{code}"] for code in self.names.avoid if given.get(f"avoid_{code}")})
        words: dict[str, Any] = {}
        for part in self.parts:
            name, own = part.written()
            _set(row, part.part, name)
            if own:
                words[drafting.own_name(row["key"], part.part)] = own
        return row, words

    def errors_of_parts(self) -> Iterator[tuple[str, str, str]]:
        """(id, label, words) of every fault in the words, for the summary on top."""
        for part in self.parts:
            for name, faults in part.errors.items():
                for fault in faults:
                    yield f"id_{part.prefix}-{name}", f"{part.title}, {part.fields[name].label}", str(fault)


def _set(row: dict[str, Any], name: str, value: Any) -> None:
    """An empty part is left out, so that a line which was only opened and saved stays as it was."""
    if value:
        row[name] = value
    else:
        row.pop(name, None)


class AddForm(forms.Form):
    """A new line: what it is, and what the clinic calls it."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)
    kind = forms.ChoiceField(
        label="A new line",
        choices=[(each.value, each.words) for each in What if each != What.WORDS]
        + [(INSIDE, "Tip inside the advice, after certain work")],
    )
    title = LineField(label="Title, for the clinic", max_length=60)


class PublishForm(forms.Form):
    """The word on what changed."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)
    note = NotesField(
        label="What changed, in a word", max_length=300, rows=2,
        help_text="Stands in the list of versions. Sessions closed before keep the version they had.",
    )  # fmt: skip

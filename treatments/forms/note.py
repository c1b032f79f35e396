"""The form of a session note: words, pain, areas, and a row for each technique."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from clinic.forms.fields import LineField, NotesField
from conditions.regions import regions
from conditions.techniques import Technique, techniques
from treatments.sessions import NoteContent

LONGEST_TEXT = 6000
MOST_MINUTES = 180
PAIN = [("", "—"), *((str(n), str(n)) for n in range(11))]


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One technique on the page: what is ticked, how firm, how long, and what stands against it."""

    technique: Technique
    on: bool
    pressure: str
    minutes: str
    error: str
    blocked: bool = False

    @property
    def code(self) -> str:
        return self.technique.code


def _pain(label: str) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=PAIN,
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Pain goes from 0 to 10."},
    )


def _words(label: str, rows: int = 3) -> NotesField:
    return NotesField(label=label, required=False, max_length=LONGEST_TEXT, rows=rows)


class NoteForm(forms.Form):
    """Everything a save carries. `content()` is what the verb takes."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    subjective = _words("What the client says")
    objective = _words("What you find")
    assessment = _words("What you make of it", 2)
    plan_next = _words("Plan for next time", 2)
    pain_before = _pain("Pain before")
    pain_after = _pain("Pain after")
    regions = forms.MultipleChoiceField(
        label="Areas worked on", required=False, widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "There is no such area on the chart."},
    )  # fmt: skip
    reaction = _words("Response during the session", 2)
    home_care = _words("Home care given", 2)
    reason = NotesField(label="Reason for going past a limit", required=False, max_length=500, rows=2)

    def __init__(self, *args: Any, work: list[dict[str, Any]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["regions"].choices = [(code, one.name) for code, one in regions().items()]  # type: ignore[attr-defined]
        self._kept = {row["technique"]: row for row in work or []}
        self.work: list[dict[str, Any]] = []
        self.work_errors: dict[str, str] = {}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for code in self._ticked():
            self.work.append(self._row(code))
        if self.work_errors:
            self.add_error(None, "Look at the techniques: " + " ".join(self.work_errors.values()))
        return cleaned

    def _ticked(self) -> list[str]:
        """Techniques in the order of the catalogue; a code nobody knows is an error, not a row."""
        posted = self.data.getlist("work") if hasattr(self.data, "getlist") else list(self.data.get("work", []))
        strange = [code for code in posted if code not in techniques()]
        if strange:
            self.work_errors["?"] = "One of them is not in the catalogue."
        return [code for code in techniques() if code in set(posted)]

    def _row(self, code: str) -> dict[str, Any]:
        known = techniques()[code]
        row: dict[str, Any] = {"technique": code, "pressure": None, "minutes": None, "regions": []}
        pressure = str(self.data.get(f"pressure-{code}", "")).strip()
        if pressure:
            if pressure not in {"1", "2", "3", "4", "5"}:
                self.work_errors[code] = f"{known.name}: pressure goes from 1 to 5."
            elif known.pressure_min is not None:
                row["pressure"] = int(pressure)
        minutes = str(self.data.get(f"minutes-{code}", "")).strip()
        if minutes:
            if not (minutes.isascii() and minutes.isdigit() and len(minutes) < 5 and 1 <= int(minutes) <= MOST_MINUTES):
                self.work_errors[code] = f"{known.name}: 1 to {MOST_MINUTES} minutes."
            else:
                row["minutes"] = int(minutes)
        return row

    def work_rows(self, *, first: list[str], blocked: set[str]) -> list[WorkRow]:
        """All techniques as rows, the plan's first."""
        order = dict.fromkeys([*(code for code in first if code in techniques()), *techniques()])
        return [self._shown(code, blocked) for code in order]

    def _shown(self, code: str, blocked: set[str]) -> WorkRow:
        if self.is_bound:
            posted = self.data.getlist("work") if hasattr(self.data, "getlist") else self.data.get("work", [])
            on, pressure, minutes = code in posted, self.data.get(f"pressure-{code}"), self.data.get(f"minutes-{code}")
        else:
            kept: Mapping[str, Any] = self._kept.get(code, {})
            on, pressure, minutes = bool(kept), kept.get("pressure"), kept.get("minutes")
        return WorkRow(
            technique=techniques()[code],
            on=on,
            pressure=str(pressure or ""),
            minutes=str(minutes or ""),
            error=self.work_errors.get(code, ""),
            blocked=code in blocked,
        )

    def content(self) -> NoteContent:
        """What was written, for `sessions.save_note`."""
        words = {name: self.cleaned_data[name] for name in ("subjective", "objective", "assessment", "plan_next")}
        more = {name: self.cleaned_data[name] for name in ("pain_before", "pain_after", "regions")}
        extra = {name: self.cleaned_data[name] for name in ("reaction", "home_care")}
        return NoteContent(**words, **more, **extra, work=self.work)


class AddendumForm(forms.Form):
    """A correction under a signed note."""

    text = NotesField(label="What is to be added", max_length=4000, rows=4)
    reason = LineField(label="Why", max_length=300, help_text="For example: seen on the X-ray that came later.")

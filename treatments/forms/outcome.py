"""A score entered by a therapist."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from conditions.measures import measures


def measure_choices() -> list[tuple[str, Any]]:
    """Our own scales first; of the others the clinic enters the score of a form it may use."""
    known = measures().values()
    return [
        ("", "Choose a measure"),
        ("Asked in our own words", [(each.code, each.name) for each in known if each.ours]),
        ("Score of a published form", [(each.code, each.name) for each in known if not each.ours]),
    ]


class OutcomeForm(forms.Form):
    """Which measure, how much, when."""

    measure = forms.ChoiceField(label="Measure", choices=measure_choices)
    value = forms.DecimalField(label="Value", max_digits=6, decimal_places=1)
    taken_on = forms.DateField(label="Taken on", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["taken_on"].initial = today

    def clean_taken_on(self) -> date:
        day: date = self.cleaned_data["taken_on"]
        if day > self.today:
            raise forms.ValidationError("This day is in the future.")
        if self.today.year - day.year > 20:
            raise forms.ValidationError("This day is more than 20 years ago.")
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        known, value = measures().get(data.get("measure", "")), data.get("value")
        if known and isinstance(value, Decimal) and not known.in_range(float(value)):
            self.add_error("value", f"{known.name} goes from {known.range_min:g} to {known.range_max:g}.")
        return data

"""The form of closed days."""

from __future__ import annotations

from typing import Any

from django import forms

from clinic.forms.fields import LineField


def _day(label: str, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


class ClosureForm(forms.Form):
    """From when to when, and what for. One day needs no last day."""

    first_day = _day("First closed day")
    last_day = _day("Last closed day", required=False, help_text="Empty for one day.")
    words = LineField(label="What for", max_length=80, required=False, help_text="Staff read this when they book.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["last_day"] = cleaned.get("last_day") or cleaned.get("first_day")
        return cleaned

"""Whom a preview of the series is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from conditions.models import Condition
from treatments.differences import LANGUAGE_NAMES
from treatments.models import Series


class PreviewForm(forms.Form):
    """A line, and the made-up client it is shown for."""

    line = forms.ChoiceField(label="Message")
    condition = forms.ChoiceField(label="Condition", required=False)
    language = forms.ChoiceField(label="Language", choices=list(LANGUAGE_NAMES.items()))
    first_visit = forms.BooleanField(label="After the first visit", required=False)
    home_plan = forms.BooleanField(label="A home programme was set", required=False)

    def __init__(self, *args: Any, version: Series, **more: Any) -> None:
        super().__init__(*args, **more)
        self.helper = FormHelper()
        self.helper.form_tag = False
        lines = [row for row in version.document["lines"] if not row.get("part_of")]
        self.fields["line"].choices = [(row["key"], row.get("title") or row["key"]) for row in lines]  # type: ignore[attr-defined]
        named = list(Condition.objects.values_list("slug", "name"))
        self.fields["condition"].choices = [("", "None: no plan"), *named]  # type: ignore[attr-defined]

    @classmethod
    def of(cls, version: Series, given: Mapping[str, Any]) -> PreviewForm:
        """Bound to what was asked; what was not asked is filled in: the first line, the first condition, English."""
        empty = cls(version=version)
        data = {name: given[name] for name in empty.fields if name in given}
        lines = empty.fields["line"].choices  # type: ignore[attr-defined]
        data.setdefault("line", lines[0][0] if lines else "")
        data.setdefault("language", "en")
        if "asked" not in given:
            data.setdefault("condition", empty.fields["condition"].choices[-1][0])  # type: ignore[attr-defined]
            data.setdefault("home_plan", "on")
        return cls(data, version=version)

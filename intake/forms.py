"""The forms: a screen of a questionnaire (`intake.engine.screenform`), the date of birth, the staff's small ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext

from intake.engine.fields import build
from intake.engine.questions import Choice, Question
from intake.engine.screenform import ScreenForm
from intake.engine.specs import Item

__all__ = ["BirthDateForm", "Choice", "FlagForm", "NoteForm", "Question", "ScreenForm"]


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
    def invalid_class(self) -> str:
        """How the three fields show that the date cannot be."""
        return " is-invalid" if self.errors else ""

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

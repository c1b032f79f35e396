"""Closing a task."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from clinic.models import User


class TaskDoneForm(forms.Form):
    """What came of it, in a line for the next who reads it."""

    resolution = forms.CharField(
        label="What came of it",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say what came of it."},
    )


class HandOverForm(forms.Form):
    """Which colleague calls instead."""

    to = forms.ChoiceField(label="Who calls instead", error_messages={"required": "Choose a colleague."})

    def __init__(self, *args: Any, colleagues: Iterable[tuple[User, bool]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(user.public_id): user for user, _ in colleagues}
        choices = [
            (str(user.public_id), f"{user.name}{' (not in today)' if is_away else ''}") for user, is_away in colleagues
        ]
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Choose"), *choices]

    @property
    def chosen(self) -> User:
        """The colleague; only after `is_valid()`."""
        return self.people[self.cleaned_data["to"]]

"""Closing a task."""

from __future__ import annotations

from django import forms


class TaskDoneForm(forms.Form):
    """What came of it, in a line for the next who reads it."""

    resolution = forms.CharField(
        label="What came of it",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say what came of it."},
    )

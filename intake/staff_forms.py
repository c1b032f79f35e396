"""Forms of the clinic’s own people: who signs a rule, why one is off."""

from __future__ import annotations

from django import forms


class SignForm(forms.Form):
    """Who answers for the chosen rules."""

    name = forms.CharField(
        label="Name of the clinician",
        max_length=120,
        error_messages={"required": "Please give the name of the clinician who signs."},
    )
    role = forms.CharField(
        label="Profession",
        max_length=120,
        help_text="For example licensed massage therapist, or physician.",
        error_messages={"required": "Please give the profession of the clinician who signs."},
    )


class OffForm(forms.Form):
    """Why a rule is not to fire."""

    reason = forms.CharField(
        label="Reason",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Stands beside the rule, with your name and the date.",
        error_messages={"required": "Please write the reason: it stands beside the rule wherever it is shown."},
    )

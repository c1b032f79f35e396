"""Forms of the clinic’s own people: who signs a rule, why one is off."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

from django import forms

from clinic.forms import ClientForm
from clinic.forms.fields import LineField, NameField, PhoneField
from intake import proposals
from intake.models import Proposal


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


class ProposalForm(forms.Form):
    """A proposed change, put right before it goes into the record: the same checks as on the record's own page."""

    def __init__(self, proposal: Proposal, *args: Any, **kwargs: Any) -> None:
        facts = proposals.facts_of(proposal)
        if born := facts.get("date_of_birth"):
            facts["date_of_birth"] = date.fromisoformat(str(born))
        super().__init__(*args, initial=facts, **kwargs)
        if proposals.is_person(proposal):
            self.fields["name"] = NameField(label="Name", max_length=120)
            self.fields["phone"] = PhoneField(label="Telephone", required=False)
            self.fields["relation"] = LineField(label="Relation or practice", max_length=80, required=False)
            return
        self.fields[proposal.field] = deepcopy(ClientForm.base_fields[proposal.field])
        self.fields[proposal.field].required = True

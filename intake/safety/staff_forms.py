"""Forms of the clinic’s own people: who signs a rule, why one is off."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any, cast

from django import forms
from django.http import QueryDict

from clinic.forms import ClientForm
from clinic.forms.fields import LineField, NameField, NotesField, PhoneField
from intake import proposals
from intake.models import AgreementTerms, Proposal
from intake.safety import noting


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


class SaidForm(forms.Form):
    """What a client said to somebody of the staff about an agreement."""

    signed_name = LineField(
        label="Name signed", max_length=120, required=False, help_text="When the client signed on paper or here."
    )
    reason = NotesField(
        label="What was said",
        max_length=300,
        rows=2,
        help_text="In the client’s words, with the day if it was not today. Nothing about health.",
        error_messages={"required": "Please write what the client said."},
    )


class TermsForm(forms.Form):
    """A new wording of an agreement."""

    requirement = forms.ChoiceField(label="May clients say no?", choices=AgreementTerms.Requirement.choices)
    frequency = forms.ChoiceField(label="How often it is asked", choices=AgreementTerms.Frequency.choices)
    text_en = NotesField(label="Words in English", max_length=4000, rows=4)
    text_es = NotesField(label="Words in Spanish", max_length=4000, rows=4)
    sign_again = forms.BooleanField(
        label="Everybody signs this wording again",
        required=False,
        help_text="Otherwise those who signed an earlier wording are asked when it runs out.",
    )
    change_note = LineField(label="What changed", max_length=300)
    seen = forms.IntegerField(min_value=0, max_value=32_000, widget=forms.HiddenInput)

    def move_to(self, number: int) -> None:
        """Keep what was typed, but stand on the wording as it is now: the next save is a decision."""
        typed = cast(QueryDict, self.data).copy()
        typed["seen"] = str(number)
        self.data = typed


class FactsForm(forms.Form):
    """What a therapist measured or noted."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for fact in noting.FACTS.values():
            self.fields[fact.name] = (
                forms.IntegerField(label=fact.label, min_value=0, max_value=fact.most, required=False)
                if fact.kind == "number"
                else forms.BooleanField(label=fact.label, required=False)
            )

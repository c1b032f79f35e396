"""Forms about the people who work here."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import Div
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from clinic.forms.clients import helper
from clinic.forms.fields import LineField, NameField, NotesField, PhoneField
from clinic.models import User
from clinic.people import ROLE_FIELDS
from clinic.permissions import Role

ROLE_CHOICES = [
    (Role.FRONT_DESK.value, "Front desk: clients, bookings, links; no health answers"),
    (Role.THERAPIST.value, "Therapist: charts, reviews, notes"),
    (Role.LEAD_THERAPIST.value, "Lead therapist: also the overrides that need a lead"),
    (Role.OWNER.value, "Owner: staff, settings, catalogue, audit; no clinical text"),
]


class RolesField(forms.MultipleChoiceField):
    """At least one role; only those there are."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label="Roles",
            choices=ROLE_CHOICES,
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": "Choose at least one role."},
            **kwargs,
        )


class StaffInviteForm(forms.Form):
    """Who is invited, and what they will do here."""

    name = NameField(label="Name", max_length=120)
    email = forms.EmailField(label="E-mail", max_length=254, help_text="The invitation goes there.")
    roles = RolesField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper(Div("name", "email", css_class="row"), "roles")

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class StaffForm(forms.Form):
    """Name, title, telephone and roles of somebody who works here. The password is theirs alone."""

    name = NameField(label="Name", max_length=120)
    credentials = LineField(
        label="Licence or title", max_length=60, required=False, help_text="Shown beside the name, for example LMT."
    )
    phone = PhoneField(label="Telephone", required=False, max_length=32)
    roles = RolesField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper("name", Div("credentials", "phone", css_class="row"), "roles")

    @staticmethod
    def initial_of(user: User) -> dict[str, Any]:
        held = [role.value for role, field in ROLE_FIELDS.items() if getattr(user, field)]
        return {"name": user.name, "credentials": user.credentials, "phone": user.phone, "roles": held}

    def facts(self) -> dict[str, Any]:
        facts = dict(self.cleaned_data)
        roles = facts.pop("roles")
        return {"facts": facts, "roles": roles}


class JoinForm(forms.Form):
    """What an invited person says: how they are called, and a password only they know."""

    name = NameField(label="Your name", max_length=120)
    password = forms.CharField(
        label="Password",
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 15 characters. A few words you can remember are better than signs you cannot.",
    )
    repeated = forms.CharField(
        label="Password again",
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        self.helper = helper("name", "password", "repeated")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        password = cleaned.get("password")
        if password:
            if "repeated" in cleaned and password != cleaned["repeated"]:
                self.add_error("repeated", "The two passwords are not the same.")
            try:
                validate_password(password, User(email=self.email, name=cleaned.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned

    def facts(self) -> dict[str, Any]:
        return {"name": self.cleaned_data["name"], "password": self.cleaned_data["password"]}


class EmergencyForm(forms.Form):
    """Why a record that is not one's own has to be opened now."""

    reason = NotesField(
        label="Why do you need this record now?",
        max_length=300,
        rows=3,
        help_text="The owner reads this. Say the occasion, nothing about the client’s health.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper("reason")

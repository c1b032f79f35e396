"""Forms about a client's contact data. Nothing here is about health."""

from __future__ import annotations

import uuid
from typing import Any, cast

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Fieldset, Layout
from django import forms
from django.http import QueryDict

from clinic import clients, whereabouts
from clinic.forms.fields import BirthDateField, LineField, NameField, NotesField, PhoneField
from clinic.models import Client, RelatedPerson
from clinic.models.settings import validate_time_zone


def helper(*layout: Any) -> FormHelper:
    """Markup without the form tag: templates write that, with their own address and buttons."""
    made = FormHelper()
    made.form_tag = False
    made.disable_csrf = True
    if layout:
        made.layout = Layout(*layout)
    return made


class ClientForm(forms.Form):
    """What the desk writes down about a person: to register them and to change it later.

    `facts()` are the keyword arguments of `clients.register`. `key` makes a second submit of the same page harmless.
    """

    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    first_name = NameField(label="First name", max_length=80)
    last_name = NameField(label="Last name", max_length=80)
    preferred_name = LineField(label="Preferred name and pronouns", max_length=80, required=False)
    date_of_birth = BirthDateField()
    mobile = PhoneField(label="Mobile", required=False)
    email = forms.EmailField(label="E-mail", max_length=254, required=False)
    language = forms.ChoiceField(label="Language", choices=Client.Language.choices, initial=Client.Language.ENGLISH)
    email_agreed = forms.BooleanField(label="Agrees to messages by e-mail", required=False)
    sms_agreed = forms.BooleanField(label="Agrees to messages by SMS", required=False)
    address = NotesField(label="Postal address", max_length=300, required=False, rows=3)
    access_needs = NotesField(
        label="Access needs", max_length=500, required=False, rows=2, help_text="Step-free, interpreter, large print."
    )
    desk_note = NotesField(
        label="Note for the desk", max_length=300, required=False, rows=2, help_text="Nothing about health."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4
        for name in ("first_name", "last_name", "preferred_name", "email"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        self.helper = helper(
            "key",
            Fieldset(
                "Who",
                Div("first_name", "last_name", css_class="row"),
                Div("date_of_birth", "preferred_name", css_class="row"),
            ),
            Fieldset(
                "How to reach them",
                Div("mobile", "email", css_class="row"),
                Div("sms_agreed", "email_agreed", css_class="row"),
                Field("language"),
                Field("address"),
            ),
            Fieldset("For the desk", Field("access_needs"), Field("desk_note")),
        )

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned["mobile"] and not cleaned["email"]:
            self.add_error("mobile", "Write a mobile number or an e-mail address: the form and reminders go there.")
        return cleaned

    def channels(self) -> frozenset[str]:
        """The channels agreed to on this form, of those there is an address for."""
        agreed = {"email": "email_agreed", "sms": "sms_agreed"}
        address = {"email": "email", "sms": "mobile"}
        return frozenset(
            channel for channel, box in agreed.items() if self.cleaned_data[box] and self.cleaned_data[address[channel]]
        )

    def facts(self) -> dict[str, Any]:
        """Cleaned contact data with `channels` and `key`: the arguments of `clients.register`."""
        facts = {name: value for name, value in self.cleaned_data.items() if name not in {"email_agreed", "sms_agreed"}}
        return facts | {"channels": self.channels()}


def _clock(label: str) -> forms.TimeField:
    return forms.TimeField(
        label=label, required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Write the time as 14:30."},
    )  # fmt: skip


class ClientEditForm(ClientForm):
    """The same for somebody who is here already; `revision` says which state of the record the page showed."""

    revision = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    quiet_from, quiet_until = _clock("No messages from"), _clock("until")
    time_zone = LineField(
        label="Time zone", max_length=64, required=False, validators=[validate_time_zone],
        help_text="Only for a client who lives elsewhere, such as America/New_York. Hours are theirs then.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["key"]
        self.helper.layout[0] = "revision"
        hours = Div("quiet_from", "quiet_until", css_class="row")
        self.helper.layout.fields.insert(-1, Fieldset("When to write to them", hours, "time_zone"))
        self.fields["quiet_from"].help_text = "On top of the clinic’s own quiet hours."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        start, end = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if (start is None) != (end is None):
            self.add_error("quiet_until", "Write both hours, or neither.")
        elif start is not None and end is not None and not whereabouts.leave_room(start, end):
            self.add_error("quiet_until", "With the clinic’s own quiet hours this leaves no time for any message.")
        return cleaned

    @staticmethod
    def initial_of(client: Client) -> dict[str, Any]:
        agreed = clients.channels_agreed(client)
        facts = {name: getattr(client, name) for name in clients.CONTACT_FIELDS}
        return facts | {
            "revision": client.revision,
            "email_agreed": "email" in agreed,
            "sms_agreed": "sms" in agreed,
        }

    def changes(self) -> dict[str, Any]:
        """Cleaned contact data, nothing else."""
        return {name: self.cleaned_data[name] for name in clients.CONTACT_FIELDS}

    def move_to(self, client: Client) -> None:
        """Keep what was typed, but stand on the record as it is now: the next save is a decision."""
        client.refresh_from_db()
        typed = cast(QueryDict, self.data).copy()
        typed["revision"] = str(client.revision)
        self.data = typed


class DuplicatesForm(forms.Form):
    """As much of a new client as has been typed so far; what cannot be read yet is left out."""

    first_name = LineField(max_length=80, required=False)
    last_name = LineField(max_length=80, required=False)
    date_of_birth = BirthDateField(required=False)
    mobile = PhoneField(required=False)
    email = forms.EmailField(max_length=254, required=False)

    def facts(self) -> dict[str, Any]:
        empty = {"date_of_birth": None}
        return {name: self.cleaned_data.get(name) or empty.get(name, "") for name in self.fields}


class RelatedPersonForm(forms.Form):
    """A guardian, emergency contact or physician of a client."""

    kind = forms.ChoiceField(label="Who is it", choices=RelatedPerson.Kind.choices)
    name = NameField(label="Name", max_length=120)
    relation = LineField(
        label="Relation or practice", max_length=80, required=False, help_text="Mother, partner, “Dr Mora, Oak Street”."
    )
    phone = PhoneField(label="Telephone", required=False)
    email = forms.EmailField(label="E-mail", max_length=254, required=False)
    may_be_contacted = forms.BooleanField(label="May be contacted", required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper(
            Div("kind", "name", css_class="row"),
            "relation",
            Div("phone", "email", css_class="row"),
            "may_be_contacted",
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        reachable = cleaned.get("phone") or cleaned.get("email")
        if not self.errors and cleaned.get("kind") != RelatedPerson.Kind.PHYSICIAN and not reachable:
            self.add_error("phone", "Write a telephone number or an e-mail address.")
        return cleaned

"""Forms of the owner: settings of the clinic, filters of the audit trail."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import Div, Fieldset
from django import forms

from clinic.clinic_settings import EDITABLE
from clinic.dates import parse_day
from clinic.forms.clients import helper
from clinic.forms.fields import LineField, NameField, NotesField, PhoneField
from clinic.models import Client, ClinicSettings, User
from clinic.models.settings import validate_time_zone

SPANISH = (
    "While this is empty, clients who read Spanish get the shipped translation of the shipped text, and of a text of "
    "your own the English."
)


def clock(label: str) -> forms.TimeField:
    """A time of day."""
    return forms.TimeField(label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


def _hours(label: str, words: str) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=336, help_text=words)


class ClinicSettingsForm(forms.Form):
    """Everything the owner may set; the fields are named one by one."""

    name = NameField(label="Name of the clinic", max_length=80)
    phone = PhoneField(label="Telephone", required=False, max_length=32)
    email = forms.EmailField(label="E-mail", required=False, max_length=254)
    address = NotesField(label="Address", required=False, max_length=300, rows=3)
    about = NotesField(label="About", required=False, max_length=600, help_text="A paragraph for the public home page.")
    country = LineField(label="Country", max_length=2, help_text="Two letters. Numbers without + belong there.")
    time_zone = LineField(label="Time zone", max_length=64, help_text="For example Europe/Vienna.")
    emergency_number = LineField(label="Emergency number", max_length=12)
    crisis_line = LineField(label="Crisis line", required=False, max_length=120)
    quiet_from, quiet_until = clock("No messages from"), clock("until")
    day_starts, day_ends = clock("The day starts"), clock("and ends")
    privacy_notice = NotesField(
        label="How health data are used", max_length=8000, rows=12,
        help_text="Clients read this where they agree to it. The words they agreed to are kept with their yes.",
    )  # fmt: skip
    privacy_notice_es = NotesField(
        label="How health data are used, in Spanish", required=False, max_length=8000, rows=12, help_text=SPANISH
    )
    cancellation_policy = NotesField(label="Cancellation policy", max_length=4000, rows=6)
    cancellation_policy_es = NotesField(
        label="Cancellation policy, in Spanish", required=False, max_length=4000, rows=6, help_text=SPANISH
    )
    accepts_new_clients = forms.BooleanField(label="The clinic takes new clients", required=False)
    require_mfa = forms.BooleanField(
        label="All staff need a second factor", required=False, help_text="An app on the phone, or a passkey."
    )
    own_clients_only = forms.BooleanField(
        label="Therapists open only their own clients’ records",
        required=False,
        help_text="Others open with a reason, for four hours, and you are told.",
    )

    forms_first = forms.BooleanField(
        label="Every form that is due must be done before treatment", required=False,
        help_text="The health history always must. A therapist may begin all the same, with a reason that is kept.",
    )  # fmt: skip
    remind_first = _hours("First reminder, hours before the visit", "While the form is open. 0 for none.")
    remind_second = _hours("Second reminder, hours before", "While it is still open. 0 for none.")
    remind_check = _hours("Reminder of the short check, hours before", "Its link comes with the day-before reminder.")
    tell_overdue_after = forms.IntegerField(
        label="Tell the lead about a call-back so many open hours after it was due", min_value=0, max_value=80,
        help_text="Lead therapists and owners get a message that one is overdue: whose and why stands under Tasks.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper(
            Fieldset("The clinic", "name", Div("phone", "email", css_class="row"), "address", "about"),
            Fieldset("Place and time", Div("country", "time_zone", css_class="row"),
                     Div("day_starts", "day_ends", css_class="row")),
            Fieldset("Messages and safety", Div("quiet_from", "quiet_until", css_class="row"),
                     Div("emergency_number", "crisis_line", css_class="row"), "tell_overdue_after"),
            Fieldset("Forms", Div("remind_first", "remind_second", "remind_check", css_class="row"), "forms_first"),
            Fieldset("What clients agree to", "privacy_notice", "privacy_notice_es",
                     "cancellation_policy", "cancellation_policy_es"),
            Fieldset("Access", "accepts_new_clients", "require_mfa", "own_clients_only"),
        )  # fmt: skip

    @staticmethod
    def initial_of(row: ClinicSettings) -> dict[str, Any]:
        return {name: getattr(row, name) for name in EDITABLE}

    def clean_country(self) -> str:
        country = str(self.cleaned_data["country"]).upper()
        if not (len(country) == 2 and country.isascii() and country.isalpha()):
            raise forms.ValidationError("Write the two letters of a country, for example US or AT.")
        return country

    def clean_time_zone(self) -> str:
        validate_time_zone(self.cleaned_data["time_zone"])
        return str(self.cleaned_data["time_zone"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("day_starts") and cleaned.get("day_ends") and cleaned["day_ends"] <= cleaned["day_starts"]:
            self.add_error("day_ends", "The day ends after it starts.")
        return cleaned


class DayField(LineField):
    """A day typed in one box; empty is none."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_day(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class AuditFilterForm(forms.Form):
    """What the owner looks for in the audit trail. Clients are named by their public id, never by name."""

    NOUNS = [
        ("", "Everything"),
        ("sign_in", "Sign-in"),
        ("client", "Client records"),
        ("consent", "Consents"),
        ("chart", "Charts"),
        ("intake", "Health history"),
        ("flag", "Flags"),
        ("plan", "Plans"),
        ("session", "Sessions"),
        ("note", "Notes"),
        ("message", "Messages"),
        ("outbox", "Rules for messages"),
        ("series", "Aftercare series"),
        ("staff", "Staff"),
        ("settings", "Settings"),
        ("emergency_access", "Emergency access"),
    ]

    person = forms.ModelChoiceField(
        User.objects.order_by("name"),
        to_field_name="public_id",
        required=False,
        label="Person",
        empty_label="Everybody",
    )
    noun = forms.ChoiceField(choices=NOUNS, required=False, label="Event")
    since = DayField(required=False, max_length=40, label="From")
    until = DayField(required=False, max_length=40, label="To")
    client = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].label_from_instance = lambda user: user.name  # type: ignore[attr-defined]
        self.helper = helper()

    def clean_client(self) -> Client | None:
        asked = self.cleaned_data["client"]
        return Client.objects.filter(public_id=asked).first() if asked else None

    def facts(self) -> dict[str, Any]:
        """The filters that could be read."""
        cleaned = getattr(self, "cleaned_data", {})
        return {name: value for name, value in cleaned.items() if value}

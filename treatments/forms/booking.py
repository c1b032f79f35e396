"""When and with whom: the form of a booking, alone or as the first visit of a new client."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Model

from clinic.forms.fields import LineField
from clinic.models import ClinicSettings, Service, User
from treatments import clock
from treatments.models import Plan
from treatments.schedule import LONGEST, SHORTEST

LENGTHS = (30, 45, 60, 75, 90)
_TIMES = ["%H:%M", "%H.%M", "%H%M", "%H:%M:%S"]


def therapists() -> Any:
    """Everybody who treats, by name."""
    return User.objects.filter(is_therapist=True, is_active=True)


class PublicIdField(forms.ModelChoiceField):
    """A row by public id: primary keys stay on the server."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, to_field_name="public_id", **kwargs)

    def to_python(self, value: Any) -> Any:
        # Django tells "not a UUID" from "not among the choices"; for a person it is the same.
        if value not in self.empty_values and not isinstance(value, Model):
            try:
                UUID(str(value))
            except ValueError:
                raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice") from None
        return super().to_python(value)


class TherapistField(PublicIdField):
    """Somebody who treats."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "Therapist")
        super().__init__(queryset=therapists(), empty_label=None, **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class SlotForm(forms.Form):
    """A therapist, a day, a length and a start. `starts_at` is the moment meant."""

    therapist = TherapistField()
    day = forms.DateField(
        label="Day",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[MinValueValidator(clock.FIRST_DAY), MaxValueValidator(clock.LAST_DAY)],
    )
    minutes = forms.IntegerField(
        label="Minutes",
        min_value=SHORTEST,
        max_value=LONGEST,
        widget=forms.NumberInput(attrs={"step": 5, "inputmode": "numeric"}),
    )
    slot = forms.CharField(required=False, max_length=5, widget=forms.HiddenInput)
    time = forms.TimeField(
        label="Time",
        required=False,
        input_formats=_TIMES,
        widget=forms.TimeInput(attrs={"type": "time", "step": 300}, format="%H:%M"),
        error_messages={"invalid": "Write the time as 14:30."},
    )
    room = LineField(label="Room", required=False, max_length=40)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        hour = cleaned.get("time") or _slot(cleaned.get("slot", ""))
        if hour is None and "time" not in self.errors:
            self.add_error("time", "Choose a free time or write one.")
        elif isinstance(cleaned.get("day"), date) and hour is not None:
            try:
                cleaned["starts_at"] = clock.at(cleaned["day"], hour, ClinicSettings.load().zone)
            except clock.NoSuchTime as error:
                self.add_error("time", str(error))
        return cleaned

    @property
    def starts_at(self) -> datetime:
        moment: datetime = self.cleaned_data["starts_at"]
        return moment


def _slot(text: str) -> time | None:
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - an hour of the day has no zone
    except ValueError:
        return None


class BookingForm(SlotForm):
    """A session for a client that exists; on a plan when one is active."""

    plan = PublicIdField(queryset=Plan.objects.none(), required=False, empty_label="Without a plan")
    service = PublicIdField(
        queryset=Service.objects.filter(is_active=True), required=False, empty_label="No particular service",
        help_text="A service may ask for a questionnaire of its own.",
    )  # fmt: skip
    field_order = ("therapist", "day", "minutes", "plan", "service", "slot", "time", "room")

    def __init__(self, *args: Any, plans: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].queryset = plans  # type: ignore[attr-defined]
        self.fields["plan"].label_from_instance = lambda plan: plan.title  # type: ignore[attr-defined]
        self.fields["service"].label_from_instance = lambda one: f"{one.name}, {one.minutes} minutes"  # type: ignore[attr-defined]


class FirstVisitForm(SlotForm):
    """The first session of a client who is being registered; left out while `book` is not ticked."""

    book = forms.BooleanField(label="Book the first session now", required=False)
    field_order = ("book", "therapist", "day", "time", "minutes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["slot"]
        for name in ("therapist", "day", "minutes"):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data.get("book"):
            self.errors.clear()
            return {"book": False}
        for name in ("therapist", "day", "minutes"):
            if not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, "Needed to book the first session.")
        return super().clean()


class CancelForm(forms.Form):
    """Why a session is given up. The desk reads it."""

    REASONS = (
        "Client asked",
        "Client is ill",
        "Therapist is away",
        "Moved to another time",
    )

    reason = LineField(
        label="Reason", max_length=200, help_text="The desk reads this: write nothing about health.",
        error_messages={"required": "Say why."},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].widget.attrs["list"] = "reasons"

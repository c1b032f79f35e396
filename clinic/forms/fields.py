"""Fields that several forms share: names, telephone numbers, birth dates, notes."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic import names, validators
from clinic.dates import check_birth_date, parse_day
from clinic.models import ClinicSettings


class LineField(forms.CharField):
    """One line of ordinary text, tidied; refuses line breaks and invisible characters."""

    default_validators = [validators.no_invisible, validators.one_line]

    def to_python(self, value: Any) -> str:
        text = str(value) if value not in self.empty_values else ""
        validators.one_line(text.strip())
        return validators.tidy(super().to_python(text) or "")


class NameField(LineField):
    """The name of a person, in any alphabet."""

    default_validators = [*LineField.default_validators, validators.has_a_letter]


class NotesField(forms.CharField):
    """Several lines of ordinary text."""

    default_validators = [validators.no_invisible]

    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        return validators.tidy(super().to_python(value) or "")


class PhoneField(LineField):
    """A telephone number of anywhere, kept as +E.164; without + it is read as one of the clinic's country."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if not text:
            return ""
        try:
            return names.to_e164(text, ClinicSettings.load().country)
        except ValueError as error:
            raise ValidationError(str(error), code="phone") from error


class BirthDateField(forms.CharField):
    """A birth date typed in one box, day before month; not in the future, not over 120 years ago."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "Date of birth")
        kwargs.setdefault("help_text", "Day, month, year: 4 5 1986 or 4 May 1986")
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return check_birth_date(parse_day(text), timezone.localdate(timezone=ClinicSettings.load().zone))
        except ValueError as error:
            raise ValidationError(str(error), code="birth_date") from error

    def prepare_value(self, value: Any) -> Any:
        # With the month as a word nobody has to guess which number is which.
        return f"{value.day} {value:%B %Y}" if isinstance(value, date) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(parse_day(data or "") != initial)
        except ValueError:
            return bool(data or initial)

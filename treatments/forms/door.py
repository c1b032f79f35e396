"""What somebody at the door says of themselves."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from intake.forms import BirthDateForm
from treatments.door import DIGITS


class DoorForm(BirthDateForm):
    """Date of birth and the last digits of the mobile number."""

    digits = forms.CharField(
        label=gettext_lazy("Last four digits of your mobile number"),
        max_length=20,
        error_messages={"required": gettext_lazy("Please answer this question.")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, today=today, **kwargs)
        self.fields["digits"].widget.attrs |= {"inputmode": "numeric", "autocomplete": "off"}

    def clean_digits(self) -> str:
        digits = "".join(each for each in self.cleaned_data["digits"] if each.isascii() and each.isdigit())
        if len(digits) < DIGITS:
            raise forms.ValidationError(gettext("Please give four digits."))
        return digits[-DIGITS:]

"""The form of a service."""

from __future__ import annotations

from django import forms

from clinic.forms.fields import LineField


class ServiceForm(forms.Form):
    """What a client books: its name and how long it usually takes."""

    name = LineField(label="Name", max_length=80, help_text="For example First visit, or Massage, one hour.")
    minutes = forms.IntegerField(label="Minutes", min_value=5, max_value=480)
    is_active = forms.BooleanField(label="Can be booked", required=False, initial=True)

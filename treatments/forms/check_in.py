"""What a client may answer after a session."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from treatments.check_ins import NothingSaid
from treatments.models import CheckIn

LONGEST_LINE = 500


class CheckInForm(forms.Form):
    """One tap is enough: how it is in words, or as a number."""

    feeling = forms.ChoiceField(
        label=gettext_lazy("Compared with before your visit, you feel"),
        choices=CheckIn.Feeling.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    score = forms.TypedChoiceField(
        choices=[(number, str(number)) for number in range(11)],
        widget=forms.RadioSelect,
        coerce=int,
        empty_value=None,
        required=False,
    )
    reaction = forms.TypedChoiceField(
        label=gettext_lazy("Did you have any reaction you did not expect?"),
        choices=[("no", gettext_lazy("No")), ("yes", gettext_lazy("Yes"))],
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
    )
    reaction_text = forms.CharField(
        label=gettext_lazy("Tell us in a few words, if you like"),
        max_length=LONGEST_LINE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, question: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["score"].label = question

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        untouched = "feeling" not in self.errors and "score" not in self.errors
        if untouched and not data.get("feeling") and data.get("score") is None:
            self.add_error("feeling", gettext(NothingSaid.words))
        return data

"""What a client may answer after a session, and what they may add to it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from treatments.check_ins import NothingSaid
from treatments.models import CheckIn

LONGEST_LINE = 500
FELT = gettext_lazy("Compared with before your visit, you feel")


class CheckInForm(forms.Form):
    """One tap is enough: how it is in words. The rest may come along, or later."""

    feeling = forms.ChoiceField(label=FELT, choices=CheckIn.Feeling.choices, widget=forms.RadioSelect, required=False)
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
            self.add_error("feeling", gettext("Tap how you feel."))
        return data


class AdditionForm(CheckInForm):
    """The same, after the answer: anything of it."""

    def __init__(self, *args: Any, question: str, **kwargs: Any) -> None:
        super().__init__(*args, question=question, **kwargs)
        self.fields["feeling"].label = gettext("Is it different now? You feel")

    def clean(self) -> dict[str, Any]:
        data = forms.Form.clean(self) or {}
        said = data.get("feeling") or data.get("reaction_text")
        if not self.errors and not said and data.get("score") is None and data.get("reaction") is None:
            self.add_error(None, gettext(NothingSaid.words))
        data["text"] = data.pop("reaction_text", "")
        return data

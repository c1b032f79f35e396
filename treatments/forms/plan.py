"""Forms on plans: propose, adjust, start, hold, end."""

from __future__ import annotations

import re
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Fieldset, Layout
from django import forms

from clinic.forms.fields import LineField, NotesField
from conditions.measures import measures
from conditions.models import Condition
from conditions.regions import by_group, regions
from conditions.techniques import pressure_scale, techniques
from treatments.models import Plan
from treatments.plans import GoalFacts, PlanFacts


class ProposeForm(forms.Form):
    """Which complaint the plan is for, and which of the catalogue's plans to begin with."""

    condition = forms.ModelChoiceField(
        queryset=Condition.objects.all(), to_field_name="slug", empty_label=None, widget=forms.RadioSelect,
        error_messages={"required": "Choose what the plan is for.", "invalid_choice": "This is not in the catalogue."},
    )  # fmt: skip
    variant = forms.CharField(required=False, max_length=80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["condition"].label_from_instance = lambda condition: condition.name  # type: ignore[attr-defined]


def _number(label: str, low: int, high: int) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"inputmode": "numeric"})
    return forms.IntegerField(label=label, min_value=low, max_value=high, widget=widget)


def _pressure(label: str) -> forms.TypedChoiceField:
    choices = [(level.level, f"{level.level} {level.plain}") for level in pressure_scale()]
    return forms.TypedChoiceField(label=label, choices=choices, coerce=int)


def _areas() -> list[Any]:
    return [
        (group.capitalize(), [(region.code, region.name) for region in found]) for group, found in by_group().items()
    ]


class PlanForm(forms.Form):
    """Everything of a plan that a therapist may change."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    title = LineField(label="Title", max_length=160)
    minutes = _number("Minutes a session", 10, 240)
    per_week = _number("Sessions a week", 1, 7)
    weeks = _number("Weeks", 1, 52)
    sessions = _number("Sessions", 1, 100)
    max_sessions = _number("At most", 1, 150)
    reassess_after = LineField(
        label="Reassess after session", max_length=60, required=False, help_text="Numbers, such as 4, 8"
    )
    pressure_min = _pressure("Lightest pressure")
    pressure_max = _pressure("Firmest pressure")
    techniques = forms.MultipleChoiceField(label="Techniques", required=False, widget=forms.CheckboxSelectMultiple)
    regions = forms.MultipleChoiceField(label="Areas worked on", required=False, widget=forms.CheckboxSelectMultiple)
    avoid_regions = forms.MultipleChoiceField(
        label="Areas to leave alone", required=False, widget=forms.CheckboxSelectMultiple
    )
    precondition = LineField(label="Before it starts", max_length=300, required=False)
    precondition_met = forms.BooleanField(label="This is the case", required=False)
    continue_if = LineField(label="Go on if", max_length=300, required=False)
    stop_if = LineField(label="Stop if", max_length=300, required=False)
    home_programme = NotesField(
        label="Home programme", max_length=3000, required=False, rows=5, help_text="One exercise or habit a line."
    )
    note = NotesField(label="Note for colleagues", max_length=3000, required=False)
    reason = NotesField(
        label="Reason for going past a limit", max_length=500, required=False, rows=2,
        help_text="Only needed where the plan goes past what the flags allow.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["techniques"].choices = [(code, one.name) for code, one in techniques().items()]  # type: ignore[attr-defined]
        self.fields["regions"].choices = self.fields["avoid_regions"].choices = _areas()  # type: ignore[attr-defined]

    def clean_reassess_after(self) -> list[int]:
        parts = [part for part in re.split(r"[\s,;]+", self.cleaned_data["reassess_after"]) if part]
        if any(not (part.isascii() and part.isdigit() and len(part) < 5 and 1 <= int(part) <= 150) for part in parts):
            raise forms.ValidationError("Write the numbers of sessions, for example 4, 8.")
        return sorted({int(part) for part in parts})

    def clean_home_programme(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["home_programme"].splitlines() if line.strip()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        low, high = cleaned.get("pressure_min"), cleaned.get("pressure_max")
        if low and high and low > high:
            self.add_error("pressure_max", "The firmest pressure is below the lightest.")
        sessions, most = cleaned.get("sessions"), cleaned.get("max_sessions")
        if sessions and most and most < sessions:
            self.add_error("max_sessions", "This is fewer than the sessions planned.")
        both = set(cleaned.get("regions", ())) & set(cleaned.get("avoid_regions", ()))
        if both:
            names = ", ".join(regions()[code].name for code in sorted(both))
            self.add_error("avoid_regions", f"Worked on and left alone at once: {names}.")
        return cleaned

    def facts(self) -> PlanFacts:
        left_out = {"revision", "reason"}
        return PlanFacts(**{name: value for name, value in self.cleaned_data.items() if name not in left_out})

    @classmethod
    def initial_of(cls, plan: Plan) -> dict[str, Any]:
        values = {name: getattr(plan, name) for name in cls.base_fields if name != "reason"}
        values["reassess_after"] = ", ".join(str(number) for number in plan.reassess_after)
        values["home_programme"] = "\n".join(plan.home_programme)
        return values


class GoalForm(forms.Form):
    """One goal: what is measured, from where, to where, by when."""

    measure = forms.ChoiceField(label="Measure", required=False)
    baseline = forms.DecimalField(label="Now", required=False, max_digits=6, decimal_places=1)
    target = forms.DecimalField(label="Target", required=False, max_digits=6, decimal_places=1)
    due_on = forms.DateField(
        label="By", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    description = LineField(label="In the client’s words", required=False, max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["measure"].choices = [("", "No goal"), *((code, one.name) for code, one in measures().items())]  # type: ignore[attr-defined]
        for name in ("baseline", "target"):
            self.fields[name].widget.attrs.update({"inputmode": "decimal", "step": "any"})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        known = measures().get(cleaned.get("measure", ""))
        for name in ("baseline", "target"):
            value = cleaned.get(name)
            if known is not None and value is not None and not known.in_range(float(value)):
                self.add_error(name, f"{known.name} goes from {known.range_min:g} to {known.range_max:g}.")
        return cleaned


class GoalFormSet(forms.BaseFormSet):
    """The goals of a plan, each measure once."""

    def clean(self) -> None:
        chosen = [form.cleaned_data.get("measure") for form in self.forms if form.is_valid()]
        named = [measure for measure in chosen if measure]
        if len(named) != len(set(named)):
            raise forms.ValidationError("Each measure can be a goal once.")

    def facts(self) -> list[GoalFacts]:
        return [GoalFacts(**form.cleaned_data) for form in self.forms if form.cleaned_data.get("measure")]


Goals = forms.formset_factory(GoalForm, formset=GoalFormSet, extra=1, max_num=6, validate_max=True)


class StartForm(forms.Form):
    """The last look before a plan begins."""

    precondition_met = forms.BooleanField(label="Yes, this is the case", required=False)


class HoldForm(forms.Form):
    reason = NotesField(label="Why it pauses", max_length=500, rows=2, error_messages={"required": "Say why."})


class EndForm(forms.Form):
    """How a plan ends."""

    state = forms.ChoiceField(
        label="The plan", choices=[("completed", "has done its work"), ("stopped", "is stopped early")],
        widget=forms.RadioSelect,
    )  # fmt: skip
    reason = NotesField(label="Why", max_length=1000, required=False, rows=3)
    cancel_booked = forms.BooleanField(label="Cancel the sessions still booked on it", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("state") == "stopped" and not cleaned.get("reason"):
            self.add_error("reason", "Say why it stops early.")
        return cleaned


def layout(*parts: Any) -> FormHelper:
    """Markup without the form tag."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(*parts)
    return helper


def plan_layout() -> FormHelper:
    """The plan's own fields, grouped the way a therapist thinks."""
    return layout(
        "revision",
        Fieldset(
            "Course",
            "title",
            Div("minutes", "per_week", "weeks", css_class="row"),
            Div("sessions", "max_sessions", "reassess_after", css_class="row"),
        ),
        Fieldset("Pressure", Div("pressure_min", "pressure_max", css_class="row")),
        Fieldset("Conditions", "precondition", "precondition_met", Div("continue_if", "stop_if", css_class="row")),
        Fieldset("For the client and colleagues", Field("home_programme"), Field("note")),
    )

"""The owner's form for one condition, in sections, and the small forms of its plan variants."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField, formset_factory
from django.http import QueryDict

from conditions import sources, warning_signs
from conditions.fields import CodeLinesField, KeyLinesField, LinesField, NumbersField, ProseField
from conditions.grades import grade
from conditions.measures import measures
from conditions.models import Condition
from conditions.regions import regions
from conditions.sections import PLAN, SECTIONS
from conditions.techniques import pressure_scale, techniques

if TYPE_CHECKING:
    BaseVariants = forms.BaseFormSet["VariantForm"]
else:
    BaseVariants = forms.BaseFormSet

MOST_VARIANTS = 6
TICKED = ("regions", "techniques", "red_flags", "questionnaire_groups", "outcomes_secondary")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form as the page shows it."""

    slug: str
    title: str
    help: str
    fields: list[BoundField]


def _ticks(choices: list[tuple[str, str]], **options: Any) -> forms.MultipleChoiceField:
    widget = forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
    return forms.MultipleChoiceField(choices=choices, widget=widget, required=False, **options)


def _pressure(**options: Any) -> forms.TypedChoiceField:
    choices = [(step.level, f"{step.level} {step.plain}") for step in pressure_scale()]
    return forms.TypedChoiceField(choices=choices, coerce=int, **options)


class DoseForm(forms.Form):
    """How long, how often and how many: the same rules for a plan and for its variants."""

    name = forms.CharField(max_length=120)
    minutes = forms.IntegerField(min_value=10, max_value=180, label="Minutes a session")
    per_week = forms.IntegerField(min_value=1, max_value=7, label="Sessions a week")
    weeks = forms.IntegerField(min_value=1, max_value=52)
    sessions = forms.IntegerField(min_value=1, max_value=60)
    reassess_after = NumbersField(label="Look again after session", help_text="Numbers with commas: 4, 8")
    basis = forms.CharField(max_length=80, help_text="What the dose rests on: trial, consensus, convention …")


def check_dose(form: forms.Form, *, prefix: str = "") -> None:
    """Puts an error beside the number that cannot be right."""
    sessions = form.cleaned_data.get(f"{prefix}sessions") or 0
    room = (form.cleaned_data.get(f"{prefix}per_week") or 0) * (form.cleaned_data.get(f"{prefix}weeks") or 0)
    looks = form.cleaned_data.get(f"{prefix}reassess_after") or [0]
    if room and sessions > room:
        form.add_error(f"{prefix}sessions", f"Only {room} sessions fit into these weeks.")
    if sessions and looks[-1] > sessions:
        form.add_error(f"{prefix}reassess_after", f"The plan ends after session {sessions}.")


class ConditionForm(forms.Form):
    """Everything the owner may change about one condition; only these fields are ever read."""

    seen_version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    name = forms.CharField(max_length=80)
    short = forms.CharField(max_length=160, label="In one line")
    order = forms.IntegerField(min_value=0, max_value=999, label="Place in the list")
    published = forms.BooleanField(required=False, label="Shown on the public pages")
    synonyms = LinesField(required=False, label="What clients call it", help_text="One a line. Search finds them all.")

    client_what = ProseField(rows=5, label="What it is")
    client_help = ProseField(rows=4, label="How massage may help")
    client_claim = ProseField(rows=2, required=False, label="What is often claimed")
    client_check = ProseField(rows=2, required=False, label="What can honestly be said about that")
    client_studies = ProseField(rows=5, required=False, label="What studies found, in plain words")
    client_before = ProseField(rows=2, required=False, label="What a client needs before the first session")

    icd10cm = CodeLinesField(required=False, label="ICD-10-CM", help_text="One a line: M54.2 Cervicalgia")
    icd10_who = CodeLinesField(required=False, label="ICD-10 (WHO)", help_text="One a line: M54.2 Cervicalgia")
    snomed_code = forms.CharField(max_length=18, required=False, label="SNOMED CT code")
    snomed_display = forms.CharField(max_length=160, required=False, label="SNOMED CT title")
    snomed_status = forms.CharField(max_length=160, required=False, label="How sure the SNOMED code is")
    coding_hint = ProseField(rows=2, required=False, label="Hint for coding")

    clinical_note = ProseField(rows=3, required=False, label="Note for therapists")
    seed_cause = ProseField(rows=2, required=False, label="Cause, as first claimed")
    seed_claim = ProseField(rows=2, required=False, label="How massage helps, as first claimed")
    regions = _ticks([(each.code, each.name) for each in regions().values()], label="Areas worked on")
    muscles = LinesField(required=False, help_text="One a line.")
    techniques = _ticks([(each.code, each.name) for each in techniques().values()])
    positioning = LinesField(required=False, help_text="One a line.")

    precautions = LinesField(required=False, help_text="One a line.")
    red_flags = _ticks(
        [(sign.code, f"{sign.title} ({sign.code})") for sign in warning_signs.warning_signs().values()],
        label="Red flags looked for",
    )
    questionnaire_groups = _ticks(list(warning_signs.question_groups().items()), label="Questions the health form adds")

    evidence_grade = forms.CharField(
        max_length=120, label="Grade", help_text="Begins with very low, low, moderate or high; more words may follow."
    )
    evidence_client_text = ProseField(rows=2, label="For clients, in a sentence or two")
    evidence_text = ProseField(rows=5, label="For clinicians")
    evidence_dose = ProseField(rows=2, required=False, label="Dose in the trials")
    evidence_sources = KeyLinesField(
        unknown=sources.unknown, called="a source of this catalogue", label="Sources", help_text="One key a line."
    )

    plan_name = forms.CharField(max_length=120, label="Name of the usual plan")
    plan_minutes = forms.IntegerField(min_value=10, max_value=180, label="Minutes a session")
    plan_per_week = forms.IntegerField(min_value=1, max_value=7, label="Sessions a week")
    plan_weeks = forms.IntegerField(min_value=1, max_value=52, label="Weeks")
    plan_sessions = forms.IntegerField(min_value=1, max_value=60, label="Sessions")
    plan_max_sessions = forms.IntegerField(min_value=1, max_value=60, label="Sessions at most")
    plan_reassess_after = NumbersField(label="Look again after session", help_text="Numbers with commas: 4, 8")
    plan_pressure_min = _pressure(label="Lightest pressure")
    plan_pressure_max = _pressure(label="Firmest pressure")
    plan_continue_if = ProseField(rows=2, max_length=400, label="Go on if")
    plan_stop_if = ProseField(rows=2, max_length=400, label="Stop if")
    plan_precondition = ProseField(rows=2, max_length=400, required=False, label="Before the plan may start")
    plan_basis = forms.CharField(max_length=80, label="What the dose rests on", help_text="trial, consensus …")

    self_care = LinesField(required=False, label="At home", help_text="One a line.")
    aftercare = LinesField(required=False, label="After a session", help_text="One a line.")
    aftercare_tip = ProseField(rows=2, max_length=400, required=False, label="Tip in the aftercare message")
    outcome_primary = forms.ChoiceField(label="Main measure")
    outcomes_secondary = _ticks([(each.code, each.name) for each in measures().values()], label="Other measures")

    therapist_signoff = forms.CharField(max_length=120, required=False, label="Signed off by (therapist)")
    physician_signoff = forms.CharField(max_length=120, required=False, label="Signed off by (physician)")
    note = forms.CharField(max_length=200, required=False, label="Why you changed it", help_text="Kept in the history.")

    def __init__(self, data: Any = None, *, condition: Condition) -> None:
        facts = {name: getattr(condition, name) for name in self.base_fields if hasattr(condition, name)}
        plan = {f"plan_{name}": value for name, value in condition.plan.items() if name != "pressure"}
        lightest, firmest = condition.plan.get("pressure") or (1, 3)
        plan |= {"plan_pressure_min": lightest, "plan_pressure_max": firmest}
        super().__init__(data, initial={**facts, **plan, "seen_version": condition.version})
        self.condition = condition
        main: forms.ChoiceField = self.fields["outcome_primary"]  # type: ignore[assignment]
        main.choices = [(each.code, each.name) for each in measures().values()]

    @property
    def sections(self) -> list[Section]:
        """The fields as the page shows them."""
        return [Section(slug, title, text, [self[name] for name in names]) for slug, title, text, names in SECTIONS]

    def clean_evidence_grade(self) -> str:
        wording: str = self.cleaned_data["evidence_grade"]
        if not grade(wording).level:
            raise ValidationError("Begin with very low, low, moderate or high.")
        return wording

    def clean(self) -> dict[str, Any]:
        check_dose(self, prefix="plan_")
        facts = self.cleaned_data
        sessions, most = facts.get("plan_sessions"), facts.get("plan_max_sessions")
        if sessions and most and most < sessions:
            self.add_error("plan_max_sessions", f"The plan itself has {sessions} sessions.")
        lightest, firmest = facts.get("plan_pressure_min"), facts.get("plan_pressure_max")
        if lightest and firmest and firmest < lightest:
            self.add_error("plan_pressure_max", "This is lighter than the lightest pressure.")
        if facts.get("outcome_primary") in facts.get("outcomes_secondary", ()):
            self.add_error("outcomes_secondary", "The main measure need not be ticked again here.")
        return facts

    def changes(self) -> dict[str, Any]:
        """What was entered, as columns of the condition."""
        facts = self.cleaned_data
        named = {name: facts[name] for name in facts if hasattr(self.condition, name)}
        for name in TICKED:
            named[name] = _in_kept_order(getattr(self.condition, name), facts[name])
        plan = {name: facts[f"plan_{name}"] for name in PLAN}
        plan["pressure"] = [facts["plan_pressure_min"], facts["plan_pressure_max"]]
        return {**named, "plan": {**self.condition.plan, **plan}}

    def look_again(self, version: int) -> None:
        """After a clash: the next press of Save is meant to replace what the other person wrote."""
        data = cast(QueryDict, self.data).copy()
        data["seen_version"] = str(version)
        self.data = data


class VariantForm(DoseForm):
    """A plan that differs from the usual one in these numbers."""

    def clean(self) -> dict[str, Any]:
        check_dose(self)
        return self.cleaned_data


class Variants(BaseVariants):
    """The variants of one condition's plan."""

    condition: Condition

    def values(self) -> list[dict[str, Any]]:
        """What was entered, in order; facts of a kept variant that have no field here stay."""
        kept = {variant["name"]: variant for variant in self.condition.plan_variants}
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        return [
            {**kept.get(row["name"], {}), **{name: value for name, value in row.items() if name != "DELETE"}}
            for row in rows
        ]


def variant_formset(data: Any, *, condition: Condition) -> Variants:
    """The variants' forms, with an empty one to add another."""
    made = formset_factory(
        VariantForm, formset=Variants, extra=1, can_delete=True, max_num=MOST_VARIANTS, validate_max=True
    )
    formset: Variants = made(data, initial=condition.plan_variants, prefix="variants")  # type: ignore[assignment]
    formset.condition = condition
    return formset


def _in_kept_order(before: list[str], ticked: list[str]) -> list[str]:
    """Ticks know no order: what was there keeps its place, what is new comes after."""
    return [code for code in before if code in ticked] + [code for code in ticked if code not in before]

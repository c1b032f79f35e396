"""The owner's form: every wrong input is named beside its field, an unchanged form is no change."""

import pytest

from conditions import loading
from conditions.forms import ConditionForm, variant_formset
from conditions.models import Condition
from conditions.tests.filled import filled

SHIPPED = {row["slug"]: row for row in loading.shipped()}


def condition(slug="back-pain"):
    return Condition(**SHIPPED[slug])


def forms(slug="back-pain", **changed):
    shown = condition(slug)
    posted = filled(shown, **changed)
    return ConditionForm(posted, condition=shown), variant_formset(posted, condition=shown)


WRONG = [
    ("name", "", "This field is required"),
    ("name", "x" * 81, "at most 80 characters"),
    ("name", "a\x00b", "Null characters are not allowed"),
    ("client_what", "a\x00b", "Null characters are not allowed"),
    ("synonyms", "a\x00b", "Null characters are not allowed"),
    ("synonyms", "sore\nsore", "Line 2 is there twice"),
    ("synonyms", "y" * 301, "Line 1 is longer than 300"),
    ("synonyms", "\n".join(map(str, range(61))), "61 lines; 60 at most"),
    ("icd10cm", "M54.2", "Line 1: write the code"),
    ("icd10cm", "M54.2 Neck\nnonsense here", "Line 2: write the code"),
    ("evidence_sources", "NG59\nNG99", "Line 2: “NG99” is not a source"),
    ("evidence_grade", "splendid", "Begin with very low, low, moderate or high"),
    ("regions", ["POST-NOSE-R"], "is not one of the available choices"),
    ("techniques", ["magic"], "is not one of the available choices"),
    ("red_flags", ["RF-NONE"], "is not one of the available choices"),
    ("outcome_primary", "none", "is not one of the available choices"),
    ("outcomes_secondary", ["rmdq"], "need not be ticked again"),
    ("plan_sessions", "11", "Only 10 sessions fit"),
    ("plan_sessions", "٣x", "Enter a whole number"),
    ("plan_max_sessions", "9", "The plan itself has 10 sessions"),
    ("plan_reassess_after", "4, 11", "The plan ends after session 10"),
    ("plan_reassess_after", "four", "Write whole numbers with commas"),
    ("plan_reassess_after", "0", "between 1 and 60"),
    ("plan_pressure_max", "1", "lighter than the lightest"),
    ("plan_pressure_max", "6", "is not one of the available choices"),
    ("plan_minutes", "999999999999999999999", "less than or equal to 180"),
    ("variants-0-sessions", "9", "Only 3 sessions fit"),
    ("variants-0-name", "", "This field is required"),
]


@pytest.mark.parametrize(("field", "value", "said"), WRONG)
def test_wrong_input_is_named_beside_its_field(field, value, said):
    form, variants = forms(**{field: value})
    if field.startswith("variants-"):
        assert form.is_valid()
        assert not variants.is_valid()
        assert said in str(variants.errors[0][field.split("-")[2]])
    else:
        assert said in str(form.errors[field])
        assert list(form.errors) == [field]


@pytest.mark.parametrize("slug", SHIPPED)
def test_form_sent_back_as_shown_is_no_change(slug):
    form, variants = forms(slug)
    assert form.is_valid() and variants.is_valid(), form.errors
    shown = condition(slug)
    assert {name: value for name, value in form.changes().items() if getattr(shown, name) != value} == {}
    assert variants.values() == shown.plan_variants


def test_seventh_variant_is_refused():
    more = {"variants-TOTAL_FORMS": "7"}
    for number in range(1, 7):
        facts = {"name": f"V{number}", "minutes": 30, "per_week": 1, "weeks": 4, "sessions": 4}
        facts |= {"reassess_after": "4", "basis": "convention"}
        more |= {f"variants-{number}-{name}": value for name, value in facts.items()}
    _, variants = forms(**more)
    assert not variants.is_valid()
    assert "at most 6 forms" in str(variants.non_form_errors())


def test_form_without_its_management_fields_is_refused_calmly():
    form = ConditionForm({}, condition=condition())
    variants = variant_formset({}, condition=condition())
    assert not form.is_valid()
    assert not variants.is_valid()


def test_codes_are_kept_in_capitals_and_numbers_in_order():
    form, _ = forms(icd10cm="m54.2   Neck  pain", plan_reassess_after="8,4, 8")
    assert form.is_valid(), form.errors
    assert form.changes()["icd10cm"] == [{"code": "M54.2", "display": "Neck pain"}]
    assert form.changes()["plan"]["reassess_after"] == [4, 8]

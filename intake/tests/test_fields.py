from datetime import date

import pytest
from django.core.exceptions import ValidationError

from intake.engine.fields import BUILDERS, DayMonthYear, build
from intake.engine.specs import ANSWERLESS, ITEM_TYPES, AnswerOption, Coding, Item

TODAY = date(2026, 11, 23)
OPTIONS = tuple(
    AnswerOption(Coding(code=code, display=code.title()), exclusive=code == "none") for code in ("a", "b", "none")
)


def item(kind, **more):
    return Item(link_id=more.pop("link_id", "x"), type=kind, text="?", **more)


def read(question, raw):
    return build(question, today=TODAY).clean(raw)


def test_every_type_that_carries_an_answer_has_a_builder():
    assert set(BUILDERS) == ITEM_TYPES - ANSWERLESS


@pytest.mark.parametrize(
    ("question", "raw", "value"),
    [
        (item("boolean"), "true", True),
        (item("boolean"), "false", False),
        (item("boolean"), None, None),
        (item("integer", min_value=0, max_value=10), "0", 0),
        (item("decimal"), "1,5", 1.5),
        (item("quantity"), "2", {"value": 2.0}),
        (item("string"), "  Ann ", "Ann"),
        (item("string"), "   ", None),
        (item("text"), "one\r\ntwo", "one\ntwo"),
        (item("string"), "Świątek 三 عبد", "Świątek 三 عبد"),
        (item("date"), ["4", "5", "1986"], "1986-05-04"),
        (item("date"), ["", "", ""], None),
        (item("choice", options=OPTIONS), "a", "a"),
        (item("choice", options=OPTIONS, repeats=True), ["a", "b"], ["a", "b"]),
        (item("choice", options=OPTIONS, repeats=True), ["none"], ["none"]),
        (item("choice", options=OPTIONS, repeats=True), [], None),
        (item("open-choice", options=OPTIONS), "own words", "own words"),
        (item("url"), "https://a.example", "https://a.example"),
        (item("time"), "9:30", "09:30:00"),
        (item("time"), "0930", "09:30:00"),
        (item("dateTime"), ["23", "11", "2026", "9:05", ""], "2026-11-23T09:05:00+00:00"),
        (item("dateTime"), ["23", "11", "2026", "9:05:07", "+02:00"], "2026-11-23T09:05:07+02:00"),
        (item("dateTime"), ["23", "11", "2026", "", ""], "2026-11-23"),
        (item("date", control="yearMonth"), ["5", "1986"], "1986-05"),
        (item("date", control="year"), "1986", "1986"),
        (
            item("quantity", units=(Coding("kg", "http://unitsofmeasure.org", "kilograms"),)),
            ["70,5", "kg"],
            {"value": 70.5, "unit": "kilograms", "system": "http://unitsofmeasure.org", "code": "kg"},
        ),
        (item("quantity"), ["5", "spoons"], {"value": 5.0, "unit": "spoons"}),
        (item("reference"), "Patient/1", {"reference": "Patient/1"}),
        (item("reference"), "Dr. Ann Example", {"display": "Dr. Ann Example"}),
        (item("choice", value_set="http://example.org/vs"), "Hives", {"display": "Hives"}),
        (item("string", repeats=True), ["one", " ", "two"], ["one", "two"]),
        (item("date", repeats=True), [["4", "5", "1986"], ["", "", ""]], ["1986-05-04"]),
        (item("open-choice", options=OPTIONS), {"codes": ["a"], "other": ""}, "a"),
        (item("open-choice", options=OPTIONS), {"codes": ["a"], "other": "mine"}, "mine"),
        (item("open-choice", options=OPTIONS, repeats=True), {"codes": ["a"], "other": "mine"}, ["a", "mine"]),
        (item("integer", options=(AnswerOption(1), AnswerOption(2))), "2", 2),
    ],
)
def test_posted_text_becomes_the_plain_value(question, raw, value):
    assert read(question, raw) == value


@pytest.mark.parametrize(
    ("question", "raw", "words"),
    [
        (item("boolean"), "maybe", "yes or no"),
        (item("integer", min_value=0, max_value=10), "11", "from 0 to 10"),
        (item("integer"), "3.5", "whole number"),
        (item("integer"), "9" * 40, "whole number"),
        (item("integer"), "٣", None),
        (item("decimal"), "NaN", "number"),
        (item("decimal"), "1e9999", "number"),
        (item("string", max_length=5), "sixsix", "5 characters"),
        (item("string"), "a\x00b", "cannot be stored"),
        (item("string"), "two\nlines", "cannot be stored"),
        (item("text"), "x" * 5000, "4000 characters"),
        (item("date"), ["30", "2", "1990"], "no such day"),
        (item("date"), ["1", "1", "90"], "four figures"),
        (item("date"), ["a", "1", "1990"], "in figures"),
        (item("date"), ["4", "", "1990"], "in figures"),
        (item("date"), ["4", "5", "1850"], "after"),
        (item("date", link_id="about.dob"), ["24", "11", "2026"], "future"),
        (item("choice", options=OPTIONS), "z", "one of the answers"),
        (item("choice", options=OPTIONS, repeats=True), ["a", "z"], "one of the answers"),
        (item("choice", options=OPTIONS, repeats=True), ["none", "a"], "cannot be chosen together"),
        (item("choice", options=OPTIONS, repeats=True), ["a", "a"], "twice"),
        (item("time"), "25:00", "like this: 14:30"),
        (item("dateTime"), "soon", "date and time"),
        (item("string", required=True), " ", "answer this question"),
        (item("choice", options=OPTIONS, required=True, repeats=True), [], "answer this question"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_reason(question, raw, words):
    if words is None:  # digits of other scripts are digits all the same
        assert read(question, raw) == 3
        return
    with pytest.raises(ValidationError, match=words):
        read(question, raw)


def test_date_widget_splits_an_iso_date_into_what_people_type():
    widget = DayMonthYear()
    assert widget.decompress("1986-05-04") == ["4", "5", "1986"]
    assert widget.decompress(None) == ["", "", ""]
    data = {"x_day": "4", "x_month": "5", "x_year": "1986"}
    assert widget.value_from_datadict(data, {}, "x") == ["4", "5", "1986"]


@pytest.mark.parametrize("text", ["Ann\u202erehcrA", "\u2066Ann"])
def test_text_that_turns_the_line_round_is_refused(text):
    with pytest.raises(ValidationError, match="cannot be stored"):
        read(item("string"), text)

import json
from datetime import date

import pytest
from django.http import QueryDict

from intake.engine.screenform import ScreenForm
from intake.engine.specs import parse

TODAY = date(2026, 11, 23)
EXT = "http://hl7.org/fhir/StructureDefinition/"


def control(code):
    return {"url": EXT + "questionnaire-itemControl", "valueCodeableConcept": {"coding": [{"code": code}]}}


def note(link_id, code, text):
    return {"linkId": link_id, "type": "display", "text": text, "extension": [control(code)]}


def coded(*codes):
    return [{"valueCoding": {"code": code, "display": code.title()}} for code in codes]


CHOICE = {"linkId": "a", "type": "choice", "answerOption": coded("x", "y")}
HIDDEN = {"url": EXT + "questionnaire-hidden", "valueBoolean": True}
IF_A = {"question": "a", "operator": "exists", "answerBoolean": True}
MEDICINE = {
    "linkId": "medicine", "type": "group", "text": "Medicine", "repeats": True, "item": [
        {"linkId": "name", "type": "string", "text": "Name", "required": True},
        {"linkId": "often", "type": "choice", "text": "How often?", "answerOption": coded("daily", "other")},
        {"linkId": "often.else", "type": "string", "text": "Which?", "enableWhen": [
            {"question": "often", "operator": "=", "answerCoding": {"code": "other"}}]},
    ],
}  # fmt: skip


def spec(*items):
    return parse({"resourceType": "Questionnaire", "status": "draft", "item": [
        {"linkId": "page", "type": "group", "text": "Page", "item": list(items)}]})  # fmt: skip


def form(questionnaire, answers=None, posted=None):
    data = None
    if posted is not None:
        data = QueryDict(mutable=True)
        for name, value in posted.items():
            data.setlist(name, value if isinstance(value, list) else [value])
    group = questionnaire.items[0]
    made = ScreenForm(questionnaire, group, answers=answers or {}, today=TODAY, country="US", data=data)
    if data is not None:
        made.is_valid()
    return made


def test_group_that_repeats_is_drawn_once_for_each_instance():
    made = form(spec(MEDICINE), {"name": "A", "name#1": "B", "medicine": 3})
    group = made.tree()[0]
    assert [one.address for one in group.instances] == ["medicine", "medicine#1", "medicine#2"]
    assert [one.children[0].value for one in group.instances] == ["A", "B", ""]
    assert group.add == "medicine" and all(one.can_go for one in group.instances)


def test_conditions_inside_an_instance_look_at_that_instance():
    made = form(spec(MEDICINE), {"often#1": "other", "medicine": 2})
    first, second = (one.children[2] for one in made.tree()[0].instances)
    assert (first.asked, second.asked) == (False, True)
    assert json.loads(second.when)["tests"] == [{"q": "often#1", "op": "=", "v": "other"}]


def test_answers_are_read_by_address_and_missing_ones_named_by_it():
    made = form(spec(MEDICINE), {"medicine": 2}, {"asked": ["name", "name#1"], "name": "A", "name#1": ""})
    assert made.changes() == {"name": "A"}
    assert made.reasons() == {"name#1": ["required"]}


def test_help_and_the_ends_of_a_slider_belong_to_their_question():
    slider = {
        "linkId": "pain", "type": "integer", "text": "Pain?", "extension": [control("slider"),
            {"url": EXT + "minValue", "valueInteger": 1}, {"url": EXT + "maxValue", "valueInteger": 5},
            {"url": EXT + "questionnaire-sliderStepValue", "valueInteger": 2}],
        "item": [note("l", "lower", "none"), note("u", "upper", "worst"), note("h", "help", "Mostly.")],
    }  # fmt: skip
    (question,) = form(spec(slider)).tree()
    assert (question.kind, question.lower, question.upper, question.help) == (
        "slider",
        "none",
        "worst",
        "Mostly.",
    )
    assert (question.minimum, question.maximum, question.step) == ("1", "5", "2")


def test_two_values_for_one_answer_are_refused():
    questionnaire = spec(
        {"linkId": "a", "type": "choice", "answerOption": coded("x", "y")}, {"linkId": "b", "type": "string"}
    )
    made = form(questionnaire, posted={"asked": ["a", "b"], "a": ["x", "y"], "b": ["1", "2"]})
    assert made.reasons() == {"a": ["repeats"], "b": ["repeats"]}
    days = {"asked": ["d"], "d_day": ["1", "2"], "d_month": ["3", "4"], "d_year": ["1999", "2000"]}
    assert form(spec({"linkId": "d", "type": "date"}), posted=days).reasons() == {"d": ["repeats"]}


def test_read_only_and_hidden_questions_take_nothing():
    hidden = {
        "linkId": "h",
        "type": "string",
        "extension": [HIDDEN],
    }
    fixed = {"linkId": "r", "type": "boolean", "text": "Known", "readOnly": True}
    made = form(spec(hidden, fixed), {"r": True}, {"asked": ["h", "r"], "h": "x", "r": "false"})
    assert made.changes() == {}
    assert [(one.kind, one.value) for one in made.questions()] == [("fixed", "Yes")]


def test_open_choice_keeps_words_of_ones_own():
    question = {"linkId": "o", "type": "open-choice", "repeats": True, "answerOption": coded("x", "y")}
    made = form(spec(question), posted={"asked": ["o"], "o": ["x"], "o_other": "mine"})
    assert made.changes() == {"o": ["x", "mine"]}
    drawn = form(spec(question), {"o": ["x", "mine"]}).tree()[0]
    assert [one.chosen for one in drawn.choices] == [True, False]
    assert (drawn.other.name, drawn.other.value) == ("o_other", "mine")


@pytest.mark.parametrize(
    ("code", "number", "kind"),
    [("drop-down", 6, "dropdown"), ("autocomplete", 3, "autocomplete"), ("radio-button", 20, "choice")],
)
def test_item_control_decides_how_options_are_shown(code, number, kind):
    options = coded(*(f"c{at}" for at in range(number)))
    question = {"linkId": "q", "type": "choice", "answerOption": options, "extension": [control(code)]}
    assert form(spec(question)).tree()[0].kind == kind


def test_text_too_long_still_opens_the_question_behind_it():
    long = {"linkId": "a", "type": "string", "maxLength": 3}
    behind = {
        "linkId": "b",
        "type": "string",
        "enableWhen": [IF_A],
    }
    made = form(spec(long, behind), posted={"asked": ["a"], "a": "four"})
    assert made.reasons() == {"a": ["maxLength"]}
    assert made.follow_ups == ["b"]


def test_typed_answers_that_repeat_have_a_blank_row_more():
    question = {"linkId": "a", "type": "string", "repeats": True}
    made = form(spec(question), {"a": ["x", "y"]}).tree()[0]
    assert (made.many, made.rows) == (True, ["x", "y", ""])


def test_several_ticks_are_several_answers():
    question = {"linkId": "a", "type": "choice", "repeats": True, "answerOption": coded("x", "y", "z")}
    made = form(spec(question), posted={"asked": ["a"], "a": ["x", "z"]})
    assert made.changes() == {"a": ["x", "z"]}

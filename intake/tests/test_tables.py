"""Groups that say they are tables: rows and columns where their questions fit, else drawn as any other group."""

import re
from datetime import date

import pytest
from django.utils.html import strip_tags

from intake.engine.prepared import Drawer
from intake.engine.screenform import ScreenForm
from intake.engine.specs import parse

OPTIONS = [{"valueCoding": {"code": code, "display": code.title()}} for code in ("never", "often", "always")]
NAME = {"linkId": "name", "type": "string", "text": "Name", "required": True}
DAILY = {"linkId": "daily", "type": "boolean", "text": "Every day?"}
WHY = {"linkId": "why", "type": "string", "text": "What for?",
       "enableWhen": [{"question": "daily", "operator": "=", "answerBoolean": True}]}  # fmt: skip
SLEEP = {"linkId": "sleep", "type": "choice", "text": "Trouble sleeping", "answerOption": OPTIONS}
PAIN = {"linkId": "pain", "type": "choice", "text": "Pain at night", "answerOption": OPTIONS}


def control(code):
    coding = {"system": "http://hl7.org/fhir/questionnaire-item-control", "code": code}
    url = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"
    return [{"url": url, "valueCodeableConcept": {"coding": [coding]}}]


def drawn(code, items, answers=(), **more):
    group = {"linkId": "group", "type": "group", "text": "Medicine", "extension": control(code), "item": items, **more}
    page = {"linkId": "page", "type": "group", "text": "Page", "item": [group]}
    spec = parse({"resourceType": "Questionnaire", "status": "draft", "item": [page]})
    form = ScreenForm(spec, spec.items[0], answers=dict(answers), today=date(2026, 11, 23), country="US")
    return Drawer(spec).draw(form.tree())


def test_group_that_repeats_is_a_row_each_time_it_is_there():
    two = {"group": 2, "name": "A", "name#1": "B", "daily#1": True}
    html = drawn("gtable", [NAME, DAILY, WHY], two, repeats=True)
    head, *rows = html[html.index("<table") : html.index("</table>")].split("<tr>")[1:]
    heads = [" ".join(strip_tags(one).split()) for one in re.findall(r'<th scope="col">.*?</th>', head, re.DOTALL)]
    assert heads == ["Medicine", "Name", "Every day? optional", "What for? optional", "Remove"]
    assert [re.findall(r'<td>\s*<fieldset[^>]* data-question="([^"]+)"', row) for row in rows] == [
        ["name", "daily", "why"],
        ["name#1", "daily#1", "why#1"],
    ]
    assert [re.findall(r'value="(remove:[^"]+)"', row) for row in rows] == [["remove:group"], ["remove:group#1"]]
    assert [row.count('<th scope="row"') for row in rows] == [1, 1]


def test_every_question_keeps_its_own_name_in_the_table():
    html = drawn("gtable", [NAME, DAILY], {"group": 2}, repeats=True)
    assert html.count('<label class="form-label" for="q-name') == 2
    assert html.count("Every day?") == 3  # once over the column, once in each row


def test_questions_with_the_same_answers_stand_under_them():
    html = drawn("table", [SLEEP, PAIN], {"pain": "often"})
    head = html[html.index("matrix-head") : html.index("<fieldset")]
    assert [one for one in ("Never", "Often", "Always") if f"<span>{one}</span>" in head] == [
        "Never",
        "Often",
        "Always",
    ]
    assert html.count("<fieldset") == html.count("<legend") == 2
    assert html.count(" checked") == 1


@pytest.mark.parametrize(
    ("items", "more"),
    [
        ([SLEEP, DAILY], {}),
        ([SLEEP, {**PAIN, "answerOption": OPTIONS[:2]}], {}),
        ([NAME], {"repeats": True}),
        ([NAME, {**PAIN, "item": [WHY | {"enableWhen": []}]}], {"repeats": True}),
        ([NAME, {"linkId": "photo", "type": "attachment", "text": "Photo"}], {"repeats": True}),
    ],
    ids=["other questions", "other answers", "one column", "questions below questions", "files"],
)
def test_what_does_not_fit_a_table_stands_one_below_the_other(items, more):
    html = drawn("table", items, **more)
    assert "<table" not in html and "answer-matrix" not in html
    assert all(one["text"] in html for one in items)


def test_group_that_does_not_say_so_is_no_table():
    assert "<table" not in drawn("list", [NAME, DAILY], repeats=True)

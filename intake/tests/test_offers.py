"""Options that are offered only with certain other answers: the server refuses what the page does not show."""

from datetime import date

import pytest
from django.http import QueryDict

from intake.engine.completeness import findings, problems
from intake.engine.screenform import ScreenForm
from intake.engine.specs import parse

TODAY = date(2026, 11, 23)
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"


def coded(code):
    return {"valueCoding": {"system": "urn:x", "code": code, "display": code.title()}}


@pytest.fixture(params=[False, True])
def spec(request):
    """Whether it hurts; and where, with "back" only for whom it hurts."""
    words = "%resource.item.item.where(linkId='hurts').answer.value = true"
    toggle = [
        {"url": "option", **coded("back")},
        {"url": "expression", "valueExpression": {"language": "text/fhirpath", "expression": words}},
    ]
    where = {
        "linkId": "where", "type": "choice", "text": "Where?", "answerOption": [coded("back"), coded("arm")],
        "repeats": request.param, "extension": [{"url": SDC + "sdc-questionnaire-answerOptionsToggleExpression",
                                                 "extension": toggle}],
    }  # fmt: skip
    items = [{"linkId": "hurts", "type": "boolean", "text": "Does it hurt?"}, where]
    group = {"linkId": "page", "type": "group", "text": "Page", "item": items}
    return parse({"resourceType": "Questionnaire", "status": "draft", "item": [group]})


def posted(spec, answers, **fields):
    data = QueryDict(mutable=True)
    data.setlist("asked", list(fields))
    data.update(fields)
    form = ScreenForm(spec, spec.items[0], answers=answers, today=TODAY, country="US", data=data)
    form.is_valid()
    return form


def test_option_that_is_switched_off_is_refused_and_the_rest_kept(spec):
    form = posted(spec, {}, hurts="false", where="back")
    assert form.reasons() == {"where": ["option"]} and form.changes() == {"hurts": False}


def test_option_that_is_offered_is_taken(spec):
    back = ["back"] if spec.index["where"].repeats else "back"
    assert posted(spec, {}, hurts="true", where="back").changes() == {"hurts": True, "where": back}
    assert posted(spec, {"hurts": True}, where="back").changes() == {"where": back}


def test_form_is_not_sent_with_an_option_that_is_no_longer_offered(spec):
    back = ["back"] if spec.index["where"].repeats else "back"
    answers = {"hurts": False, "where": back}
    assert findings(spec, answers, today=TODAY) == {"where": ["option"]}
    assert set(problems(spec, answers, today=TODAY)) == {"where"}
    assert findings(spec, {"hurts": True, "where": back}, today=TODAY) == {}

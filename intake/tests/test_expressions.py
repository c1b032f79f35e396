from datetime import date

import pytest

from intake.engine.completeness import findings, problems
from intake.engine.enablement import enabled, state_of
from intake.engine.initial import initial_answers
from intake.engine.specs import parse
from intake.engine.specs.extensions import CORE, SDC
from intake.engine.validation import Unfit, check

TODAY = date(2026, 11, 23)


def fhirpath(url, text, **more):
    return {"url": url, "valueExpression": {"language": "text/fhirpath", "expression": text, **more}}


def variable(name, text):
    return fhirpath(CORE + "variable", text, name=name)


def calculated(text):
    return fhirpath(SDC + "calculatedExpression", text)


def asked_if(text):
    return fhirpath(SDC + "enableWhenExpression", text)


def spec(*items, extension=()):
    document = {"resourceType": "Questionnaire", "status": "draft", "item": list(items)}
    return parse(document | ({"extension": list(extension)} if extension else {}))


def number(link_id, *extension, **more):
    return {"linkId": link_id, "type": "integer", "extension": list(extension), **more}


A, B = "%resource.item.where(linkId='a').answer.value", "%resource.item.where(linkId='b').answer.value"


def test_result_follows_the_answers_it_is_worked_out_from():
    form = spec(number("a"), number("b"), number("sum", variable("x", A), calculated(f"%x + {B}"), readOnly=True))
    assert state_of(form, {"a": 2, "b": 3}).answers["sum"] == 5
    assert state_of(form, {"a": 2, "b": 3, "sum": 99}).answers["sum"] == 5
    assert "sum" not in state_of(form, {"a": 2}).answers


def test_result_in_a_question_that_can_be_changed_is_a_proposal():
    form = spec(number("a"), number("b", calculated(f"{A} * 2")))
    assert state_of(form, {"a": 2}).answers["b"] == 4
    assert state_of(form, {"a": 2, "b": 5}).answers["b"] == 5


def test_results_may_need_other_results_and_decide_what_is_asked():
    form = spec(
        number("a"),
        number("b", calculated(f"{A} + 1"), readOnly=True),
        number("c", calculated(f"{B} + 1"), readOnly=True),
        {"linkId": "d", "type": "string", "enableWhen": [{"question": "c", "operator": ">", "answerInteger": 5}]},
    )
    assert "d" in enabled(form, {"a": 4}) and "d" not in enabled(form, {"a": 3})


def test_expression_decides_what_is_asked_in_each_instance():
    inner = {"linkId": "other", "type": "string", "extension": [asked_if("%context.answer.exists() or %n > 1")]}
    group = {"linkId": "g", "type": "group", "repeats": True, "item": [number("n"), inner]}
    group["extension"] = [variable("n", "item.where(linkId='n').answer.value")]
    on = enabled(spec(group), {"n": 1, "n#1": 2})
    assert "other#1" in on and "other" not in on


@pytest.mark.parametrize("text", ["1 +", "%nobody.knows", "('a' | 'b') + 1", "%a"])
def test_question_behind_a_broken_expression_is_asked(text):
    form = spec(number("q", asked_if(text)), extension=[variable("a", "%b"), variable("b", "%a")])
    assert "q" in enabled(form, {})


def test_circle_of_results_ends():
    form = spec(number("a", calculated(f"{B} + 1"), readOnly=True), number("b", calculated(f"{A} + 1"), readOnly=True))
    assert enabled(form, {"a": 1, "b": 1}) == {"a", "b"}
    on_off = spec(
        {"linkId": "a", "type": "boolean", "extension": [asked_if("%resource.item.where(linkId='b').answer.empty()")]},
        {"linkId": "b", "type": "boolean", "extension": [asked_if("%resource.item.where(linkId='a').answer.empty()")]},
    )
    assert enabled(on_off, {"a": True, "b": True}) == {"a", "b"}


def test_rule_that_is_broken_is_told_where_it_stands():
    parts = [
        {"url": "key", "valueId": "k"},
        {"url": "severity", "valueCode": "error"},
        {"url": "expression", "valueString": f"{A} < {B}"},
        {"url": "human", "valueString": "The second must be more."},
    ]
    rule = {"url": CORE + "questionnaire-constraint", "extension": parts}
    form = spec(number("a"), number("b", rule))
    assert findings(form, {"a": 3, "b": 2}, today=TODAY) == {"b": ["constraint"]}
    assert problems(form, {"a": 3, "b": 2}, today=TODAY) == {"b": "The second must be more."}
    assert findings(form, {"a": 1, "b": 2}, today=TODAY) == {}
    assert findings(form, {"a": 1}, today=TODAY) == {}


def test_form_starts_with_what_expressions_find():
    form = spec(
        {"linkId": "name", "type": "string", "extension": [
            fhirpath(SDC + "initialExpression", "%patient.name.given.first() & ' ' & %patient.name.family")]},
        {"linkId": "gone", "type": "string", "initial": [{"valueString": "x"}], "extension": [
            fhirpath(SDC + "initialExpression", "%nobody.name")]},
        {"linkId": "day", "type": "date", "extension": [fhirpath(SDC + "initialExpression", "today()")]},
    )  # fmt: skip
    patient = {"resourceType": "Patient", "name": [{"given": ["Ann"], "family": "Archer"}]}
    found = initial_answers(form, {"patient": patient})
    assert found.pop("day")[:2] == "20" and found == {"name": "Ann Archer"}


def test_limit_may_be_worked_out():
    shadow = {"extension": [fhirpath(CORE + "cqf-calculatedValue", "today()")]}
    item = {"linkId": "d", "type": "date", "extension": [{"url": CORE + "maxValue", "_valueDate": shadow}]}
    question = spec(item).index["d"]
    check(question, "2020-01-01", today=TODAY)
    with pytest.raises(Unfit) as refused:
        check(question, "2999-01-01", today=TODAY)
    assert refused.value.reason == "maxValue"


def test_scores_of_options_can_be_added():
    weight = {"url": CORE + "ordinalValue", "valueDecimal": 3}
    option = {"valueCoding": {"system": "urn:x", "code": "c"}, "extension": [weight]}
    form = spec(
        {"linkId": "a", "type": "choice", "answerOption": [option]},
        {"linkId": "s", "type": "decimal", "readOnly": True, "extension": [
            calculated("%resource.item.answer.value.ordinal().sum()")]},
    )  # fmt: skip
    assert state_of(form, {"a": "c"}).answers["s"] == 3.0


def test_plain_forms_never_load_fhirpath():
    import subprocess
    import sys

    code = (
        "import sys, django; django.setup(); from intake.engine.judging import judge;"
        "from intake.questionnaires import SHIPPED;"
        "import json, datetime; from intake.engine.specs import parse;"
        "spec = parse(json.loads(next(iter(SHIPPED.values())).read_text()));"
        "now = datetime.datetime.now(datetime.UTC); judge(spec, None, today=now.date(), now=now);"
        "sys.exit('fhirpathpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

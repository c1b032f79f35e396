from intake.engine.progress import progress_of
from intake.engine.specs import parse
from intake.engine.stamps import Other, Stamp
from intake.readback import parts_of
from intake.views.screens import elsewhere_of

OFTEN = "%resource.descendants().where(linkId='often').answer.value"
SPEC = parse({
    "resourceType": "Questionnaire", "status": "draft", "item": [
        {"linkId": "page", "type": "group", "text": "Page", "item": [
            {"linkId": "medicine", "type": "group", "text": "Medicine", "repeats": True, "required": True, "item": [
                {"linkId": "name", "type": "string", "text": "Name", "required": True},
                {"linkId": "often", "type": "integer", "text": "How often?"}]},
            {"linkId": "doses", "type": "integer", "text": "Doses", "readOnly": True, "extension": [
                {"url": "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression",
                 "valueExpression": {"language": "text/fhirpath",
                                     "expression": OFTEN + ".sum()"}}]},
        ]},
    ],
})  # fmt: skip
TWO = {"name": "A", "often": 1, "name#1": "B", "often#1": 2}


def lines(answers, **more):
    return [
        (line.link_id, line.text, line.answer or line.problem)
        for part in parts_of(SPEC, answers, **more)
        for line in part.lines
    ]


def test_every_instance_is_read_back_with_its_number_and_results_with_them():
    assert lines(TWO) == [
        ("name", "Name (1)", "A"),
        ("often", "How often? (1)", "1"),
        ("name#1", "Name (2)", "B"),
        ("often#1", "How often? (2)", "2"),
        ("doses", "Doses", "3"),
    ]


def test_one_instance_needs_no_number():
    assert lines({"name": "A"})[0] == ("name", "Name", "A")


def test_group_in_which_something_is_missing_is_named():
    assert ("medicine", "Medicine", "Please answer.") in lines({}, problems={"medicine": "Please answer."})


def test_questions_of_every_instance_count_for_how_far_the_form_is():
    assert progress_of(SPEC, TWO, []).percent == 100
    assert progress_of(SPEC, {"name": "A", "medicine": 2}, []).percent == 50


def test_an_answer_given_elsewhere_too_is_told_at_its_own_instance():
    others = [Other("name#1", "C", Stamp(1), "here"), Other("medicine", 3, Stamp(1), "there")]
    answers = TWO | {"medicine": 2}
    assert [(one.text, one.here, one.there) for one in elsewhere_of(SPEC, others, answers)] == [
        ("Name (2)", "B", "C"),
        ("Medicine", "3", "2"),
    ]

from intake.progress import progress_of
from intake.specs import parse

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


def test_questions_of_every_instance_count_for_how_far_the_form_is():
    assert progress_of(SPEC, TWO, []).percent == 100
    assert progress_of(SPEC, {"name": "A", "medicine": 2}, []).percent == 50

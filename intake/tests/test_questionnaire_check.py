import io
import json

import pytest
from django.core.management import call_command

QUESTION = {"linkId": "a", "type": "integer", "text": "How many?", "required": True}
DOCUMENT = {"resourceType": "Questionnaire", "status": "draft", "item": [QUESTION]}


def response(value):
    return {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "item": [{"linkId": "a", "answer": [{"valueInteger": value}]}],
    }


@pytest.fixture
def file(tmp_path):
    def write(content, name="q.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write


def one(*args):
    out, code = io.StringIO(), 0
    try:
        call_command("questionnaire_check", *args, stdout=out)
    except SystemExit as end:
        code = end.code
    return json.loads(out.getvalue()), code


def batch(*lines):
    out = io.StringIO()
    call_command("questionnaire_check", "--batch", stdin=[*lines], stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_valid_answers_end_with_0(file):
    found, code = one(file(DOCUMENT), "--answers", file(response(3), "r.json"))
    assert (found["valid"], found["enabled"], found["errors"], code) == (True, ["a"], {}, 0)
    assert found["response"]["item"][0]["answer"] == [{"valueInteger": 3}]


def test_answers_that_are_missing_end_with_1(file):
    found, code = one(file(DOCUMENT))
    assert (found["errors"], code) == ({"a": ["required"]}, 1)


@pytest.mark.parametrize("content", ["not json", "[]", {**DOCUMENT, "status": "open"}])
def test_questionnaire_that_is_none_ends_with_2(file, content):
    found, code = one(file(content))
    assert found["questionnaire_error"] and code == 2


def test_missing_file_ends_with_2():
    assert one("/nowhere/q.json")[1] == 2
    assert one()[1] == 2


def test_batch_goes_on_after_a_line_that_cannot_be_used(file):
    path = file(DOCUMENT)
    found = batch(
        "nonsense",
        json.dumps({"id": "x", "questionnaire": path, "answers": {"resourceType": "Patient"}}),
        b'{"id": "y", "questionnaire": "/nowhere"}',
        json.dumps({"id": "z", "questionnaire": path, "answers": response(1)}),
    )
    assert "error" in found[0] and found[0]["id"] is None
    assert "QuestionnaireResponse" in found[1]["error"]
    assert "questionnaire_error" in found[2]
    assert found[3]["valid"] is True


def test_nothing_is_asked_of_the_database(file, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        batch(json.dumps({"id": "z", "questionnaire": file(DOCUMENT), "answers": response(1)}))


def test_a_year_is_an_answer_to_a_question_for_a_date(file):
    question = {"linkId": "d", "type": "date", "required": True}
    answer = {"linkId": "d", "answer": [{"valueDate": "1999"}]}
    given = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [answer]}
    found, code = one(file({**DOCUMENT, "item": [question]}), "--answers", file(given, "r.json"))
    assert (found["errors"], code) == ({}, 0)

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from intake.engine.answers import from_response, in_words, to_response
from intake.engine.specs import parse

HISTORY = parse(json.loads((Path(__file__).parents[1] / "data" / "intake_questionnaire.json").read_text()))
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

PLAIN = {
    "about.first_name": "Ann",
    "about.dob": "1980-05-04",
    "about.minor": False,
    "care.referred": "yes",
    "care.prescription": {"title": "note.pdf", "contentType": "application/pdf"},
    "reason.conditions": ["back-pain", "tmj"],
    "reason.pain_now": 0,
}


def test_answers_survive_the_way_through_fhir_and_back():
    response = to_response(HISTORY, PLAIN, status="completed", authored=NOW)
    assert from_response(json.loads(json.dumps(response)), HISTORY) == PLAIN


def test_response_names_the_version_and_carries_whole_codings():
    response = to_response(HISTORY, PLAIN, status="in-progress", authored=NOW)
    assert response["questionnaire"].endswith("massage-intake-general|1.1.0")
    reason = next(item for item in response["item"] if item["linkId"] == "reason")
    coding = reason["item"][0]["answer"][0]["valueCoding"]
    assert coding["code"] == "back-pain" and coding["display"] == "Back pain" and coding["system"]


def test_disabled_and_blank_answers_stay_out_of_the_response():
    response = to_response(
        HISTORY, {"about.guardian_name": "Old", "about.email": " "}, status="completed", authored=NOW
    )
    assert "item" not in response


def test_unknown_items_of_a_foreign_response_are_left_out():
    assert from_response({"item": [{"linkId": "nope", "answer": [{"valueString": "x"}]}]}, HISTORY) == {}


@pytest.mark.parametrize(
    ("link_id", "value", "words"),
    [
        ("about.minor", False, "No"),
        ("about.dob", "1980-05-04", "4 May 1980"),
        ("reason.conditions", ["back-pain", "tmj"], "Back pain, Jaw pain (TMJ)"),
        ("reason.pain_now", 0, "0"),
        ("care.prescription", {"title": "note.pdf"}, "note.pdf"),
        ("reason.goal", None, ""),
    ],
)
def test_answers_read_as_words(link_id, value, words):
    assert in_words(HISTORY.index[link_id], value) == words

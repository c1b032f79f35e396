import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from clinic.models import AuditEvent
from intake import responses
from intake.authoring import exchange
from intake.models import Response

SMALL = {
    "resourceType": "Questionnaire", "status": "draft", "url": "http://example.org/Questionnaire/small", "version": "1",
    "title": "Small", "item": [
        {"linkId": "a", "type": "integer", "text": "How many?", "required": True},
        {"linkId": "b", "type": "string", "text": "Which?", "enableWhen": [
            {"question": "a", "operator": ">", "answerInteger": 0}]},
    ],
}  # fmt: skip


def response(*items, **more):
    document = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": list(items)}
    return document | {"questionnaire": f"{SMALL['url']}|1"} | more


def entry(link_id, **value):
    return {"linkId": link_id, "answer": [value]}


@pytest.fixture
def small(db, moment):
    from clinic import audit
    from intake.questionnaires import publish

    return publish(slug="small", document=SMALL, by=audit.SYSTEM, now=moment)[0]


@pytest.fixture
def take(small, client_ann, owner, moment):
    def go(document):
        meant = {"questionnaire": f"{small.document['url']}|1"} if "questionnaire" in document else {}
        return exchange.take_response(client=client_ann, version=small, document=document | meant, by=owner, now=moment)

    return go


def test_response_from_elsewhere_becomes_a_sent_one(take):
    kept = take(response(entry("a", valueInteger=2), entry("b", valueString="red")))
    assert kept.status == Response.Status.COMPLETED
    assert responses.answers_of(kept) == {"a": 2, "b": "red"}
    assert {"response.import", "response.submit"} <= set(AuditEvent.objects.values_list("action", flat=True))
    out = exchange.response_out(kept)
    assert out["subject"]["reference"].startswith("Patient/") and out["id"] == str(kept.public_id)


@pytest.mark.parametrize(
    ("document", "link_id", "reason"),
    [
        (response(), "a", "required"),
        (response(entry("a", valueString="2")), "a", "type"),
        (response(entry("a", valueInteger=0), entry("b", valueString="x")), "b", "disabled"),
        (response(entry("a", valueInteger=1), entry("z", valueString="x")), "z", "unknown"),
    ],
)
def test_response_that_does_not_fit_is_refused_whole(take, document, link_id, reason):
    with pytest.raises(exchange.NotTaken) as refused:
        take(document)
    assert reason in refused.value.problems[link_id]
    assert refused.value.lines[0].startswith(f"{link_id}: ")
    assert not Response.objects.exists()


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"resourceType": "Patient", "status": "completed"}, "QuestionnaireResponse"),
        (response(entry("a", valueInteger=1), status="in-progress"), "completed"),
    ],
)
def test_what_is_no_finished_response_is_refused(take, document, words):
    with pytest.raises(exchange.NotTaken, match=words):
        take(document)


def test_response_to_another_questionnaire_is_refused(small, client_ann, owner, moment):
    document = response(entry("a", valueInteger=1), questionnaire="http://example.org/Questionnaire/other")
    with pytest.raises(exchange.NotTaken, match="not this version"):
        exchange.take_response(client=client_ann, version=small, document=document, by=owner, now=moment)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "one JSON object"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": NaN}', "no number"),
        (b"[" * 100_000, "not JSON"),
        (b" " * (exchange.LARGEST + 1), "larger than"),
    ],
    ids=range(7),
)
def test_file_that_is_no_json_is_refused_with_the_reason(raw, words):
    with pytest.raises(exchange.NotTaken, match=words):
        exchange.read_json(raw)


def upload(document):
    return SimpleUploadedFile("answers.json", json.dumps(document).encode(), content_type="application/json")


def page(browser, client, small, document):
    address = reverse("intake:answers_take", args=[client.public_id])
    return browser.post(address, {"version": str(small.public_id), "document": upload(document)})


def meant_for(small, *items, **more):
    return response(*items, questionnaire=f"{small.document['url']}|1", **more)


def test_therapist_takes_answers_over_from_a_file(as_user, therapist, client_ann, small):
    browser = as_user(therapist)
    shown = browser.get(reverse("intake:answers_take", args=[client_ann.public_id]))
    assert b"Small, version 1" in shown.content
    taken = page(browser, client_ann, small, meant_for(small, entry("a", valueInteger=0)))
    kept = Response.objects.get()
    assert taken.url == reverse("intake:review_detail", args=[kept.public_id])


def test_file_that_does_not_fit_is_told_line_by_line(as_user, therapist, client_ann, small):
    refused = page(as_user(therapist), client_ann, small, meant_for(small, entry("z", valueString="<b>")))
    assert refused.status_code == 422
    text = refused.content.decode()
    assert "z: the questionnaire has no such item there" in text and "a: an answer is missing" in text
    assert not Response.objects.exists()


def test_page_without_a_file_asks_for_one(as_user, therapist, client_ann, small):
    answer = as_user(therapist).post(reverse("intake:answers_take", args=[client_ann.public_id]), {})
    assert answer.status_code == 422

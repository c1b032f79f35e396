"""Marks of the body chart as a browser, or somebody else, sends them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic import audit
from clinic.audit import ClientActor
from clinic.models import AuditEvent
from intake import questionnaires, responses
from intake.inviting import invitations
from intake.marks import latest_of, mark, unmark
from intake.models import BodyMark
from intake.tests.conftest import HISTORY_DOCUMENT

URL = reverse("intake:save_mark")
BACK = {"key": "mark:1", "region": "POST-BACK-LOW-L", "symptom": "pain", "strength": "6"}


def kept(response):
    return {(row.region, row.symptom): row.intensity for row in response.marks.all()}


def test_mark_is_kept_at_once_and_taken_away_again(ann, response):
    assert ann.post(URL, BACK).json() == {"saved": True, "errors": {}}
    assert kept(response) == {("POST-BACK-LOW-L", "pain"): 6}
    assert ann.post(URL, BACK | {"remove": "yes"}).status_code == 200
    assert kept(response) == {}
    assert AuditEvent.objects.filter(action="response.unmark").count() == 1


def test_sending_twice_is_sending_once(ann, response):
    sent = BACK | {"given": "1000", "sent": "1000"}
    assert [ann.post(URL, sent).status_code for _ in range(3)] == [200, 200, 200]
    assert kept(response) == {("POST-BACK-LOW-L", "pain"): 6}


def test_change_that_comes_late_takes_nothing_back(ann, response):
    ann.post(URL, BACK | {"given": "9000", "sent": "9000", "strength": "2"})
    # Given a minute before that on a phone in a tunnel, and it arrives now.
    assert ann.post(URL, BACK | {"given": "10000", "sent": "70000", "strength": "9"}).status_code == 200
    assert kept(response) == {("POST-BACK-LOW-L", "pain"): 2}
    ann.post(URL, BACK | {"remove": "yes"})
    ann.post(URL, BACK | {"given": "10000", "sent": "70000"})
    assert kept(response) == {}
    ann.post(URL, BACK)
    assert kept(response) == {("POST-BACK-LOW-L", "pain"): 6}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"region": "NOWHERE"}, "place"),
        ({"region": ""}, "place"),
        ({"region": "M0 0L9 9"}, "place"),
        ({"region": "x" * 100_000}, "place"),
        ({"symptom": "joy"}, "feel"),
        ({"strength": "11"}, "0 to 10"),
        ({"strength": "-1"}, "0 to 10"),
        ({"strength": "6.5"}, "0 to 10"),
        ({"strength": "٦"}, "0 to 10"),
        ({"strength": "NaN"}, "0 to 10"),
        ({"strength": ""}, "how strong"),
        ({"remove": "yes", "region": "NOWHERE"}, "place"),
    ],
)
def test_mark_that_is_none_is_refused_and_the_rest_kept(ann, response, change, words):
    ann.post(URL, BACK | {"symptom": "tension", "strength": ""})
    answer = ann.post(URL, BACK | change)
    assert answer.status_code == 422
    assert words in answer.json()["errors"]["mark:1"]
    assert kept(response) == {("POST-BACK-LOW-L", "tension"): None}


@pytest.mark.parametrize(
    "clock", [{"given": "soon", "sent": "9" * 40}, {"given": "9" * 13, "sent": "1"}, {"given": "-5"}]
)
def test_a_clock_that_is_none_does_no_harm(ann, response, clock):
    assert ann.post(URL, BACK | clock).status_code == 200
    assert kept(response) == {("POST-BACK-LOW-L", "pain"): 6}


def test_nobody_marks_in_anothers_form_or_without_a_pass(ann, response, client):
    assert ann.post(URL, BACK | {"whose": "another"}).status_code == 409
    assert client.post(URL, BACK).status_code == 401
    assert not BodyMark.everything.exists()


def test_sent_form_takes_no_marks(ann, response, fill):
    fill(response)
    assert ann.post(URL, BACK).status_code == 409


def test_screen_shows_the_picture_and_the_list_without_a_script(ann, response):
    ann.post(URL, BACK)
    page = ann.get(reverse("intake:screen", args=["reason"])).content.decode()
    assert page.count("data-code=") == 78 + 7
    assert 'data-region="POST-BACK-LOW-L"' in page and "Pain, 6 of 10" in page
    answer = ann.post(reverse("intake:screen", args=["reason"]), {"action": "unmark-POST-BACK-LOW-L pain"})
    assert answer.status_code == 303 and kept(response) == {}


def test_saving_a_mark_asks_little_of_the_database(ann, response, django_assert_max_num_queries):
    ann.post(URL, BACK)
    with django_assert_max_num_queries(15):  # PostgreSQL locks the trail by one more
        ann.post(URL, BACK | {"strength": "7"})


def test_newest_sent_marks_are_those_that_staff_see(response, fill, moment):
    by = ClientActor(response.client, via="test")
    for symptom in ("tension", "stiffness"):
        mark(response=response, region="POST-NECK-R", symptom=symptom, intensity=None, by=by, now=moment)
    unmark(response=response, region="POST-NECK-R", symptom="tension", by=by, now=moment + timedelta(seconds=1))
    assert latest_of(response.client).marks == []
    fill(response)
    latest = latest_of(response.client)
    assert [(one.area, one.feeling) for one in latest.marks] == [("Back of neck, right", "Stiffness")]
    assert latest.sent_at is not None


def test_mark_comes_as_a_step_of_the_form_too(ann, response):
    def step(**fields):
        at = "2026-11-24T20:03:58.100Z"
        step = {"key": "mark:1", "seq": 1, "at": at, "screen": "reason", "fields": list(map(list, fields.items()))}
        body = {"whose": str(response.public_id), "sent": at, "steps": [step]}
        answer = ann.post(reverse("intake:save_steps"), body, content_type="application/json")
        return answer.json()["results"]["mark:1"]["errors"]

    assert step(region="POST-BACK-LOW-L", symptom="pain", strength="6") == {}
    assert kept(response) == {("POST-BACK-LOW-L", "pain"): 6}
    assert "place" in step(region="NOWHERE", symptom="pain", strength="6")["mark:1"]
    assert step(region="POST-BACK-LOW-L", symptom="pain", remove="yes") == {}
    assert kept(response) == {}


def test_marks_go_along_when_the_form_has_a_newer_version(ann, response, moment, client_ann, desk):
    ann.post(URL, BACK)
    document = {**HISTORY_DOCUMENT, "version": "1.9.0"}
    questionnaires.publish(slug=questionnaires.HISTORY, document=document, by=audit.SYSTEM, now=moment)
    again = responses.start(invitation=invitations.invite(client=client_ann, by=desk, now=moment), now=moment)
    assert again.pk != response.pk
    assert kept(again) == {("POST-BACK-LOW-L", "pain"): 6}

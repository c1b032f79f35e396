"""Steps: late, twice, in any order, from two devices, and everything a forged request may hold."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from intake import access, responses
from intake.engine.stamps import digest
from intake.models import OtherAnswer, Response
from intake.tests.conftest import HEALTHY, born, come_in, fields_of, give, steps
from intake.tests.files import paper

SAVE = reverse("intake:save_steps")
REASON = {key: value for key, value in HEALTHY.items() if key.startswith("reason.")}


def kept(response):
    return responses.answers_of(Response.objects.select_related("version").get(pk=response.pk))


def goal(words, ago=0, seq=None, seen=None, **more):
    at = timezone.now() - timedelta(seconds=ago)
    one = {"screen": "reason", "fields": fields_of({"reason.goal": words}, seen), "at": at.isoformat()}
    return one | ({} if seq is None else {"seq": seq}) | more


@pytest.fixture
def phone(invited):
    return come_in(invited)


def test_many_steps_and_a_finished_screen_in_one_go(ann, response):
    screen = {"screen": "reason", "key": "answers", "fields": fields_of(REASON)}
    answer = steps(ann, screen, {"screen": "reason", "key": "done:reason", "done": True}).json()
    assert answer["results"]["done:reason"] == {"kept": True, "errors": {}, "seen": {}, "elsewhere": []}
    response.refresh_from_db()
    assert response.screens_done == ["reason"] and kept(response)["reason.goal"] == REASON["reason.goal"]
    assert answer["next"] == "/intake/form/about/" and "/intake/form/rf.back/" in answer["screens"]
    assert answer["progress"]["total"] == len(answer["screens"])


def test_screen_with_an_open_question_is_not_finished_but_its_answers_are_kept(ann, response):
    one = {"screen": "reason", "key": "it", "done": True, "fields": fields_of({"reason.goal": "Walk"})}
    result = steps(ann, one).json()["results"]["it"]
    assert set(result["errors"]) == {"reason.conditions", "reason.since", "reason.diagnosed"}
    assert kept(response)["reason.goal"] == "Walk" and Response.objects.get(pk=response.pk).screens_done == []


def test_later_answer_counts_whatever_comes_first_and_the_other_is_kept(ann, phone, response):
    steps(phone, goal("phone, later", ago=10, seen={"reason.goal": digest(None)}))
    late = steps(ann, goal("desk, before", ago=60, seen={"reason.goal": digest(None)})).json()["results"]["step-0"]
    assert kept(response)["reason.goal"] == "phone, later"
    assert late["kept"] and late["elsewhere"][0] | {"text": ""} == {
        "address": "reason.goal", "text": "", "here": "desk, before", "there": "phone, later", "kept": "there",
    }  # fmt: skip
    assert [one.value for one in response.other_answers.all()] == ["desk, before"]


def test_step_that_comes_twice_is_one(ann, phone, response):
    first = goal("first", ago=60, seq=5)
    steps(ann, first)
    steps(phone, goal("second", ago=30, seen={"reason.goal": digest("first")}))
    revision = Response.objects.get(pk=response.pk).revision
    again = steps(ann, first, first).json()
    assert kept(response)["reason.goal"] == "second" and not OtherAnswer.objects.exists()
    assert again["revision"] == revision and again["results"]["step-0"]["seen"] == {"reason.goal": digest("second")}


def test_device_whose_clock_is_wrong_changes_nothing_of_the_order(ann, phone, response):
    steps(phone, goal("phone", ago=20))
    wrong = timezone.now() - timedelta(days=400)
    steps(ann, goal("desk", at=(wrong - timedelta(seconds=5)).isoformat()), sent=wrong)
    assert kept(response)["reason.goal"] == "desk"


def test_other_answer_stands_on_the_read_back_until_it_is_sent(ann, phone, response):
    steps(phone, goal("From the phone", ago=9))
    steps(ann, goal("From the desk", seen={"reason.goal": digest(None)}))
    page = ann.get(reverse("intake:readback")).content.decode()
    assert "From the desk" in page and "From the phone" in page


def test_refused_answer_does_not_hold_up_the_others(ann, response):
    bad = {"screen": "reason", "key": "bad", "fields": fields_of({"reason.since": "long ago"})}
    answer = steps(ann, bad, goal("Walk", key="good")).json()
    assert not answer["results"]["bad"]["kept"] and answer["results"]["good"]["kept"]
    assert kept(response)["reason.goal"] == "Walk" and "reason.since" not in kept(response)


def test_answer_to_a_question_that_follows_is_taken_in_the_same_batch(ann, response):
    opens = {"screen": "today", "fields": fields_of({"today.injury": "yes"})}
    steps(ann, opens, {"screen": "today", "fields": fields_of({"today.injury_when": "lt72h"})})
    assert kept(response)["today.injury_when"] == "lt72h"


def test_file_comes_with_its_step(ann, response, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    give(ann, "care", {"care.referred": "yes"})
    now = timezone.now().isoformat()
    one = {"key": "it", "seq": 1, "at": now, "screen": "care", "fields": [["asked", "care.prescription"]]}
    post = {"steps": json.dumps({"sent": now, "steps": [one]})}
    bad = ann.post(SAVE, post | {"care.prescription": SimpleUploadedFile("a.pdf", b"<html>")})
    assert "care.prescription" in bad.json()["results"]["it"]["errors"]
    good = ann.post(SAVE, post | {"care.prescription": SimpleUploadedFile("a.pdf", paper())})
    assert good.json()["results"]["it"]["kept"] and kept(response)["care.prescription"]["title"] == "a.pdf"


def step(**more):
    return {"key": "k", "seq": 1, "at": "2026-11-24T10:00:00Z", "screen": "reason", "fields": []} | more


UNREADABLE = [
    b"", b"{", b"[]", b"1", b"{}", b'{"steps": 1}', b"\xff\xfe", b"[" * 100_000,
    *(json.dumps({"sent": "2026-11-24T10:00:00Z", "steps": steps}).encode() for steps in (
        [1], [{}], [step(key=1)], [step(screen=None)], [step(seq="1")], [step(seq=-1)], [step(seq=2**63)],
        [step(seq=True)], [step(at="noon")], [step(at=None)], [step(fields="x")], [step(fields=[["a"]])],
        [step(fields=[["a", 1]])], [step(fields=[["a", "b"]] * 301)], [step()] * 201)),
    json.dumps({"sent": "x", "steps": [step()]}).encode(),
    json.dumps({"sent": "2026-11-24T10:00:00Z", "from": 1, "steps": [step()]}).encode(),
    json.dumps({"sent": "2026-11-24T10:00:00Z", "from": "\ud800", "steps": [step()]}).encode(),
]  # fmt: skip


@pytest.mark.parametrize("body", UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_is_not_the_protocol_is_refused_and_nothing_is_kept(ann, response, body):
    before = kept(response)
    answer = ann.post(SAVE, body, content_type="application/json")
    assert answer.status_code == 422 and answer.json()["unreadable"]
    assert kept(response) == before


def test_too_much_is_refused_and_what_was_kept_stays(ann, response):
    steps(ann, goal("Walk"))
    assert steps(ann, goal("x" * 10_000_000)).status_code == 413
    result = steps(ann, goal("x" * 900_000)).json()["results"]["step-0"]
    assert "characters" in result["errors"]["reason.goal"] and kept(response)["reason.goal"] == "Walk"


@pytest.mark.parametrize("link_id", ["today.injury_when", "health.preg_weeks", "nobody", "__proto__", "reason"])
def test_answer_to_what_is_not_asked_or_not_there_is_not_kept(ann, response, link_id):
    for screen in ("today", "health", "reason"):
        give(ann, screen, {link_id: "1"})
    assert link_id not in kept(response)


def test_pass_left_alone_asks_for_the_date_of_birth_and_the_answers_stay(ann, response, client_ann, monkeypatch):
    give(ann, "reason", {"reason.goal": "Walk"})
    later = access.time.time() + access.PASS_IDLES_AFTER
    monkeypatch.setattr(access.time, "time", lambda: later)
    assert steps(ann, goal("Run")).status_code == 401
    page = ann.get(reverse("intake:screen", args=["reason"]), follow=True)
    assert "date of birth" in page.content.decode() and "Walk" not in page.content.decode()
    as_json = {"headers": {"accept": "application/json"}}
    wrong = born(client_ann.date_of_birth.replace(year=1970))
    assert ann.post(reverse("intake:verify"), wrong, **as_json).json()["errors"]
    assert ann.post(reverse("intake:verify"), born(client_ann.date_of_birth), **as_json).json() == {"ok": True}
    assert steps(ann, goal("Run")).status_code == 200 and kept(response)["reason.goal"] == "Run"


def test_screen_ahead_is_the_same_page_also_when_it_is_not_asked(ann, response):
    url = reverse("intake:screen", args=["rf.back"])
    assert ann.get(url).status_code == 303
    page = ann.get(url, headers={"X-Ahead": "1"})
    assert page.status_code == 200 and b'data-question="rf.back.ces"' in page.content


def test_sent_form_takes_no_step(ann, response, fill):
    fill(response)
    answer = steps(ann, goal("Run"))
    assert (answer.status_code, answer.json()) == (409, {"gone": "sent"})

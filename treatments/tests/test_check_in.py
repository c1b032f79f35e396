"""The page behind a check-in link: one tap, kept once, naming nobody."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic.models import AuditEvent, Message
from treatments import check_ins
from treatments.models import CheckIn, Outcome, Task
from treatments.tests import aftercare_world as world

pytestmark = pytest.mark.django_db


@pytest.fixture
def over(client_ann, therapist):
    now = timezone.now()
    plan = world.plan(client_ann, therapist, now)
    return world.session(client_ann, therapist, now - timedelta(days=1), plan=plan)


@pytest.fixture
def asked(over):
    return check_ins.ask(session=over, moment="h24", due_at=timezone.now(), now=timezone.now())


@pytest.fixture
def url(asked):
    return f"/c/{check_ins.token_of(asked)}/"


@pytest.fixture
def visitor():
    return Browser()


def test_asking_keeps_nothing(visitor, url, asked):
    for path in (url, url + "?feeling=worse"):
        assert visitor.get(path).status_code == 200
    asked.refresh_from_db()
    assert asked.answered_at is None
    assert not Outcome.objects.exists()
    assert set(AuditEvent.objects.values_list("action", flat=True)) == {"check_in.read"}


def test_the_page_names_nobody_and_is_small(visitor, url, client_ann, therapist, asked):
    for _ in range(2):
        body = visitor.get(url).content.decode()
        for telling in (client_ann.first_name, client_ann.last_name, therapist.name, "Neck", client_ann.email):
            assert telling not in body
        assert len(body.encode()) < 30_000
        visitor.post(url, {"feeling": "worse", "score": "8"})


def test_the_mail_may_fill_in_the_word(visitor, url):
    assert re.search(r'value="better"[^>]*checked', visitor.get(url + "?feeling=better").content.decode())
    assert "checked" not in visitor.get(url + "?feeling=<script>").content.decode()


def test_one_tap_becomes_an_outcome(visitor, url, asked, over, client_ann):
    assert visitor.post(url, {"feeling": "better", "score": "3"}).status_code == 302
    outcome = Outcome.objects.get()
    assert (outcome.value, outcome.measure, outcome.moment, outcome.source) == (3, "nprs", "h24", "check_in")
    assert (outcome.session, outcome.client, outcome.plan) == (over, client_ann, over.plan)
    assert not Task.objects.exists()
    body = visitor.get(url).content.decode()
    assert "Thank you. Noted." in body
    assert "alert-emergency" not in body
    assert set(AuditEvent.objects.values_list("action", "actor_kind")) == {
        ("check_in.answer", "client"), ("check_in.read", "client"), ("outcome.record", "client"),
    }  # fmt: skip


def test_a_second_answer_changes_nothing_and_says_so(visitor, url, asked):
    visitor.post(url, {"score": "3"})
    again = visitor.post(url, {"score": "9", "feeling": "worse"})
    assert again.status_code == 200
    assert "Nothing was changed" in again.content.decode()
    asked.refresh_from_db()
    assert (asked.score, asked.feeling) == (3, "")
    assert Outcome.objects.get().value == 3
    assert not Task.objects.exists()


@pytest.mark.parametrize("answer", [{"feeling": "worse"}, {"score": "4", "reaction": "yes", "reaction_text": "rash"}])
def test_worse_or_a_reaction_becomes_a_call_back(visitor, url, over, therapist, answer):
    visitor.post(url, answer)
    task = Task.objects.get()
    assert (task.assigned_to, task.kind, task.session) == (therapist, "call_back", over)
    assert timedelta(hours=4) <= task.due_at - task.created_at <= timedelta(days=3)
    notice = Message.objects.get(kind="staff.call_back")
    assert (notice.user, notice.client, notice.context) == (therapist, None, {})
    body = visitor.get(url).content.decode()
    assert "Thank you, we will call you. New numbness, weakness, chest pain" in body
    assert "tel:911" in body


def test_the_answer_is_unreadable_in_the_database(visitor, url):
    visitor.post(url, {"feeling": "worse", "reaction": "yes", "reaction_text": "a rash like CANARY"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT reaction_text FROM treatments_checkin")
        rows = cursor.fetchall()
        cursor.execute("SELECT detail FROM treatments_task")
        rows += cursor.fetchall()
    assert "CANARY" not in str(rows)
    assert "CANARY" in Task.objects.get().detail


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "feeling"), ({"score": "11"}, "score"), ({"score": "-1"}, "score"), ({"score": "a"}, "score"),
        ({"score": "3.5"}, "score"), ({"feeling": "dead"}, "feeling"), ({"score": "\x00"}, "score"),
        ({"score": "3", "reaction": "maybe"}, "reaction"),
        ({"score": "3", "reaction_text": "x" * 10_000}, "reaction_text"),
        ({"score": "3", "reaction_text": "a\x00b"}, "reaction_text"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_and_stays(visitor, url, asked, typed, field):
    answer = visitor.post(url, typed)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    if typed.get("score") == "3":
        assert re.search(r'value="3"[^>]*checked', answer.content.decode())
    asked.refresh_from_db()
    assert asked.answered_at is None


def test_other_alphabets_and_markup_are_kept_as_text(visitor, url, asked):
    line = "Спасибо 谢谢 ‮abc <script>alert(1)</script> 🙂"
    visitor.post(url, {"score": "0", "reaction_text": line})
    asked.refresh_from_db()
    assert asked.reaction_text == line
    assert "<script>alert" not in visitor.get(url).content.decode()


def test_a_closed_question_says_so_kindly(visitor, url, asked):
    CheckIn.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    for answer in (visitor.get(url), visitor.post(url, {"score": "3"})):
        assert answer.status_code == 410
        assert "This question has closed" in answer.content.decode()
    assert not Outcome.objects.exists()


@pytest.mark.parametrize("token", ["x", "a" * 43, "a" * 5000, "%00", "%FF", "ä", "..%2F", "<script>"])
def test_a_link_that_is_nobodys_gets_one_answer(visitor, asked, token):
    known = re.sub(
        r'(csrf|nonce)\S+( value="\w+")?|X-CSRFToken": "\w+"', "", visitor.get("/c/nobody/").content.decode()
    )
    answer = visitor.get(f"/c/{token}/")
    assert answer.status_code == 404
    if token != "..%2F":
        assert re.sub(r'(csrf|nonce)\S+( value="\w+")?|X-CSRFToken": "\w+"', "", answer.content.decode()) == known
        assert visitor.post(f"/c/{token}/", {"score": "3"}).status_code == 404


def test_another_purposes_token_opens_nothing(visitor, asked):
    from clinic import links

    assert visitor.get(f"/c/{links.token('intake', asked.nonce)}/").status_code == 404


def test_the_page_is_never_kept_by_a_browser(visitor, url):
    assert "no-store" in visitor.get(url)["Cache-Control"]


def test_a_post_without_its_token_is_refused(url, asked):
    assert Browser(enforce_csrf_checks=True).post(url, {"score": "3"}).status_code == 403


def test_the_page_asks_the_database_little(visitor, url):
    visitor.get(url)
    with CaptureQueriesContext(connection) as queries:
        visitor.get(url)
    assert len(queries) <= 8


def test_a_condition_with_its_own_scale_is_asked_by_it(visitor, client_ann, therapist):
    now = timezone.now()
    heel = world.condition("plantar-fasciitis", outcome_primary="first_step_pain")
    plan = world.plan(client_ann, therapist, now, condition=heel)
    over = world.session(client_ann, therapist, now - timedelta(days=1), plan=plan)
    asked = check_ins.ask(session=over, moment="h72", due_at=now, now=now)
    visitor.post(f"/c/{check_ins.token_of(asked)}/", {"score": "6"})
    assert (Outcome.objects.get().measure, Outcome.objects.get().moment) == ("first_step_pain", "h72")


def test_the_home_plan_is_shown_no_longer_than_the_question_is_open(visitor, url, asked):
    visitor.post(url, {"feeling": "better"})
    assert world.HOME[0] in visitor.get(url).content.decode()
    CheckIn.objects.filter(pk=asked.pk).update(expires_at=timezone.now())
    page = visitor.get(url).content.decode()
    assert "We have your answer" in page and world.HOME[0] not in page

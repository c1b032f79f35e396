"""The page behind a check-in link: one tap, kept once, naming nobody."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic import clients
from clinic.models import AuditEvent, Message
from treatments import call_backs, check_ins, messages
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


def test_a_scanner_that_opens_every_link_answers_nothing(visitor, url, asked, over, client_ann):
    world.agree(client_ann, timezone.now(), "email")
    letter = messages.render(world.message(over, "h24"), timezone.now())
    found = [link.replace("http://clinic.test", "") for link in re.findall(r'href="(http[^"]+)"', letter.html)]
    assert sum("feeling=" in link for link in found) == 4
    for link in found:
        for method in (visitor.get, visitor.head):
            assert method(link).status_code == 200
        for deeper in re.findall(r'href="(/(?:c|mine)/[^"]*)"', visitor.get(link).content.decode()):
            assert visitor.get(deeper, follow=True).status_code == 200
    asked.refresh_from_db()
    assert asked.answered_at is None
    assert not Outcome.objects.exists() and not Task.objects.exists()
    assert not AuditEvent.objects.filter(action__startswith="check_in.").exists()


def test_the_page_names_nobody_and_is_small(visitor, url, client_ann, therapist, asked):
    for _ in range(2):
        body = visitor.get(url).content.decode()
        for telling in (
            client_ann.first_name,
            client_ann.last_name,
            therapist.name,
            "Neck",
            client_ann.email,
            *world.HOME,
        ):
            assert telling not in body
        assert len(body.encode()) < 30_000
        visitor.post(url, {"feeling": "worse", "score": "8"})


def test_the_mail_may_fill_in_the_word(visitor, url):
    body = visitor.get(url + "?feeling=better").content.decode()
    assert re.search(r'value="better"[^>]*checked', body)
    form = body[body.index('<form id="check-in"') :]
    assert form[: form.index("</form>")].count("<button") == 1
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
        ("check_in.answer", "client"), ("outcome.record", "client"),
    }  # fmt: skip


def test_a_second_answer_changes_nothing_and_says_so(visitor, url, asked):
    visitor.post(url, {"score": "3"})
    again = visitor.post(url, {"score": "9", "feeling": "worse"})
    assert again.status_code == 200
    assert "Nothing was changed, and what you sent just now was not kept" in again.content.decode()
    # What the second tab said stands ready to be added, and is not added by itself.
    assert re.search(r'value="worse"[^>]*checked', again.content.decode())
    assert not asked.additions.exists()
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


def test_an_answer_is_added_to_no_longer_than_the_question_is_open(visitor, url, asked):
    visitor.post(url, {"feeling": "better"})
    assert 'value="add"' in visitor.get(url).content.decode()
    CheckIn.objects.filter(pk=asked.pk).update(expires_at=timezone.now())
    page = visitor.get(url).content.decode()
    assert "We have your answer" in page and 'value="add"' not in page
    visitor.post(url, {"action": "add", "score": "3"})
    assert not asked.additions.exists()


# --- what is added after the tap --------------------------------------------------------------------------------------


def test_number_reaction_and_line_follow_the_tap_and_change_nothing(visitor, url, asked, over):
    visitor.post(url, {"feeling": "better"})
    assert visitor.post(url, {"action": "add", "score": "3"}).status_code == 302
    assert visitor.post(url, {"action": "add", "reaction": "no", "reaction_text": "slept well"}).status_code == 302
    asked.refresh_from_db()
    assert (asked.feeling, asked.score, asked.reaction) == ("better", None, None)
    assert [(one.score, one.reaction, one.text) for one in asked.additions.all()] == [
        (3, None, ""), (None, False, "slept well"),
    ]  # fmt: skip
    assert (Outcome.objects.get().moment, Outcome.objects.get().value) == ("h24", 3)
    assert not Task.objects.exists()
    assert "slept well" in visitor.get(url).content.decode()


def test_a_second_number_is_a_second_point(visitor, url, over):
    visitor.post(url, {"feeling": "better"})
    for score in ("3", "8"):
        visitor.post(url, {"action": "add", "score": score})
    assert list(Outcome.objects.values_list("moment", "value")) == [("h24", 3), ("h24+1", 8)]


def test_a_second_tap_on_the_button_adds_once(visitor, url, asked):
    visitor.post(url, {"feeling": "better"})
    for _ in range(2):
        visitor.post(url, {"action": "add", "score": "3", "reaction_text": "fine"})
    assert asked.additions.count() == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "__all__"), ({"score": "11"}, "score"), ({"reaction_text": "x" * 10_000}, "reaction_text"),
        ({"reaction_text": "a\x00b"}, "reaction_text"), ({"feeling": "dead"}, "feeling"),
        ({"reaction_text": "  "}, "__all__"),
    ],
)  # fmt: skip
def test_an_addition_that_cannot_be_meant_is_refused(visitor, url, asked, typed, field):
    visitor.post(url, {"feeling": "better"})
    answer = visitor.post(url, {"action": "add", **typed})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not asked.additions.exists()


def test_there_is_an_end_to_additions(visitor, url, asked):
    visitor.post(url, {"feeling": "better"})
    for number in range(check_ins.MOST_ADDITIONS):
        visitor.post(url, {"action": "add", "reaction_text": f"line {number}"})
    answer = visitor.post(url, {"action": "add", "reaction_text": "one more"})
    assert answer.status_code == 422
    assert "Please call us instead" in answer.content.decode()
    assert asked.additions.count() == check_ins.MOST_ADDITIONS


def test_worse_told_later_becomes_a_call_back(visitor, url, asked, therapist):
    visitor.post(url, {"feeling": "better"})
    visitor.post(url, {"action": "add", "feeling": "worse", "reaction_text": "since noon"})
    task = Task.objects.get()
    assert task.assigned_to == therapist
    assert task.detail.startswith("Better\nAdded ") and task.detail.endswith("Worse, “since noon”")
    visitor.post(url, {"action": "add", "score": "8"})
    task.refresh_from_db()
    assert task.detail.endswith("8 of 10") and Task.objects.count() == 1


def test_told_again_after_the_call_is_a_new_call(visitor, url, therapist):
    visitor.post(url, {"feeling": "worse"})
    call_backs.finish(task=Task.objects.get(), resolution="Called", by=therapist, now=timezone.now())
    visitor.post(url, {"action": "add", "reaction": "yes"})
    assert Task.objects.filter(done_at=None).count() == 1 and Task.objects.count() == 2


def test_the_database_refuses_to_change_an_addition(visitor, url, asked):
    visitor.post(url, {"feeling": "better"})
    visitor.post(url, {"action": "add", "score": "3"})
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        asked.additions.update(score=9)


# --- nothing to be done -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["cancelled", "no_show", "archived"])
def test_a_closed_page_says_that_nothing_is_to_be_done(visitor, url, asked, over, client_ann, desk, what):
    if what == "archived":
        clients.archive(client=client_ann, by=desk, now=timezone.now())
    else:
        type(over).objects.filter(pk=over.pk).update(state=what, cancelled_at=timezone.now(), cancelled_by=desk)
    for answer in (visitor.get(url + "?feeling=worse"), visitor.post(url, {"feeling": "worse"})):
        assert answer.status_code == 410
        body = answer.content.decode()
        assert "There is nothing for you to do" in body
        assert not [word for word in (client_ann.first_name, "cancel", "archiv", "feeling") if word in body]
    asked.refresh_from_db()
    assert asked.answered_at is None and not Task.objects.exists()

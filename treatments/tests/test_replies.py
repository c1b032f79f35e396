"""What a client texts back: an answer to the last open question, or words for the therapist who saw them."""

from datetime import timedelta

import pytest

from clinic import delivery, replies
from clinic.models import AuditEvent, Message
from treatments import check_ins
from treatments.models import CheckIn, Task
from treatments.tests import aftercare_world as world

pytestmark = pytest.mark.django_db


@pytest.fixture
def over(client_ann, therapist, now):
    """A session a day ago, whose first question has been asked and whose second has not."""
    world.agree(client_ann, now, "email", "sms")
    session = world.session(client_ann, therapist, now - timedelta(days=1))
    check_ins.ask(session=session, moment="h24", due_at=now - timedelta(hours=1), now=session.ends_at)
    check_ins.ask(session=session, moment="h72", due_at=now + timedelta(days=2), now=session.ends_at)
    return session


@pytest.fixture
def texts(now):
    numbers = iter(range(100))

    def texts(text, number="+15550100301"):
        return replies.receive(provider="gateway", event_id=str(next(numbers)), number=number, text=text, now=now)

    return texts


def answered():
    return list(CheckIn.objects.exclude(answered_at=None).values_list("moment", "feeling"))


def answer(now):
    (row,) = Message.objects.filter(kind__startswith="reply.").select_related("client")
    return row.kind, delivery.render(row, now).text


@pytest.mark.parametrize(
    ("text", "feeling"), [("1", "better"), ("2.", "same"), ("igual", "same"), ("Better", "better")]
)
def test_a_digit_answers_the_question_that_was_asked_last(over, texts, now, text, feeling):
    texts(text)
    assert answered() == [("h24", feeling)]
    assert not Task.objects.exists()
    assert answer(now) == (
        "reply.ok",
        "Riverside Clinic: thank you, Ann. Noted. If anything changes call +1 555 010 0200.",
    )
    assert AuditEvent.objects.get(action="check_in.answer").actor_kind == "client"


def test_worse_is_a_call_back_with_what_was_said(over, texts, therapist, now):
    texts("3 worse, my arm is numb")
    assert answered() == [("h24", "worse")]
    task = Task.objects.get()
    assert (task.kind, task.assigned_to) == ("call_back", therapist)
    assert "my arm is numb" in task.detail
    kind, said = answer(now)
    assert kind == "reply.worse"
    assert "911" in said
    assert "arm" not in said


def test_words_wait_for_the_therapist_who_saw_the_client(over, texts, therapist, now):
    texts("Can I go swimming tomorrow?")
    task = Task.objects.get()
    assert (task.kind, task.assigned_to, task.session, task.detail) == (
        "reply", therapist, over, "By text: “Can I go swimming tomorrow?”",
    )  # fmt: skip
    assert now < task.due_at <= now + timedelta(days=4)
    assert answer(now)[0] == "reply.received"
    notice = Message.objects.get(kind="staff.call_back")
    assert notice.user == therapist
    assert "swimming" not in delivery.render(notice, now).text


def test_a_digit_without_an_open_question_is_words(client_ann, therapist, texts, now):
    world.agree(client_ann, now, "sms")
    texts("3")
    assert (Task.objects.get().detail, Task.objects.get().assigned_to) == ("By text: “3”", None)


def test_a_change_of_mind_reaches_somebody_and_not_tomorrows_question(over, texts):
    texts("1")
    texts("3")
    assert answered() == [("h24", "better")]
    assert "Worse" in Task.objects.get(kind="call_back").detail
    texts("3")
    assert Task.objects.count() == 1


def test_a_warning_word_in_a_text_is_a_call_back(over, texts):
    texts("My leg is swollen since yesterday")
    task = Task.objects.get()
    assert task.kind == "call_back"
    assert "matches a warning word" in task.detail


def test_what_was_texted_is_unreadable_in_the_database(over, texts):
    from django.db import connection

    texts("canary swimming")
    texts("canary unknown", number="+15550100399")
    with connection.cursor() as cursor:
        for table in ("treatments_task", "clinic_reply", "clinic_providerevent", "clinic_message", "clinic_auditevent"):
            cursor.execute(f"SELECT * FROM {table}")
            assert "canary" not in str(cursor.fetchall())

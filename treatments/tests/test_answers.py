"""Answers as the chart and the curve read them, and answers that come by text."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.models import AuditEvent
from treatments import answers, check_ins
from treatments.models import CheckIn, Outcome, Task
from treatments.tests import aftercare_world as world

pytestmark = pytest.mark.django_db


@pytest.fixture
def over(client_ann, therapist):
    now = timezone.now()
    plan = world.plan(client_ann, therapist, now)
    return world.session(client_ann, therapist, now - timedelta(days=3), plan=plan)


def asked(session, days, now):
    due = session.ends_at + timedelta(days=days)
    return check_ins.ask(session=session, moment=f"h{24 * days}", due_at=due, now=now)


def say(check_in, now, feeling="", score=None, text=""):
    return check_ins.answer(
        check_in=check_in, feeling=feeling, score=score, reaction=None, reaction_text=text, now=now
    )  # fmt: skip


def test_the_answer_stands_in_the_chart_under_its_session(as_user, therapist, over, client_ann):
    now = timezone.now()
    first = asked(over, 1, now)
    say(first, now, feeling="better", score=3)
    check_ins.add(check_in=first, now=now, text="some tingling")
    body = as_user(therapist).get(f"/clients/{client_ann.public_id}/chart/").content.decode()
    for shown in ("Better, 3 of 10", "some tingling", "Matches a warning word: “tingling”"):
        assert shown in body


def test_relief_points_are_days_after_the_session(over, client_ann):
    early = over.ends_at + timedelta(days=1)
    one, three = asked(over, 1, early), asked(over, 3, early)
    say(one, early, feeling="better", score=2)
    check_ins.add(check_in=one, now=early + timedelta(days=1), text="nothing to count")
    say(three, early + timedelta(days=2), feeling="worse")
    check_ins.add(check_in=three, now=early + timedelta(days=2), score=7)
    points = answers.relief_points(client_ann, over.plan.condition)
    assert [(point.days_after, point.feeling, point.score) for point in points] == [
        (1, "better", 2), (3, "worse", None), (3, "", 7),
    ]  # fmt: skip
    assert {point.session for point in points} == {over.public_id}


def test_relief_points_are_of_one_condition(over, client_ann):
    say(asked(over, 1, over.ends_at), over.ends_at + timedelta(days=1), score=2)
    other = world.condition("sciatica")
    assert answers.relief_points(client_ann, other) == []


@pytest.mark.parametrize("text", ["I have numbness", "tengo fiebre"])
def test_a_warning_word_makes_a_call_back_whatever_the_feeling(over, therapist, text):
    now = timezone.now()
    say(asked(over, 1, now), now, feeling="better", text=text)
    task = Task.objects.get()
    assert task.assigned_to == therapist
    assert f"Better, “{text}”" in task.detail and "matches a warning word: “" in task.detail


# --- by text ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("digit", "feeling"), [("1", "better"), ("2", "same"), (" 3 ", "worse")])
def test_a_digit_answers_the_newest_question_that_was_asked(over, client_ann, digit, feeling):
    now = over.ends_at + timedelta(days=3, hours=1)
    old, newest, ahead = (asked(over, days, now) for days in (1, 3, 7))
    assert check_ins.answer_by_text(client=client_ann, digit=digit, now=now) == newest
    said = dict(CheckIn.objects.values_list("pk", "feeling"))
    assert said == {old.pk: "", newest.pk: feeling, ahead.pk: ""}
    assert Task.objects.exists() == (feeling == "worse")
    event = AuditEvent.objects.get(action="check_in.answer")
    assert event.actor_label == f"check-in:{newest.public_id} by text" and event.client == client_ann


def test_worse_after_better_reaches_the_therapist(over, client_ann):
    now = over.ends_at + timedelta(days=1, hours=1)
    question = asked(over, 1, now)
    check_ins.answer_by_text(client=client_ann, digit="1", now=now)
    with pytest.raises(check_ins.AnsweredAlready):
        check_ins.answer_by_text(client=client_ann, digit="1", now=now)
    check_ins.answer_by_text(client=client_ann, digit="3", now=now)
    question.refresh_from_db()
    assert question.feeling == "better" and question.additions.get().feeling == "worse"
    assert Task.objects.count() == 1


@pytest.mark.parametrize("digit", ["4", "", "worse", "33", "\x00", "٣", "3 please"])
def test_what_is_no_digit_is_refused(over, client_ann, digit):
    now = over.ends_at + timedelta(days=1, hours=1)
    asked(over, 1, now)
    with pytest.raises(check_ins.UnknownDigit):
        check_ins.answer_by_text(client=client_ann, digit=digit, now=now)


def test_without_an_open_question_the_reply_is_refused(over, client_ann, client_ben, desk):
    now = over.ends_at + timedelta(days=1, hours=1)
    asked(over, 1, now)
    for client, when in (
        (client_ben, now), (client_ann, now - timedelta(hours=2)), (client_ann, now + timedelta(days=8)),
    ):  # fmt: skip
        with pytest.raises(check_ins.NothingAsked):
            check_ins.answer_by_text(client=client, digit="3", now=when)
    type(over).objects.filter(pk=over.pk).update(state="cancelled", cancelled_at=now, cancelled_by=desk)
    with pytest.raises(check_ins.Closed):
        check_ins.answer_by_text(client=client_ann, digit="3", now=now)
    assert not Outcome.objects.exists() and not Task.objects.exists()

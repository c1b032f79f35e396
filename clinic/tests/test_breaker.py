"""A relay that is away is left alone by all workers together, by the database's clock."""

from datetime import timedelta

import pytest
import time_machine

from clinic import breaker, claims, delivery, transports
from clinic.breaker import Watch
from clinic.models import Message
from clinic.models import Relay as State
from clinic.tests.outbox_world import RENDERERS, Relay, many
from clinic.transports import Report, Verdict

pytestmark = pytest.mark.django_db
AWAY, LOCKED = Verdict.UNREACHABLE, Verdict.LOCKED_OUT
GONE = Report(AWAY, "connect", note="ConnectionRefusedError")


@pytest.fixture
def relay(monkeypatch, settings):
    settings.MESSAGE_RENDERERS = RENDERERS | {"staff.": "clinic.staff_messages.render"}

    def relay(*verdicts):
        made = Relay(*verdicts)
        monkeypatch.setattr(transports, "email_carrier", lambda: made)
        return made

    return relay


def rows(desk, count=12):
    now = claims.database_now()
    many(desk, count, due=now - timedelta(minutes=5), not_after=now + timedelta(days=1))


def pause_over():
    State.objects.update(open_until=claims.database_now() - timedelta(seconds=1))


def pause():
    return (State.objects.get().open_until - claims.database_now()).total_seconds()


def test_five_failures_leave_the_relay_alone_and_the_rest_waits_untouched(desk, relay):
    rows(desk)
    away = relay(*[AWAY] * 50)
    for _ in range(9):
        delivery.send_due(worker="w")
    assert away.asked == 5
    assert 28 < pause() <= 30
    assert Message.objects.filter(state="scheduled", attempts=0).count() == 12
    assert Message.objects.filter(deferrals=0, claimed_by="").count() == 7


def test_after_the_pause_one_worker_tries_with_one_message(desk):
    for _ in range(5):
        breaker.failed("email", GONE)
    pause_over()
    first, second = Watch(), Watch()
    assert first.lets("email")
    assert first.lets("email")
    assert not second.lets("email")
    assert "email" not in second.channels and "sms" in second.channels
    assert "email" not in Watch().channels


def test_a_failed_trial_doubles_the_pause_to_five_minutes(desk, relay):
    rows(desk)
    relay(*[AWAY] * 50)
    for _ in range(5):
        delivery.send_due(worker="w")
    pauses = []
    for _ in range(5):
        pause_over()
        Message.objects.update(next_attempt_at=claims.database_now() - timedelta(seconds=1))
        assert delivery.send_due(worker="w") == {"unreachable": 1}
        pauses.append(round(pause()))
    assert pauses == [60, 120, 240, 300, 300]


def test_a_trial_that_is_answered_lets_everything_go(desk, relay):
    rows(desk)
    for _ in range(5):
        breaker.failed("email", GONE)
    pause_over()
    taken = relay()
    assert delivery.send_due(worker="w") == {"accepted": 12}
    assert len(taken.sent) == 12
    assert (State.objects.get().failures, State.objects.get().open_until) == (0, None)


def test_what_the_relay_refuses_counts_as_an_answer(desk, relay):
    rows(desk)
    for _ in range(4):
        breaker.failed("email", GONE)
    relay(Verdict.LATER)
    delivery.send_due(worker="w")
    assert State.objects.get().failures == 0


def test_a_wrong_login_is_an_alarm_costs_no_try_and_is_not_asked_again_at_once(desk, relay, caplog):
    rows(desk)
    locked = relay(*[LOCKED] * 5)
    for _ in range(3):
        delivery.send_due(worker="w")
    assert locked.asked == 1
    assert State.objects.get().locked_out
    assert 290 < pause() <= 300
    assert "refuses the clinic's own login" in caplog.text
    assert not Message.objects.exclude(attempts=0).exists()


def test_a_wrong_login_is_told_to_the_owners_by_the_other_channel_once(owner, desk):
    type(owner).objects.filter(pk=owner.pk).update(phone="+15550100999")
    for _ in range(3):
        breaker.failed("email", Report(LOCKED, "connect", 535))
    told = Message.objects.get(kind="staff.relay_locked")
    assert (told.user, told.channel) == (owner, "sms")
    words = delivery.render(told, claims.database_now())
    assert "mail server refuses the clinic's login" in words.text
    assert len(words.text) <= 160
    breaker.failed("sms", Report(LOCKED, "body", 401))
    assert Message.objects.get(channel="email").user == owner


def test_no_answer_after_the_content_five_times_stops_the_flood(desk, relay):
    rows(desk)
    relay(*[Verdict.UNKNOWN] * 50)
    assert delivery.send_due(worker="w") == {"unknown": 5}
    assert delivery.send_due(worker="w") == {}


def test_a_workers_own_clock_opens_nothing(desk, relay):
    rows(desk)
    for _ in range(5):
        breaker.failed("email", GONE)
    with time_machine.travel(claims.database_now() + timedelta(hours=1)):
        assert "email" not in Watch().channels


def test_trouble_with_a_row_says_nothing_of_the_relay(desk, relay):
    rows(desk, 1)
    for _ in range(4):
        breaker.failed("email", GONE)
    Message.objects.update(kind="test.broken")
    relay()
    assert delivery.send_due(worker="w") == {"later": 1}
    assert State.objects.get().failures == 4

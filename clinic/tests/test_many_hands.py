"""Several at the same work: sweeps, askers and senders never do a thing twice.

On PostgreSQL threads with connections of their own; a database in memory has one, there they take turns.
"""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, connections

from clinic import breaker, claims, delivery, reconciling, rounds, sweeps, transports
from clinic.management.commands import send_due
from clinic.models import AuditEvent, Message, MessageAttempt, OutboxRound
from clinic.tests.outbox_world import RENDERERS, Relay, many
from clinic.transports import Report, Verdict

SHARED = connection.vendor == "postgresql"
pytestmark = pytest.mark.django_db(transaction=SHARED)
HANDS = 4


def together(work):
    """What each of several got who did the same at once."""
    found, start = [], threading.Barrier(HANDS)

    def one():
        start.wait(10)
        try:
            found.append(work())
        finally:
            connections.close_all()

    if not SHARED:
        return [work() for _ in range(HANDS)]
    threads = [threading.Thread(target=one) for _ in range(HANDS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == HANDS
    return found


@pytest.fixture
def rows(desk, settings, monkeypatch):
    settings.MESSAGE_RENDERERS = RENDERERS
    monkeypatch.setattr(sweeps, "BATCH", 5)
    monkeypatch.setattr(reconciling, "lookup_for", lambda channel: None)
    now = claims.database_now()
    many(desk, 40, due=now - timedelta(hours=2), not_after=now + timedelta(days=1))
    return now


def test_each_missed_message_is_ended_once(rows):
    Message.objects.update(not_after=rows - timedelta(hours=1))
    assert sum(together(lambda: sweeps.expire(claims.database_now()))) == 40
    assert AuditEvent.objects.filter(action="message.expired").count() == 40


@pytest.mark.parametrize(("fenced", "work"), [(False, sweeps.rescue), (True, sweeps.give_up)])
def test_each_row_of_a_dead_worker_is_freed_once(rows, fenced, work):
    over = rows - timedelta(minutes=1)
    held = {"state": "sending", "lease_token": "1" * 32, "lease_until": over}
    Message.objects.update(**held, body_started_at=over if fenced else None)
    assert sum(together(lambda: work(claims.database_now()))) == 40
    assert MessageAttempt.objects.count() == 40


def test_each_unknown_message_is_settled_once(rows):
    Message.objects.update(state="unknown", body_started_at=rows - timedelta(hours=1), ended_at=rows)
    assert sum(map(Counter, together(reconciling.reconcile)), Counter())["parked"] == 40
    assert AuditEvent.objects.filter(action="message.parked").count() == 40


def test_each_message_is_sent_once(rows, monkeypatch):
    relay = Relay()
    monkeypatch.setattr(transports, "email_carrier", lambda: relay)
    together(lambda: delivery.send_due(worker="w"))
    assert sorted(letter.key for letter in relay.sent) == [f"m:{n:05}" for n in range(40)]
    assert not Message.objects.exclude(state="sent").exists()


def test_one_takes_the_turn(settings):
    settings.COMPLETENESS_SWEEPS = []
    assert sorted(together(lambda: rounds.run("hourly"))) == [False] * (HANDS - 1) + [True]
    assert OutboxRound.objects.count() == 1


def test_one_tries_the_relay_after_a_pause():
    for _ in range(5):
        breaker.failed("email", Report(Verdict.UNREACHABLE, "connect"))
    breaker.Relay.objects.update(open_until=claims.database_now() - timedelta(seconds=1))
    watches = [breaker.Watch() for _ in range(HANDS)]
    assert sum(together(lambda: watches.pop().lets("email"))) == 1


def test_all_failures_are_counted():
    together(lambda: breaker.failed("email", Report(Verdict.UNREACHABLE, "connect")))
    assert breaker.Relay.objects.get().failures == HANDS


def test_more_hands_of_one_loop_send_until_told_to_stop(rows, monkeypatch, settings):
    settings.OUTBOX = settings.OUTBOX | {"send": 0.01}
    monkeypatch.setattr(connections, "close_all", lambda: None)  # the test's own connection
    stop, relay = threading.Event(), Relay()
    monkeypatch.setattr(transports, "email_carrier", lambda: relay)
    rest = delivery.send_due

    def sends(**facts):
        done = rest(**facts)
        if not done:
            stop.set()
        return done

    monkeypatch.setattr(delivery, "send_due", sends)
    send_due.send_on("w/2", stop)
    assert len(relay.sent) == 40

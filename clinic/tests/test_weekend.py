"""After a weekend's outage everything is due at once: order, one for each, no growth in work or memory."""

import tracemalloc
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic import claims, delivery, sweeps, transports
from clinic.models import AuditEvent, Message, MessageAttempt
from clinic.tests.outbox_world import RENDERERS, Relay, many

pytestmark = pytest.mark.django_db
USELESS, USEFUL = 450, 150
#: Claim, row, the clinic's settings, fence, and the end with its try and trail; three transactions' begin and end too.
QUERIES_A_MESSAGE = 18


@pytest.fixture
def weekend(desk, settings, monkeypatch):
    settings.MESSAGE_RENDERERS = RENDERERS
    relay = Relay()
    monkeypatch.setattr(transports, "email_carrier", lambda: relay)
    now = claims.database_now()
    friday = now - timedelta(days=2, hours=12)
    many(desk, USELESS, due=friday, not_after=friday + timedelta(days=1), prefix="useless")
    many(desk, USEFUL, due=friday + timedelta(hours=1), not_after=now + timedelta(days=1), prefix="useful")
    return relay


def test_useless_ones_are_missed_and_the_rest_goes_in_order_once_each(weekend):
    assert sweeps.sweep() == {"rescued": 0, "unknown": 0, "expired": USELESS}
    assert AuditEvent.objects.filter(action="message.expired").count() == USELESS
    delivery.send_due(worker="w", seconds=60)
    keys = [letter.key for letter in weekend.sent]
    assert keys == [f"useful:{number:05}" for number in range(USEFUL)]
    assert delivery.send_due(worker="w") == {}
    assert MessageAttempt.objects.count() == USEFUL


def test_the_useless_ones_are_never_sent_even_before_the_sweep(weekend):
    delivery.send_due(worker="w", seconds=60)
    assert {letter.key.split(":")[0] for letter in weekend.sent} == {"useful"}


def test_a_message_costs_the_same_however_many_wait(weekend):
    costs = []
    for wanted in (1, 11):
        with CaptureQueriesContext(connection) as asked:
            delivery.send_due(worker="w", stop=StopAfter(wanted))
        costs.append(len(asked))
    assert (costs[1] - costs[0]) / 10 <= QUERIES_A_MESSAGE
    assert costs[0] <= QUERIES_A_MESSAGE + 2


def test_a_sweep_costs_a_few_queries_a_batch_and_no_memory(weekend):
    tracemalloc.start()
    try:
        with CaptureQueriesContext(connection) as asked:
            sweeps.sweep()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(asked) <= 8 + (USELESS / sweeps.BATCH + 1) * 8
    assert peak < 6_000_000


def test_batches_in_turn_end_everything_once(weekend, monkeypatch):
    monkeypatch.setattr(sweeps, "BATCH", 7)
    assert sweeps.expire(claims.database_now()) == USELESS
    assert sweeps.expire(claims.database_now()) == 0


def test_the_claim_walks_its_own_index(weekend):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE clinic_message")
    with CaptureQueriesContext(connection) as asked:
        claims.claim(worker="w", channels={"email", "sms"})
    statement = next(one["sql"] for one in asked if "UPDATE clinic_message" in one["sql"])
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + statement)
        plan = str(cursor.fetchall())
    assert "message_claim" in plan


def test_a_worker_whose_clock_is_an_hour_ahead_sends_nothing_early_and_ends_nothing(desk, settings, weekend):
    Message.objects.all().delete()
    now = claims.database_now()
    many(desk, 3, due=now + timedelta(minutes=30), not_after=now + timedelta(minutes=50))
    with time_machine.travel(now + timedelta(hours=1)):
        assert delivery.send_due(worker="ahead") == {}
        assert sweeps.sweep() == {"rescued": 0, "unknown": 0, "expired": 0}
    assert not weekend.sent


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_words_are_made_for_the_databases_hour(desk, settings, weekend, hours):
    Message.objects.all().delete()
    now = claims.database_now()
    many(desk, 1, due=now - timedelta(minutes=1), not_after=now + timedelta(minutes=50))
    with time_machine.travel(now + timedelta(hours=hours)):
        assert delivery.send_due(worker="wrong") == {"accepted": 1}
    letter = weekend.sent[0]
    assert abs(letter.date - now) < timedelta(minutes=1)
    assert f"at {letter.date:%H:%M}" in letter.text
    assert abs(Message.objects.get().sent_at - now) < timedelta(minutes=1)


class StopAfter:
    """Says stop after so many looks."""

    def __init__(self, wanted):
        self.left = wanted

    def is_set(self):
        self.left -= 1
        return self.left < 0

"""The outbox in numbers."""

from datetime import timedelta

import pytest
import time_machine

from clinic import claims, gauges, sweeps
from clinic.models import Message, Relay
from clinic.tests.outbox_world import put

pytestmark = pytest.mark.django_db


def test_an_empty_outbox_is_all_noughts():
    found = gauges.read()
    assert (found.oldest_due_age_s, found.backlog, found.sending, found.unknown) == (0, 0, 0, 0)
    assert found.counted_24h == dict.fromkeys(gauges.COUNTED, 0)
    assert abs(found.clock_difference_s) < 2


def test_every_number_tells_what_it_says(desk):
    now = claims.database_now()
    put(desk, "late", due_at=now - timedelta(minutes=7))
    put(desk, "ahead", due_at=now + timedelta(minutes=7))
    for key, state, ago in (("u", "unknown", 31), ("v", "unknown", 29), ("f", "failed", 60), ("x", "expired", 60)):
        put(desk, key)
        Message.objects.filter(key=key).update(state=state, ended_at=now - timedelta(minutes=ago))
    put(desk, "old")
    Message.objects.filter(key="old").update(state="failed", ended_at=now - timedelta(hours=25))
    Relay.objects.create(channel="email", failures=3)
    sweeps.beat("worker")
    found = gauges.read()
    assert 420 <= found.oldest_due_age_s < 430
    assert (found.backlog, found.unknown, found.unknown_over_30_min) == (1, 2, 1)
    assert (found.failed_24h, found.expired_24h, found.sent_24h) == (1, 1, 0)
    assert found.heartbeat_age_s["worker"] < 5
    assert found.relays[0].failures == 3


def test_counts_are_of_the_last_day_and_known_by_name():
    for _ in range(2):
        gauges.count("reaper_rescued", 2)
    gauges.OutboxCount.objects.update(hour=claims.database_now() - timedelta(hours=23))
    gauges.count("reaper_rescued")
    assert gauges.read().counted_24h["reaper_rescued"] == 5
    with pytest.raises(ValueError, match="nobody counts"):
        gauges.count("anything")


def test_a_wrong_clock_shows_and_moves_no_other_number(desk):
    put(desk)
    with time_machine.travel(claims.database_now() + timedelta(hours=1)):
        found = gauges.read()
    assert 3590 < found.clock_difference_s < 3610
    assert found.oldest_due_age_s < 10


def test_they_cost_the_same_for_many(desk, django_assert_max_num_queries):
    for number in range(20):
        put(desk, str(number))
    with django_assert_max_num_queries(13):
        gauges.read()

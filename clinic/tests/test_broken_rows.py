"""Rows that cannot be read, rendered or addressed: each has its own end, and none stops the others."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from clinic import claims, delivery, outbox, sweeps
from clinic.models import Client, Message, MessageAttempt
from clinic.tests.outbox_world import RENDERERS, put

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def words(settings):
    settings.MESSAGE_RENDERERS = RENDERERS


def spoil(column, value, *, table="clinic_message"):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s", [value])


def ends_beside_a_good_one(desk, outcome, state):
    """The broken row ends as said, and the one behind it goes out."""
    put(desk, "good", due_at=claims.database_now())
    assert delivery.send_due(worker="w") == {outcome: 1, "accepted": 1}
    rows = dict(Message.objects.values_list("key", "state"))
    assert rows == {"bad": state, "good": "sent"}


# What a damaged disk or a careless hand can leave; PostgreSQL takes no identifier that is none.
DAMAGE = [("context", "[1, 2]"), ("context", '"text"'), ("context", "7")]
DAMAGE += [("about_id", "no uuid")] if connection.vendor == "sqlite" else []


@pytest.mark.parametrize(("column", "value"), DAMAGE)
def test_a_row_that_holds_something_else(desk, column, value):
    put(desk, "bad")
    spoil(column, value)
    ends_beside_a_good_one(desk, "failed", "failed")


def test_an_address_that_no_key_opens(desk):
    put(None, "bad", recipient={"email": "x@example.org"})
    spoil("recipient", "gAAAA-not-a-token")
    ends_beside_a_good_one(desk, "failed", "failed")


@pytest.mark.parametrize("kind", ["nobody.knows", "test.broken", "x"])
def test_a_kind_that_nobody_renders(desk, kind):
    put(desk, "bad", kind=kind)
    ends_beside_a_good_one(desk, "later", "scheduled")


def test_a_client_whose_record_cannot_be_read(desk, client_ann, monkeypatch):
    put(None, "bad", client=client_ann, at_once=True)
    monkeypatch.setattr(delivery, "_look_again", lambda message, now: message.client and 1 / 0)
    ends_beside_a_good_one(desk, "later", "scheduled")


def test_broken_rows_end_in_the_sweeps_and_can_be_taken_back(desk, now):
    gone = claims.database_now() - timedelta(days=2)
    for number, state in enumerate(("scheduled", "sending", "sending")):
        put(desk, f"bad:{number}", due_at=gone, not_after=gone + timedelta(hours=1))
        facts = {"state": state} | ({"lease_token": "0" * 32, "lease_until": gone} if state == "sending" else {})
        Message.objects.filter(key=f"bad:{number}").update(**facts)
    Message.objects.filter(key="bad:2").update(body_started_at=gone)
    put(desk, "bad:3", due_at=gone + timedelta(days=9), not_after=gone + timedelta(days=10))
    for column, value in DAMAGE[2:]:
        spoil(column, value)
    spoil("recipient", "not a token")
    assert sweeps.sweep() == {"rescued": 1, "unknown": 1, "expired": 2}
    assert outbox.cancel(key_prefix="bad:3", reason="x", by=desk, now=now) == 1


def test_the_database_away_while_a_row_is_read_is_no_try_of_it(desk, monkeypatch):
    message = put(desk)
    read = delivery._read

    def away(pk):
        monkeypatch.setattr(delivery, "_read", read)
        raise OperationalError("terminating connection")

    monkeypatch.setattr(delivery, "_read", away)
    assert delivery.send_due(worker="w") == {"unreachable": 1}
    message.refresh_from_db()
    assert (message.state, message.attempts, message.deferrals) == ("scheduled", 0, 1)
    assert message.next_attempt_at - claims.database_now() < timedelta(seconds=3)
    assert MessageAttempt.objects.get().phase == "database"
    assert not Client.objects.exists()

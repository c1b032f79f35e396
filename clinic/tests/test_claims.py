"""Who may send which row: the database's lock and clock, on PostgreSQL and on SQLite files."""

import threading
import time
import uuid
from datetime import timedelta

import pytest
from django.db import connection, connections

from clinic import audit, claims, outbox
from clinic.models import Client, Message, User

EMAIL = {"email"}


def waiting(desk, due, *, key="k:1", **changes):
    facts = {"not_after": due + timedelta(days=1)} | changes
    return outbox.schedule(
        key=key, kind="staff.notice", channel="email", due_at=due, by=audit.SYSTEM, now=due, user=desk, **facts
    )


@pytest.mark.django_db
def test_claim_takes_the_row_that_is_due_longest(desk):
    now = claims.database_now()
    waiting(desk, now - timedelta(minutes=1), key="later")
    first = waiting(desk, now - timedelta(minutes=5), key="first")
    held = claims.claim(worker="w", channels=EMAIL)
    first.refresh_from_db()
    assert (held.pk, first.state, first.lease_token) == (first.pk, "sending", held.token)
    assert first.lease_until - now >= timedelta(minutes=14)
    assert abs(held.at - now) < timedelta(seconds=10)


@pytest.mark.django_db
@pytest.mark.parametrize("channels", [{"sms"}, {"email", "sms"}])
def test_claim_leaves_what_is_not_due_over_or_another_channel(desk, channels):
    now = claims.database_now()
    waiting(desk, now + timedelta(seconds=30), key="early")
    waiting(desk, now - timedelta(days=2), key="over", not_after=now - timedelta(seconds=1))
    if channels == {"sms"}:
        waiting(desk, now, key="email")
    assert claims.claim(worker="w", channels=channels) is None


@pytest.mark.django_db
def test_the_databases_clock_decides_not_the_workers(desk, monkeypatch):
    waiting(desk, claims.database_now() + timedelta(minutes=30))
    monkeypatch.setattr(time, "time", lambda: time.monotonic() + 10**10)
    assert claims.claim(worker="w", channels=EMAIL) is None


@pytest.mark.django_db
def test_fence_holds_once_and_only_for_the_claimer(desk):
    waiting(desk, claims.database_now())
    held = claims.claim(worker="w", channels=EMAIL)
    assert not claims.fence(claims.Claim(held.pk, uuid.uuid4(), "email", held.at))
    assert claims.fence(held)
    assert not claims.fence(held)


@pytest.mark.django_db
def test_fence_refuses_when_the_lease_ends_before_an_answer_could_come(desk, settings):
    settings.OUTBOX = settings.OUTBOX | {"lease": 100, "reply": 300}
    waiting(desk, claims.database_now())
    assert not claims.fence(claims.claim(worker="w", channels=EMAIL))


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [-1, 30])
def test_fence_refuses_when_quiet_hours_have_begun_meanwhile(desk, seconds):
    waiting(desk, claims.database_now())
    held = claims.claim(worker="w", channels=EMAIL)
    assert claims.fence(held, before=claims.database_now() + timedelta(seconds=seconds)) is (seconds > 0)


@pytest.mark.django_db
def test_fence_refuses_what_lost_its_use_meanwhile(desk):
    waiting(desk, claims.database_now())
    held = claims.claim(worker="w", channels=EMAIL)
    Message.objects.update(not_after=claims.database_now() - timedelta(seconds=1))
    assert not claims.fence(held)


@pytest.mark.django_db
def test_release_gives_back_what_is_ours_and_nothing_else(desk):
    message = waiting(desk, claims.database_now())
    held = claims.claim(worker="w", channels=EMAIL)
    assert not claims.release(claims.Claim(held.pk, uuid.uuid4(), "email", held.at))
    assert claims.release(held)
    message.refresh_from_db()
    assert (message.state, message.attempts, message.lease_token) == ("scheduled", 0, None)


@pytest.mark.django_db
def test_fence_refuses_what_was_cancelled_meanwhile(desk, now):
    waiting(desk, claims.database_now())
    held = claims.claim(worker="w", channels=EMAIL)
    outbox.cancel(key_prefix="k:", reason="withdrawn", by=audit.SYSTEM, now=now)
    assert not claims.fence(held)


def claim_all(using, found, start):
    start.wait()
    try:
        while held := claims.claim(worker="w", channels=EMAIL, using=using):
            found.append(held.pk)
    finally:
        connections[using].close()


def race(using, claimers=4):
    found, start = [], threading.Barrier(claimers)
    threads = [threading.Thread(target=claim_all, args=(using, found, start)) for _ in range(claimers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


def rows(count, now):
    for number in range(count):
        yield Message(
            key=f"k:{number}", message_id=f"<{number}@clinic.test>", kind="staff.notice", channel="email",
            recipient={"email": "a@example.org"}, time_zone="UTC", local_date=now.date(), local_time=now.time(),
            due_at=now, next_attempt_at=now - timedelta(minutes=1), not_after=now + timedelta(days=1), created_at=now,
        )  # fmt: skip


@pytest.fixture
def shared(django_db_blocker, tmp_path):
    """A database that several connections share: PostgreSQL, or a SQLite file (in memory there is only one)."""
    if connection.vendor == "postgresql":
        yield "default"
        return
    connections.settings["file"] = connections.settings["default"] | {
        "NAME": str(tmp_path / "clinic.sqlite3"),
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL;"},
    }
    with django_db_blocker.unblock():
        file = connections["file"]
        with file.constraint_checks_disabled(), file.schema_editor() as editor:
            for model in (User, Client, Message):
                editor.create_model(model)
        yield "file"
        file.close()
    del connections["file"], connections.settings["file"]


on_postgresql = pytest.mark.django_db(transaction=True) if connection.vendor == "postgresql" else lambda test: test


@on_postgresql
def test_claimers_never_get_the_same_row(shared):
    Message.objects.using(shared).bulk_create(rows(60, claims.database_now(using=shared)))
    found = race(shared)
    assert len(found) == len(set(found)) == 60

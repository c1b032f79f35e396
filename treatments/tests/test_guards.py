"""What the database refuses by itself, asked by raw SQL on the database in use."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from treatments import sessions
from treatments.models import Session
from treatments.tests import world

HELD = "INSERT INTO treatments_session (public_id, client_id, therapist_id, starts_at, ends_at, room, state, booked_at, cancel_reason) SELECT %s, client_id, therapist_id, starts_at, ends_at, room, %s, booked_at, '' FROM treatments_session WHERE id = %s"  # noqa: E501
CANCEL = (
    "UPDATE treatments_session SET state = 'cancelled', cancelled_at = booked_at, cancelled_by_id = %s WHERE id = %s"
)


def run(sql, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.fixture
def note(client_ann, therapist, now):
    world.ready(client_ann, now)
    return world.signed(client_ann, therapist, now)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE treatments_note SET pain_after = 0 WHERE id = %s",
        "UPDATE treatments_note SET signed_at = NULL, signed_by_id = NULL, checksum = '' WHERE id = %s",
        "DELETE FROM treatments_note WHERE id = %s",
    ],
)
def test_signed_note_is_refused_by_the_database(note, sql):
    with pytest.raises(IntegrityError, match="locked"):
        run(sql, note.pk)


def test_unsigned_note_may_still_change_by_sql(client_ann, therapist, now):
    world.ready(client_ann, now)
    _, note = world.started(client_ann, therapist, now)
    run("UPDATE treatments_note SET pain_after = 0 WHERE id = %s", note.pk)
    note.refresh_from_db()
    assert note.pain_after == 0


@pytest.mark.parametrize("sql", ["UPDATE treatments_addendum SET text = 'x'", "DELETE FROM treatments_addendum"])
def test_addendum_is_refused_by_the_database(note, therapist, now, sql):
    sessions.addend(note=note, text="The left side.", reason="Mixed up", by=therapist, now=now)
    with pytest.raises(IntegrityError, match="never changed"):
        run(sql)


def other_id():
    return "0" * 32 if connection.vendor == "sqlite" else "00000000-0000-0000-0000-000000000000"


def test_overlap_by_sql_is_refused_by_the_database(client_ann, therapist, now):
    world.ready(client_ann, now)
    session = world.booked(client_ann, therapist, now + timedelta(hours=1))
    with pytest.raises(IntegrityError, match="session_"):
        run(HELD, other_id(), "booked", session.pk)


def test_cancelled_session_holds_no_time(client_ann, therapist, desk, now):
    world.ready(client_ann, now)
    session = world.booked(client_ann, therapist, now + timedelta(hours=1))
    run(CANCEL, desk.pk, session.pk)
    run(HELD, other_id(), "booked", session.pk)
    assert Session.objects.count() == 2


def test_cancelled_session_does_not_come_back_over_another(client_ann, therapist, desk, now):
    world.ready(client_ann, now)
    session = world.booked(client_ann, therapist, now + timedelta(hours=1))
    run(CANCEL, desk.pk, session.pk)
    run(HELD, other_id(), "booked", session.pk)
    with pytest.raises(IntegrityError, match="session_"):
        run("UPDATE treatments_session SET state = 'booked' WHERE id = %s", session.pk)


@pytest.mark.parametrize("minutes", [60, -60])
def test_sessions_back_to_back_are_no_overlap(client_ann, client_ben, therapist, now, minutes):
    at = now + timedelta(hours=3)
    world.booked(client_ann, therapist, at)
    assert world.booked(client_ben, therapist, at + timedelta(minutes=minutes)).pk


def test_one_minute_of_overlap_is_refused(client_ann, client_ben, therapist, other_therapist, now):
    at = now + timedelta(hours=3)
    session = world.booked(client_ann, therapist, at)
    moved = world.booked(client_ben, therapist, at + timedelta(minutes=60))
    with pytest.raises(IntegrityError, match="session_therapist_free"):
        run("UPDATE treatments_session SET starts_at = %s WHERE id = %s", at + timedelta(minutes=59), moved.pk)
    assert session.pk

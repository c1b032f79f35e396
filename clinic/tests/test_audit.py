"""The audit trail: with the change or not at all, append-only, chained, the same on every database."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from clinic import audit, clients, request_context
from clinic.models import AuditEvent, Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def three_events(desk, client_ann):
    for verb in ("read", "change", "archive"):
        audit.record(f"client.{verb}", by=desk, client=client_ann, fields=["mobile"])
    return list(AuditEvent.objects.order_by("pk"))


def as_superuser(statement, *parameters):
    """What somebody can do who owns the database: the trigger off, a row changed, the trigger on again."""
    from clinic.guards import REGISTRY

    guard = next(guard for guard in REGISTRY if guard.table == "clinic_auditevent")
    guard.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
    guard.install(connection)


def test_a_broken_audit_write_keeps_nothing_else(desk, now, monkeypatch):
    def broken(events):
        raise DatabaseError("the audit table is gone")

    monkeypatch.setattr(audit, "_append", broken)
    with pytest.raises(DatabaseError):
        clients.register(by=desk, now=now, first_name="Ann", last_name="Archer", date_of_birth=now.date())
    assert not Client.objects.exists()
    assert not AuditEvent.objects.exists()


def test_events_of_something_undone_are_not_kept(desk, client_ann):
    with audit.transaction():
        audit.record("client.read", by=desk, client=client_ann)
        with pytest.raises(RuntimeError), audit.transaction():
            audit.record("client.change", by=desk, client=client_ann)
            raise RuntimeError
    assert [event.action for event in AuditEvent.objects.all()] == ["client.read"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE clinic_auditevent SET action = 'x' WHERE id = %s",
        "UPDATE clinic_auditevent SET hash = 'x' WHERE id = %s",
        "DELETE FROM clinic_auditevent WHERE id = %s",
    ],
)
def test_the_database_refuses_to_change_a_row(statement, three_events):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [three_events[1].pk])
    assert audit.verify() == (3, [])


def test_the_database_refuses_to_empty_the_trail(three_events):
    empty = "TRUNCATE clinic_auditevent" if connection.vendor == "postgresql" else "DELETE FROM clinic_auditevent"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(empty)
    assert AuditEvent.objects.count() == 3


def test_the_orm_cannot_change_a_row_either(three_events):
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEvent.objects.filter(pk=three_events[0].pk).update(reason="never happened")


@pytest.mark.parametrize("column", ["action", "reason", "actor_label", "agent", "request_id"])
def test_verify_names_a_changed_row(column, three_events):
    as_superuser(f"UPDATE clinic_auditevent SET {column} = 'x' WHERE id = %s", three_events[1].pk)
    _, breaks = audit.verify()
    assert breaks[0].event_id == three_events[1].pk


def test_verify_names_the_row_after_a_missing_one(three_events):
    as_superuser("DELETE FROM clinic_auditevent WHERE id = %s", three_events[1].pk)
    assert [broken.event_id for broken in audit.verify()[1]] == [three_events[2].pk]


def test_verify_finds_a_cut_end_by_a_noted_head(three_events):
    number, digest = audit.head()
    as_superuser("DELETE FROM clinic_auditevent WHERE id = %s", three_events[2].pk)
    assert audit.verify() == (2, [])
    assert [broken.event_id for broken in audit.verify({number: digest})[1]] == [three_events[2].pk]


def test_command_fails_and_names_the_row(three_events):
    as_superuser("UPDATE clinic_auditevent SET reason = 'x' WHERE id = %s", three_events[0].pk)
    errors = io.StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("audit_verify", stderr=errors)
    assert failed.value.returncode == 1
    assert f"row {three_events[0].pk}:" in errors.getvalue()


def test_command_prints_an_anchor_it_takes_back(three_events):
    said = io.StringIO()
    call_command("audit_verify", stdout=said)
    anchor = said.getvalue().rpartition("Newest: ")[2].strip()
    call_command("audit_verify", f"--anchor={anchor}", stdout=io.StringIO())
    with pytest.raises(CommandError) as failed:
        call_command("audit_verify", "--anchor=nonsense")
    assert failed.value.returncode == 2


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::192.0.2.7", None),
        ("fe80::1%eth0", "fe80::1"),
        ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
        ("", None),
        ("not an address", None),
    ],
)
def test_the_chain_survives_every_form_of_an_address(given, kept, desk, client_ann):
    token = request_context.set_current(request_context.Origin(ip=given))
    audit.record("client.read", by=desk, client=client_ann)
    request_context.reset(token)
    assert audit.verify() == (1, [])
    if kept:
        assert AuditEvent.objects.get().ip == kept


@pytest.mark.parametrize("text", ["line\r\nsecond", "nul\x00", "lone \ud800 half", "right\u202eleft", "ł" * 500])
def test_the_chain_survives_odd_text_on_one_line(text, desk, client_ann):
    origin = request_context.Origin(ip="192.0.2.7", agent=text, request_id=text)
    token = request_context.set_current(origin)
    audit.record("client.read", by=desk, client=client_ann, fields=[text], reason=text)
    request_context.reset(token)
    event = AuditEvent.objects.get()
    assert audit.verify() == (1, [])
    assert not any(char in event.agent + event.reason + event.request_id for char in "\r\n\x00")


def test_times_keep_their_microseconds_through_the_database(desk, client_ann):
    for _ in range(20):
        audit.record("client.read", by=desk, client=client_ann)
    assert audit.verify() == (20, [])


def test_a_refused_look_is_on_record(as_user, desk, client_ann):
    assert as_user(desk).get(f"/clients/{client_ann.public_id}/who-looked/").status_code == 403
    assert AuditEvent.objects.filter(action="client_audit.refused", actor=desk, client=client_ann).exists()


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_make_one_chain(desk, client_ann):
    from threading import Thread

    def write():
        for _ in range(5):
            audit.record("client.read", by=desk, client=client_ann)
        connection.close()

    if connection.vendor == "sqlite":  # in memory, each thread would have a database of its own
        write()
    else:
        threads = [Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert audit.verify()[1] == []

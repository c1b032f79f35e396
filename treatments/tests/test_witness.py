"""What was signed is what is there."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from clinic.guards import REGISTRY
from treatments import sessions, witness
from treatments.models import Note
from treatments.tests.world import ready, signed


def behind_the_guards(sql, *values):
    """As the database's superuser would: the trigger lifted, the row changed."""
    guard = next(one for one in REGISTRY if one.table == "treatments_note")
    guard.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
    guard.install(connection)


@pytest.fixture
def note(client_ann, therapist, now):
    ready(client_ann, now)
    return signed(client_ann, therapist, now)


def test_untouched_note_is_what_was_signed(note):
    assert list(witness.signed_notes()) == []
    call_command("audit_verify")


def test_changed_note_is_named_and_the_command_fails(note, capsys):
    behind_the_guards("UPDATE treatments_note SET pain_after = 0 WHERE id = %s", note.pk)
    assert [line for line in witness.signed_notes() if str(note.public_id) in line]
    with pytest.raises(CommandError):
        call_command("audit_verify")
    assert str(note.public_id) in capsys.readouterr().err


def test_changed_note_with_a_new_checksum_is_named(note):
    note.pain_after = 0
    behind_the_guards(
        "UPDATE treatments_note SET pain_after = 0, checksum = %s WHERE id = %s", sessions.checksum(note), note.pk
    )
    assert [line for line in witness.signed_notes() if "is not what was signed" in line]


def test_note_that_was_signed_and_is_gone_is_named(note):
    behind_the_guards("DELETE FROM treatments_note WHERE id = %s", note.pk)
    assert not Note.objects.exists()
    assert [line for line in witness.signed_notes() if "is gone" in line]

"""What the database itself refuses: a signed note changed, an addendum changed, two sessions in one place at once.

PostgreSQL has exclusion constraints for the last; SQLite gets triggers that raise the same names, so that one piece of
code reads both (`treatments.schedule.taken`). A later migration that rebuilds a table on SQLite drops its triggers and
has to install them again.
"""

from typing import Any

from django.db import migrations

from clinic.guards import Guard, operation

GUARDS = [
    Guard("treatments_note", "a signed note is locked", "OLD.signed_at IS NOT NULL"),
    Guard("treatments_addendum", "an addendum is never changed"),
]

# Name of the rule, column that must be free, and when the rule applies (N is the row being written).
OVERLAPS = (
    ("session_therapist_free", "therapist_id", ""),
    ("session_client_free", "client_id", ""),
    ("session_room_free", "room", "room <> ''"),
)
HOLDS_TIME = "state NOT IN ('cancelled', 'no_show')"


def _postgresql() -> list[str]:
    made = ["CREATE EXTENSION IF NOT EXISTS btree_gist"]
    for name, column, only in OVERLAPS:
        where = f"{HOLDS_TIME} AND {only}" if only else HOLDS_TIME
        made.append(
            f"ALTER TABLE treatments_session ADD CONSTRAINT {name} EXCLUDE USING gist "
            f"({column} WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&) WHERE ({where})"
        )
    return made


def _sqlite() -> list[str]:
    made = []
    for name, column, only in OVERLAPS:
        applies = f"NEW.{HOLDS_TIME}" + (f" AND NEW.{only}" if only else "")
        clash = (
            f"SELECT 1 FROM treatments_session AS other WHERE other.id IS NOT NEW.id AND other.{HOLDS_TIME} "
            f"AND other.{column} = NEW.{column} AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at"
        )
        for event, moment in (("insert", "INSERT"), ("update", "UPDATE")):
            made.append(
                f"CREATE TRIGGER {name}_{event} BEFORE {moment} ON treatments_session FOR EACH ROW "
                f"WHEN {applies} AND EXISTS ({clash}) BEGIN SELECT RAISE(ABORT, '{name}'); END"
            )
    return made


def forwards(apps: Any, schema_editor: Any) -> None:
    statements = _postgresql() if schema_editor.connection.vendor == "postgresql" else _sqlite()
    with schema_editor.connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def backwards(apps: Any, schema_editor: Any) -> None:
    postgresql = schema_editor.connection.vendor == "postgresql"
    with schema_editor.connection.cursor() as cursor:
        for name, _, _ in OVERLAPS:
            if postgresql:
                cursor.execute(f"ALTER TABLE treatments_session DROP CONSTRAINT IF EXISTS {name}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}_insert")
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}_update")


class Migration(migrations.Migration):
    dependencies = [("treatments", "0001_initial"), ("clinic", "0002_guards")]
    operations = [operation(*GUARDS), migrations.RunPython(forwards, backwards)]

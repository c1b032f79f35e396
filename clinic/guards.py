"""Rows the database itself refuses to change: SQL triggers for PostgreSQL and SQLite, used in migrations.

A `Guard` names a table and the condition (over OLD) under which UPDATE and DELETE are refused. `condition=None` means
always (append-only). With `columns` a change of those columns is refused as well, and every DELETE. PostgreSQL also
refuses TRUNCATE. Nothing here depends on models, so old migrations stay valid.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Guard:
    table: str
    message: str
    condition: str | None = None
    columns: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.table}_guard"

    def install(self, connection: Any) -> None:
        for statement in self.statements(connection.vendor):
            with connection.cursor() as cursor:
                cursor.execute(statement)

    def remove(self, connection: Any) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                for part in ("row", "columns", "truncate"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {self.name}_{part} ON {self.table}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {self.name}_update")
                cursor.execute(f"DROP TRIGGER IF EXISTS {self.name}_delete")

    def statements(self, vendor: str) -> Iterable[str]:
        if vendor == "postgresql":
            return self._postgresql()
        return self._sqlite()

    def _changes(self, distinct: str) -> str:
        changed = [f"OLD.{column} {distinct} NEW.{column}" for column in self.columns]
        return " OR ".join(changed + ([self.condition] if self.condition else []))

    def _postgresql(self) -> Iterable[str]:
        when = f"WHEN ({self.condition})" if self.condition and not self.columns else ""
        yield (
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN RAISE EXCEPTION '{self.message}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        events = "DELETE" if self.columns else "UPDATE OR DELETE"
        yield f"DROP TRIGGER IF EXISTS {self.name}_row ON {self.table}"
        yield (
            f"CREATE TRIGGER {self.name}_row BEFORE {events} ON {self.table} "
            f"FOR EACH ROW {when} EXECUTE FUNCTION {self.name}()"
        )
        if self.columns:
            yield f"DROP TRIGGER IF EXISTS {self.name}_columns ON {self.table}"
            yield (
                f"CREATE TRIGGER {self.name}_columns BEFORE UPDATE ON {self.table} "
                f"FOR EACH ROW WHEN ({self._changes('IS DISTINCT FROM')}) EXECUTE FUNCTION {self.name}()"
            )
        yield f"DROP TRIGGER IF EXISTS {self.name}_truncate ON {self.table}"
        yield (
            f"CREATE TRIGGER {self.name}_truncate BEFORE TRUNCATE ON {self.table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {self.name}()"
        )

    def _sqlite(self) -> Iterable[str]:
        when = f"WHEN {self.condition}" if self.condition else ""
        for event in ("UPDATE", "DELETE"):
            if event == "UPDATE" and self.columns:
                when = f"WHEN {self._changes('IS NOT')}"
            elif event == "DELETE" and self.columns:
                when = ""
            yield f"DROP TRIGGER IF EXISTS {self.name}_{event.lower()}"
            yield (
                f"CREATE TRIGGER {self.name}_{event.lower()} BEFORE {event} ON {self.table} "
                f"FOR EACH ROW {when} BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
            )


# Every guard of every migration that was loaded: the test plugin lifts them while it empties tables.
REGISTRY: list[Guard] = []


def operation(*guards: Guard) -> Any:
    """A migration operation that installs the guards, and removes them when unapplied."""
    from django.db import migrations

    REGISTRY.extend(guard for guard in guards if guard not in REGISTRY)

    def forwards(apps: Any, schema_editor: Any) -> None:
        for guard in guards:
            guard.install(schema_editor.connection)

    def backwards(apps: Any, schema_editor: Any) -> None:
        for guard in guards:
            guard.remove(schema_editor.connection)

    return migrations.RunPython(forwards, backwards)

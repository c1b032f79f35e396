"""Who may send which row, decided by the database: its lock, its clock. Hides where PostgreSQL and SQLite differ.

Only the database's clock says what is due, so a worker whose own clock is wrong sends nothing early.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from clinic.models import Message

# The clock stands in a sub-select of its own: read once for a statement, PostgreSQL can then walk the partial index.
_POSTGRESQL_NOW = "(SELECT clock_timestamp())"
_POSTGRESQL_LATER = "(SELECT clock_timestamp() + %s * interval '1 second')"
# The form Django stores on SQLite; the shorter fraction compares correctly as text.
_SQLITE_NOW = "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"
_SQLITE_LATER = "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', '+' || %s || ' seconds')"

_CLAIM = """
UPDATE clinic_message
   SET state = 'sending', lease_token = %s, lease_until = {later}, claimed_by = %s, body_started_at = NULL
 WHERE id = (SELECT id FROM clinic_message {index}
              WHERE state = 'scheduled' AND next_attempt_at <= {now} AND not_after > {now} AND channel IN ({channels})
              ORDER BY next_attempt_at, id LIMIT 1 {lock})
RETURNING id, channel, {now}
"""
_FENCE = """
UPDATE clinic_message SET body_started_at = {now}
 WHERE id = %s AND lease_token = %s AND state = 'sending' AND body_started_at IS NULL
   AND lease_until > {later} AND not_after > {now} AND {now} < %s
"""
_FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)


#: A row that nobody holds.
FREE: dict[str, Any] = {"lease_token": None, "lease_until": None, "body_started_at": None}


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one row until its lease ends. `at` is the database's time of the claim."""

    pk: int
    token: uuid.UUID
    channel: str
    at: datetime


def claim(*, worker: str, channels: Collection[str], using: str = DEFAULT_DB_ALIAS) -> Claim | None:
    """Take the row that is due longest, if there is one; two claimers never get the same."""
    connection = connections[using]
    token = uuid.uuid4()
    statement = _for(connection, _CLAIM, channels=", ".join(["%s"] * len(channels)))
    values = [_stored(token, connection), settings.OUTBOX["lease"], worker[:80], *sorted(channels)]
    # SQLite begins IMMEDIATE here: the second claimer waits for the first instead of failing.
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return Claim(pk=row[0], token=token, channel=row[1], at=_moment(row[2])) if row else None


def fence(held: Claim, *, before: datetime | None = None, using: str = DEFAULT_DB_ALIAS) -> bool:
    """The last question before content goes out: is the row still ours, for longer than an answer can take?

    And is it still time: `before` is when quiet hours begin, which a slow relay may have let pass meanwhile.
    """
    connection = connections[using]
    statement = _for(connection, _FENCE)
    needed = settings.OUTBOX["command"] + settings.OUTBOX["reply"]  # the content, then its answer
    silence = connection.ops.adapt_datetimefield_value(before or _FOR_EVER)
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute(statement, [held.pk, _stored(held.token, connection), needed, silence])
        return bool(cursor.rowcount == 1)


def release(held: Claim) -> bool:
    """Give a row back as it was: nothing went out, and it was no try. False when it is not ours any more."""
    mine = Message.objects.filter(pk=held.pk, lease_token=held.token, state=Message.State.SENDING)
    return bool(mine.update(state=Message.State.SCHEDULED, **FREE))


def database_now(*, using: str = DEFAULT_DB_ALIAS) -> datetime:
    """The database's clock."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(_for(connection, "SELECT {now}"), [])
        return _moment(cursor.fetchone()[0])


def _for(connection: Any, statement: str, **parts: str) -> str:
    if connection.vendor == "postgresql":
        return statement.format(
            now=_POSTGRESQL_NOW, later=_POSTGRESQL_LATER, lock="FOR UPDATE SKIP LOCKED", index="", **parts
        )
    # Named: without statistics SQLite's planner takes whichever index begins with the state, and sorts all that wait.
    index = "INDEXED BY message_claim"
    return statement.format(now=_SQLITE_NOW, later=_SQLITE_LATER, lock="", index=index, **parts)


def _stored(token: uuid.UUID, connection: Any) -> Any:
    return Message._meta.get_field("lease_token").get_db_prep_value(token, connection)


def _moment(value: Any) -> datetime:
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    moment: datetime = value
    return moment

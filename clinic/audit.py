"""The audit trail: who read or wrote what of whose record, when, from where.

Every row carries the hash of the one before it. Rows are written in the transaction of the change they tell of, last of
all, under one lock, so that the chain has no forks and two verbs never wait for each other while holding it.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models
from django.db import transaction as db_transaction
from django.utils import timezone

from clinic import logs, request_context
from clinic.compiled import insert
from clinic.models import AuditEvent, Client, User

GENESIS = "0" * 64
_LOCK = 7_201_966  # any constant; names the advisory lock of the chain on PostgreSQL
_LAST_HASH = "SELECT hash FROM clinic_auditevent ORDER BY id DESC LIMIT 1"
_CHAINED = (
    "at", "actor_id", "actor_kind", "actor_label", "client_id", "action", "subject_type", "subject_id", "fields",
    "reason", "ip", "agent", "request_id", "previous_hash",
)  # fmt: skip


@dataclass(frozen=True)
class ClientActor:
    """A client who acts through a link; `via` names the link, never its token."""

    client: Client
    via: str


@dataclass(frozen=True)
class SystemActor:
    """The clinic's own machinery; `label` says which part."""

    label: str = "system"


@dataclass(frozen=True)
class Nobody:
    """Somebody who is not signed in; `label` says what they tried."""

    label: str = ""


SYSTEM = SystemActor()
Actor = User | ClientActor | SystemActor | Nobody


def staff(actor: Actor) -> User | None:
    """The member of staff behind an actor: what goes into a `_by` column."""
    return actor if isinstance(actor, User) else None


@dataclass
class _Buffer:
    events: list[AuditEvent] = field(default_factory=list)


_buffer: ContextVar[_Buffer | None] = ContextVar("audit_buffer", default=None)


@contextmanager
def transaction() -> Iterator[None]:
    """Everything inside is kept together with its audit rows, or nothing is. Nests freely."""
    outer = _buffer.get()
    if outer is not None:
        kept = len(outer.events)
        try:
            with db_transaction.atomic():
                yield
        except BaseException:
            del outer.events[kept:]  # what was rolled back did not happen
            raise
        return
    buffer = _Buffer()
    token = _buffer.set(buffer)
    try:
        with db_transaction.atomic():
            yield
            _append(buffer.events)
    finally:
        _buffer.reset(token)


def record(
    action: str,
    *,
    by: Actor,
    client: Client | None = None,
    subject: models.Model | None = None,
    fields: Iterable[str] = (),
    reason: str = "",
) -> None:
    """Write one event; inside `transaction()` it is written at its end, in the same transaction.

    `action` is "<noun>.<verb>"; `fields` are names of fields, never their content.
    """
    _keep([_event(action, by=by, client=client, subject=subject, fields=fields, reason=reason)])


def record_many(action: str, *, by: Actor, clients: Sequence[Client], fields: Iterable[str] = ()) -> None:
    """One event for each client shown on a list."""
    names = list(fields)
    _keep([_event(action, by=by, client=client, fields=names) for client in clients])


def _keep(events: list[AuditEvent]) -> None:
    buffer = _buffer.get()
    if buffer is not None:
        buffer.events.extend(events)
        return
    with db_transaction.atomic():
        _append(events)


def _event(
    action: str,
    *,
    by: Actor,
    client: Client | None = None,
    subject: models.Model | None = None,
    fields: Iterable[str] = (),
    reason: str = "",
) -> AuditEvent:
    origin = request_context.current()
    kind, label = _describe(by)
    return AuditEvent(
        at=timezone.now(),
        actor=staff(by),
        actor_kind=kind,
        actor_label=_clean(label, 80),
        client=client or (by.client if isinstance(by, ClientActor) else None),
        action=_clean(action, 60),
        subject_type=subject._meta.label if subject is not None else "",
        subject_id=str(getattr(subject, "public_id", None) or subject.pk) if subject is not None else "",
        fields=sorted({_clean(str(name), 60) for name in fields}),
        reason=_clean(" ".join(reason.split()), 300),
        ip=_address(origin.ip),
        agent=_clean(origin.agent, 120),
        request_id=_clean(origin.request_id, 32),
    )


def _clean(text: str, longest: int) -> str:
    """One line that every database takes and that nobody can pass off as two: control characters are spelled out."""
    return logs.one_line(text.encode("utf-8", "backslashreplace").decode())[:longest]


def _address(text: str | None) -> str | None:
    """An address in the one form in which both databases give it back; None for what is no address."""
    try:
        address = ipaddress.ip_address((text or "").partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


def _describe(by: Actor) -> tuple[str, str]:
    kinds = AuditEvent.ActorKind
    if isinstance(by, User):
        return kinds.STAFF, ""
    if isinstance(by, ClientActor):
        return kinds.CLIENT, by.via
    if isinstance(by, SystemActor):
        return kinds.SYSTEM, by.label
    return kinds.NOBODY, by.label


def _append(events: list[AuditEvent]) -> None:
    if not events:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Held until commit: the next writer sees our last hash. SQLite's IMMEDIATE transactions already serialise.
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_LAST_HASH)
        last = cursor.fetchone()
    previous = last[0] if last else GENESIS
    for event in events:
        event.previous_hash = previous
        event.hash = previous = chain_hash(event)
    if len(events) == 1:  # one look or one save, as most are
        insert(events[0])
    else:
        AuditEvent.objects.bulk_create(events)


def chain_hash(event: AuditEvent) -> str:
    """SHA-256 over a JSON form of the row and the hash before it (JSON: no two rows can read alike)."""
    facts = {name: getattr(event, name) for name in _CHAINED} | {"ip": _address(event.ip)}
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value)


@dataclass(frozen=True)
class Break:
    """Where the chain does not hold: the row's id and why."""

    event_id: int
    why: str


def head() -> tuple[int, str]:
    """(id, hash) of the newest row. Kept outside, it is what shows that the newest rows were cut off."""
    newest = AuditEvent.objects.order_by("-id").values_list("id", "hash").first()
    return newest or (0, GENESIS)


def verify(anchors: Mapping[int, str] | None = None) -> tuple[int, list[Break]]:
    """Read the whole chain; returns (rows read, breaks found). `anchors` are heads (id, hash) noted down earlier."""
    previous, count, breaks, missing = GENESIS, 0, [], dict(anchors or {})
    for event in AuditEvent.objects.order_by("id").iterator(chunk_size=2000):
        count += 1
        if missing.pop(event.pk, event.hash) != event.hash:
            breaks.append(Break(event.pk, "the row is not the one that was noted down"))
        if event.previous_hash != previous:
            breaks.append(Break(event.pk, "a row before it is missing or was changed"))
        if chain_hash(event) != event.hash:
            breaks.append(Break(event.pk, "the row itself was changed"))
        previous = event.hash
    breaks += [Break(event_id, "this row was noted down and is gone") for event_id in sorted(missing) if event_id]
    return count, breaks

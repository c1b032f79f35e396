"""Reading the audit trail for people: filtered, paged by id (never counted), in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from clinic.models import AuditEvent, Client, User

PER_PAGE = 50
#: First words of actions whose reason holds nothing clinical and may be read by every reader of the trail.
PLAIN_REASONS = ("emergency_access.", "message.", "outbox.", "staff", "client.", "sign_in.", "settings.")


@dataclass(frozen=True)
class Slice:
    """Some rows of the trail and the id to go on from."""

    rows: Sequence[AuditEvent]
    older: int | None


@dataclass(frozen=True)
class Line:
    """One event in words, or several of one request: a list that showed thirty clients is one line."""

    event: AuditEvent
    who: str
    what: str
    reason: str
    clients: tuple[Client, ...]


def matching(
    events: QuerySet[AuditEvent],
    *,
    zone: ZoneInfo,
    person: User | None = None,
    client: Client | None = None,
    noun: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[AuditEvent]:
    """Those events that fit every filter given; days are the clinic's."""
    if person is not None:
        events = events.filter(actor=person)
    if client is not None:
        events = events.filter(client=client)
    if noun:
        events = events.filter(action__startswith=noun)
    if since is not None:
        events = events.filter(at__gte=datetime.combine(since, time.min, zone))
    if until is not None:
        events = events.filter(at__lt=datetime.combine(until + timedelta(days=1), time.min, zone))
    return events


def page(events: QuerySet[AuditEvent], *, before: str | None) -> Slice:
    """The newest rows, or those older than the row `before`; nonsense means the newest."""
    if before and before.isascii() and before.isdigit() and len(before) <= 18:
        events = events.filter(pk__lt=int(before))
    found = list(events.select_related("actor", "client").order_by("-pk")[: PER_PAGE + 1])
    return Slice(found[:PER_PAGE], found[PER_PAGE - 1].pk if len(found) > PER_PAGE else None)


def lines(events: Sequence[AuditEvent], *, clinical: bool) -> list[Line]:
    """The events in words; reasons that may be about health only for readers with clinical rights."""
    return [_line(list(group), clinical) for _, group in groupby(events, key=_same_look)]


def _same_look(event: AuditEvent) -> tuple[object, ...]:
    one_of_many = event.request_id and event.action.endswith(".read") and not event.subject_id
    return (event.request_id, event.action, event.actor_id) if one_of_many else (event.pk,)


def _line(group: list[AuditEvent], clinical: bool) -> Line:
    event = group[0]
    return Line(
        event=event,
        who=_who(event),
        what=words(event.action),
        reason=event.reason if clinical or event.action.startswith(PLAIN_REASONS) else "",
        clients=tuple(row.client for row in group if row.client is not None),
    )


def _who(event: AuditEvent) -> str:
    if event.actor is not None:
        return event.actor.name
    return {
        AuditEvent.ActorKind.CLIENT: "The client, by link",
        AuditEvent.ActorKind.SYSTEM: "The clinic’s machine",
        AuditEvent.ActorKind.NOBODY: "Somebody not signed in",
    }.get(AuditEvent.ActorKind(event.actor_kind), "")


def words(action: str) -> str:
    """ "client_list.read" → "Client list: read"."""
    noun, _, verb = action.partition(".")
    return f"{noun.replace('_', ' ').capitalize()}: {verb.replace('_', ' ')}"

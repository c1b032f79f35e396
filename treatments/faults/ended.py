"""Sessions ended through the ordinary verbs so that what follows falls due in so many seconds.

Aftercare is due hours or days after a session. So each session took place so long ago that its *last* message falls due
at the wished moment, and its end is reported only now (`sessions.complete(now=…)`): the verb itself leaves out what
would have come too late. How long ago that is, one session tells that is ended and rolled back first.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import TypeVar

from django.core.management.base import CommandError
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from clinic import audit
from clinic.models import Client, Message, User
from treatments import schedule, sessions
from treatments.faults.people import Crowd
from treatments.models import Session

T = TypeVar("T")
LENGTH = timedelta(minutes=schedule.SHORTEST)
BOOKED_BEFORE = timedelta(days=1)
PATIENCE = 120.0  # seconds in which a database that is away is waited for


class OnPurpose(Exception):
    """Rolls a session's end back, as anything may that goes wrong in the same transaction."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One session to be: who, with whom, when its message is due, and whether its end is rolled back."""

    client: Client
    therapist: User
    due: datetime
    fails: bool


def therapists_needed(count: int, seconds: float) -> int:
    """Nobody treats two at a time: as many therapists as sessions that overlap."""
    return min(count, math.ceil(count * LENGTH.total_seconds() / max(seconds, 1.0)) + 1)


def plan(crowd: Crowd, *, begins: datetime, seconds: float, rolled_back: int, random: Random) -> list[Visit]:
    """The visits in the order in which their messages fall due, spread evenly with some jitter."""
    count = len(crowd.clients)
    fails = set(random.sample(range(count), rolled_back))
    step = seconds / max(count, 1)
    return [
        Visit(
            client, crowd.therapists[at % len(crowd.therapists)],
            begins + timedelta(seconds=step * (at + 0.9 * random.random())), at in fails,
        )
        for at, client in enumerate(crowd.clients)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Probe:
    """What one session told that was ended and rolled back: when its last message is due, how long all that took."""

    lead: timedelta
    seconds: float


def probe(crowd: Crowd, *, now: datetime) -> Probe:
    """End a session, look at what follows, roll it back."""
    ended = now - timedelta(hours=2)  # reported late, so that the planned end counts
    visit = Visit(crowd.clients[0], crowd.therapists[0], now, fails=True)
    found: list[datetime] = []
    begun = time.monotonic()
    try:
        with audit.transaction():
            session = _end(_begin(visit, ended), visit.therapist, now)
            found += Message.objects.filter(about_id=session.public_id).values_list("due_at", flat=True)
            raise OnPurpose
    except OnPurpose:
        pass
    if not found:
        raise CommandError("A session that ended was followed by no message at all.")
    return Probe(max(found) - ended, time.monotonic() - begun)


def hold(visits: list[Visit], lead: timedelta) -> Iterator[list[Message]]:
    """Each visit from booking to its end. Yields what is committed; nothing for what was rolled back."""
    for visit in visits:
        session = _patiently(partial(_begin, visit, visit.due - lead))
        if visit.fails:
            _fail(session, visit.therapist)
            continue
        _patiently(lambda session=session, by=visit.therapist: _end(session, by, timezone.now()))
        yield _patiently(partial(_rows, session))


def _rows(session: Session) -> list[Message]:
    return list(Message.objects.filter(about_id=session.public_id).defer("recipient", "context"))


def _begin(visit: Visit, ended: datetime) -> Session:
    begins = ended - LENGTH
    session = schedule.book(
        client=visit.client, therapist=visit.therapist, starts_at=begins, minutes=schedule.SHORTEST,
        by=visit.therapist, now=begins - BOOKED_BEFORE, ask=False,
    )  # fmt: skip
    return schedule.start(session=session, by=visit.therapist, now=begins)


def _end(session: Session, therapist: User, now: datetime) -> Session:
    return sessions.complete(session=session, by=therapist, now=now)


def _fail(session: Session, therapist: User) -> None:
    try:
        with audit.transaction():
            _end(session, therapist, timezone.now())
            raise OnPurpose
    except (OnPurpose, OperationalError, InterfaceError):
        if connection.connection is not None and not connection.is_usable():
            connection.close()


def _patiently(verb: Callable[[], T]) -> T:
    """The verbs are harmless when repeated: once more while the database is away."""
    gives_up = time.monotonic() + PATIENCE
    while True:
        try:
            return verb()
        except (OperationalError, InterfaceError):
            if time.monotonic() > gives_up:
                raise
            connection.close()
            time.sleep(0.2)

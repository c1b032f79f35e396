"""A new client, their intake link and a first session, kept together or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic import audit, clients
from clinic.models import Client, User
from intake.inviting import invitations
from treatments import schedule
from treatments.models import Session


@dataclass(frozen=True, slots=True)
class FirstVisit:
    """When a new client comes first, and to whom."""

    therapist: User
    starts_at: datetime
    minutes: int
    room: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """What one submit made."""

    client: Client
    session: Session | None
    channels: tuple[str, ...]


def register(
    *,
    facts: Mapping[str, Any],
    send_link: bool,
    visit: FirstVisit | None,
    by: User,
    now: datetime,
) -> Registered:
    """Register, send the link, book. A refused booking keeps nothing; a second submit raises AlreadyRegistered."""
    with audit.transaction():
        client = clients.register(by=by, now=now, **facts)
        channels = tuple(invitations.channels_of(client)) if send_link else ()
        if channels:
            invitations.invite(client=client, by=by, now=now, channels=channels, at_once=True)
        session = None
        if visit is not None:
            session = schedule.book(
                client=client, therapist=visit.therapist, starts_at=visit.starts_at, minutes=visit.minutes,
                room=visit.room, by=by, now=now, ask=False,
            )  # fmt: skip
    return Registered(client, session, channels)

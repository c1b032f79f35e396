"""Telling the therapists that a form waits: a mail without any name or answer, once for each form and person."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from clinic import audit, outbox
from clinic.models import CareTeam, Client, User
from intake.models import Response
from intake.questionnaires import PRESESSION

#: Classes of flags that cannot wait for the next look at the queue.
TODAY = frozenset({"emergency", "urgent"})


def arrived(*, response: Response, classes: frozenset[str], by: audit.Actor, now: datetime) -> None:
    """A form came in. A check before a visit that raised nothing is read in the room and mails nobody."""
    urgent = bool(classes & TODAY)
    if not urgent and not classes and response.version.questionnaire.slug == PRESESSION:
        return
    kind = "intake.urgent" if urgent else "intake.arrived"
    _tell(response.client, kind, "intake.response", response.public_id, by=by, now=now)


def flags_raised(*, client: Client, classes: frozenset[str], about: UUID, by: audit.Actor, now: datetime) -> None:
    """Newer facts raised a flag that cannot wait."""
    if classes & TODAY:
        _tell(client, "intake.urgent", "intake.flag", about, by=by, now=now)


def _tell(client: Client, kind: str, about_type: str, about_id: UUID, *, by: audit.Actor, now: datetime) -> None:
    """To the client's own therapists (whoever has a session with them is one), or else the leads."""
    own = CareTeam.objects.filter(Q(until=None) | Q(until__gt=now), client=client).values("therapist")
    staff = User.objects.filter(is_active=True)
    therapists = staff.filter(pk__in=own, is_therapist=True)
    for person in therapists or staff.filter(is_lead_therapist=True) or staff.filter(is_therapist=True):
        outbox.schedule(
            key=f"intake:{about_id}:{kind.partition('.')[2]}:{person.public_id}",
            kind=kind,
            channel="email",
            due_at=now,
            not_after=now + timedelta(days=1),
            by=by,
            now=now,
            user=person,
            about_type=about_type,
            about_id=about_id,
        )

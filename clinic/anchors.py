"""The head of the audit chain, told to the owners every night: rows cut off at its end show against their mail."""

from __future__ import annotations

from datetime import datetime, timedelta

from clinic import audit, outbox
from clinic.models import ClinicSettings, Message, User

KIND = "staff.audit_head"
KEPT_FOR = timedelta(days=2)


def send(*, now: datetime) -> list[Message]:
    """One mail to each owner with the newest row as ID:HASH; once a day, however often it is asked."""
    number, digest = audit.head()
    day = now.astimezone(ClinicSettings.load().zone).date()
    return [
        outbox.schedule(
            key=f"audit-head:{day}:{owner.public_id}",
            kind=KIND,
            channel="email",
            due_at=now,
            not_after=now + KEPT_FOR,
            by=audit.SYSTEM,
            now=now,
            user=owner,
            context={"head": f"{number}:{digest}"},
        )
        for owner in User.objects.filter(is_owner=True, is_active=True)
    ]

"""Opening a colleague's client's record in an emergency: with a reason, for four hours, and every owner is told."""

from __future__ import annotations

from datetime import datetime, timedelta

from clinic import access, audit, outbox
from clinic.models import Client, EmergencyAccess, Message, User

ALARM_USEFUL = timedelta(days=7)


def open_record(*, client: Client, by: User, reason: str, now: datetime) -> EmergencyAccess:
    """Open the record and write to the owners, in one transaction: no opening without its alarm.

    Raises what `access.break_glass` raises. An opening that still stands is not opened twice.
    """
    with audit.transaction():
        standing = EmergencyAccess.objects.filter(client=client, user=by, expires_at__gt=now).first()
        if standing is not None:
            return standing
        opened = access.break_glass(client=client, by=by, reason=reason, now=now)
        for owner in User.objects.filter(is_owner=True, is_active=True):
            outbox.schedule(
                key=f"staff.emergency_access:{opened.pk}:{owner.pk}",
                kind="staff.emergency_access",
                channel=Message.Channel.EMAIL,
                due_at=now,
                not_after=now + ALARM_USEFUL,
                by=by,
                now=now,
                user=owner,
                about_type="Client",
                about_id=client.public_id,
                context={"who": str(by.public_id), "until": opened.expires_at.isoformat()},
            )
    return opened

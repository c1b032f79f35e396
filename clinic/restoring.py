"""After the database came back from a backup: what was due meanwhile may have been sent by the one that was lost."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from clinic import audit
from clinic.models import Message, MessageAttempt
from clinic.settling import bare

State = Message.State
BATCH = 100
REASON = "the database came back from a backup"


def doubt(*, since: datetime, until: datetime, by: audit.Actor, now: datetime) -> int:
    """Set what was due before `until` to unknown; returns how many. Once it is done, doing it again changes nothing.

    `since` is when the backup was taken, `until` when the old system last ran: what was of no use at the first or not
    due at the second cannot have been sent in between. Whether it was is for the relay to say, else for a person: the
    clinic's own resend counts as spent.
    """
    in_doubt = Message.objects.filter(
        Q(state=State.SCHEDULED) | Q(state=State.SENDING), next_attempt_at__lte=until, not_after__gt=since
    )
    found = 0
    while some := list(bare(in_doubt).order_by("next_attempt_at", "id")[:BATCH]):
        with audit.transaction():
            in_doubt.filter(pk__in=[message.pk for message in some]).update(
                state=State.UNKNOWN, ended_at=now, body_started_at=now, lease_token=None, lease_until=None, resends=1,
                parked_at=None, end_reason=REASON,
            )  # fmt: skip
            for message in some:
                MessageAttempt.objects.create(message=message, started_at=now, phase="restore", note=REASON)
                audit.record("message.unknown", by=by, client=message.client, subject=message, reason=REASON)
        found += len(some)
    # What was unknown in the backup already may have been sent again since.
    Message.objects.filter(state=State.UNKNOWN, resends=0).update(resends=1)
    return found

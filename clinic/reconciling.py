"""What becomes of a message that may or may not have arrived.

After a grace that no honest answer outlasts, the relay is asked for its Message-ID: yes, and it is sent; no, and it
goes again under the same Message-ID. Where nobody can be asked, the owner's word for its kind holds: once more, or a
person.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from clinic import audit, claims, gauges, outbox
from clinic.delivery import quiet_failure
from clinic.lookups import Lookup, lookup_for
from clinic.models import Message, UnknownPolicy
from clinic.settling import SENDER, bare

log = logging.getLogger(__name__)

State = Message.State
BATCH = 100
ROUND_SECONDS = 50.0


def reconcile() -> Counter[str]:
    """Ask about every unknown message that is old enough; returns what became of how many."""
    now = claims.database_now()
    asked = {channel: lookup_for(channel) for channel in Message.Channel.values}
    found: Counter[str] = Counter()
    last, ends = 0, time.monotonic() + ROUND_SECONDS
    old_enough = Message.objects.filter(
        state=State.UNKNOWN, parked_at=None, body_started_at__lte=now - timedelta(seconds=settings.OUTBOX["grace"])
    )
    while time.monotonic() < ends:
        some = list(bare(old_enough).filter(pk__gt=last).order_by("pk")[:BATCH])
        for message in some:
            with quiet_failure("asking about a message"):
                found[_reconcile_one(message, asked[message.channel], now)] += 1
        if not some:
            break
        last = some[-1].pk
    return found


def _reconcile_one(message: Message, lookup: Lookup | None, now: datetime) -> str:
    answer = None
    if lookup and not lookup.away:
        answer = lookup.find(message.message_id, name=str(message.public_id))
    if answer:
        return _arrived(message, now)
    if answer is False:
        return _again(message, now, why="the relay never had it", resends=message.resends)
    if lookup and lookup.away and message.body_started_at and now < message.body_started_at + _patience():
        return "waiting"
    wanted = outbox.policy_of(message.kind)
    if wanted == UnknownPolicy.WhenUnknown.RESEND and not message.resends:
        return _again(message, now, why="nobody can say, and the clinic sends this kind once more", resends=1)
    return _park(message, now)


def _patience() -> timedelta:
    """How long a relay that should be asked but does not answer is waited for."""
    return timedelta(seconds=settings.OUTBOX["grace"] + settings.OUTBOX["lookup_patience"])


def _arrived(message: Message, now: datetime) -> str:
    sent = {"state": State.SENT, "sent_at": message.body_started_at or now, "ended_at": now, "resolved_by": "relay"}
    with audit.transaction():
        if not _still(message).update(**sent, end_reason="", last_error=""):
            return "lost"
        gauges.count("reconciled_relay")
        audit.record("message.sent", by=SENDER, client=message.client, subject=message, reason="the relay has it")
    return "sent"


def _again(message: Message, now: datetime, *, why: str, resends: int) -> str:
    if message.attempts >= message.max_attempts:
        return _park(message, now)
    # The lease token stays until the next claim: an answer that comes after all still settles the row.
    again = {"state": State.SCHEDULED, "next_attempt_at": now, "ended_at": None, "end_reason": "", "resends": resends}
    with audit.transaction():
        if not _still(message).update(**again, lease_until=None, body_started_at=None):
            return "lost"
        if resends == message.resends:
            gauges.count("reconciled_relay")
        audit.record("message.again", by=SENDER, client=message.client, subject=message, reason=why)
    return "again"


def _park(message: Message, now: datetime) -> str:
    with audit.transaction():
        if not _still(message).update(parked_at=now):
            return "lost"
        audit.record("message.parked", by=SENDER, client=message.client, subject=message)
    log.error("message %s may or may not have arrived: a person must look", message.public_id)
    return "parked"


def _still(message: Message) -> QuerySet[Message]:
    """The row, unless somebody else has settled it meanwhile."""
    return Message.objects.filter(pk=message.pk, state=State.UNKNOWN, parked_at=None, lease_token=message.lease_token)

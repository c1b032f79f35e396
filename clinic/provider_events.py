"""What providers tell us about messages: delivered, came back, not delivered. Each event counts once.

An event for a message we do not know is kept as seen and otherwise left alone: it may be of another installation.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from clinic import audit, reachability
from clinic.claims import FREE
from clinic.models import Message, ProviderEvent

log = logging.getLogger(__name__)

Kind = ProviderEvent.Kind
State = Message.State
#: Came back in some way: the message did not reach anybody.
RETURNED = {Kind.BOUNCED: "it came back for good", Kind.SOFT: "it came back", Kind.FAILED: "it was not delivered"}
LONGEST_ID = 160


def once(
    *, provider: str, event_id: str, kind: str, now: datetime, message: Message | None = None, code: str = ""
) -> ProviderEvent | None:
    """Note an event; None when it was told before, and then nothing may follow from it."""
    try:
        with transaction.atomic():
            return ProviderEvent.objects.create(
                provider=provider, event_id=event_id[:LONGEST_ID], kind=Kind(kind), message=message, code=code[:40],
                received_at=now,
            )  # fmt: skip
    except IntegrityError:
        return None


def find(*, key: str = "", message_id: str = "", provider_id: str = "") -> Message | None:
    """The message a provider means, by our key, by its Message-ID, or by the provider's own number for it."""
    asked = Q()
    if key:
        asked |= Q(key=key)
    if message_id:
        asked |= Q(message_id=f"<{message_id.strip().strip('<>')}>")
    if provider_id:
        asked |= Q(tries__provider_id=provider_id)
    if not asked:
        return None
    return Message.objects.filter(asked).select_related("client").defer("recipient", "context").first()


def told(
    *, provider: str, event_id: str, kind: str, message: Message | None, now: datetime, code: str = "",
    sent_to: str = "",
) -> bool:  # fmt: skip
    """One event about one message, with all that follows. False when it was told before."""
    actor = audit.SystemActor(f"hook:{provider}")
    with audit.transaction():
        if message is not None:  # two events of one message follow one another
            message = Message.objects.select_for_update(of=("self",)).select_related("client").get(pk=message.pk)
        if once(provider=provider, event_id=event_id, kind=kind, now=now, message=message, code=code) is None:
            return False
        if message is None:
            log.info("%s tells of a message that is not ours", provider)
            return True
        if kind == Kind.DELIVERED:
            _arrived(message, by=actor, now=now)
        elif kind in RETURNED:
            _returned(message, kind, by=actor, now=now, code=code, sent_to=sent_to)
    log.info("message %s %s", message.public_id, kind)
    return True


def _arrived(message: Message, *, by: audit.Actor, now: datetime) -> None:
    """It got there: an answer that never came is answered by this."""
    if message.state == State.UNKNOWN:
        settled = {"state": State.SENT, "sent_at": now, "ended_at": now, "resolved_by": "relay", "end_reason": ""}
        Message.objects.filter(pk=message.pk).update(**settled, **FREE, parked_at=None)
        audit.record("message.sent", by=by, client=message.client, subject=message)
    if message.client is not None:
        reachability.arrived(client=message.client, channel=message.channel)


def _returned(message: Message, kind: str, *, by: audit.Actor, now: datetime, code: str, sent_to: str) -> None:
    """It reached nobody: a person sees it as failed, and the address is asked about when it is the address."""
    if message.state in (State.SENT, State.UNKNOWN):
        ended = {"state": State.FAILED, "sent_at": None, "ended_at": now, "end_reason": RETURNED[Kind(kind)]}
        Message.objects.filter(pk=message.pk).update(**ended, **FREE, parked_at=None)
        audit.record("message.failed", by=by, client=message.client, subject=message, reason=RETURNED[Kind(kind)])
    if message.client is None:
        return
    about: dict[str, Any] = {
        "client": message.client,
        "channel": message.channel,
        "by": by,
        "now": now,
        "sent_to": sent_to,
    }
    reason = f"{RETURNED[Kind(kind)]} {code}".strip()
    if kind == Kind.BOUNCED:
        reachability.refused(**about, reason=reason)
    elif kind == Kind.SOFT:
        reachability.bounced_softly(**about, reason=reason)

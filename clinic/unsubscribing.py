"""The link at the end of every mail to a client: it stops this topic by e-mail, and nothing else.

The secret part is derived from the message's public id, so nothing is stored and the link works as long as the row
stands. Looking at the page changes nothing; only its button, or the mail program's own (RFC 8058), does.
"""

from __future__ import annotations

import hmac
import uuid
from datetime import datetime
from typing import Any

from django.urls import reverse

from clinic import audit, clients, links, preferences
from clinic.models import Consent, Message

PURPOSE = "unsubscribe"
_ID_LETTERS = 32


def link_of(message: Message) -> str:
    """The full address; "" for what has no topic to stop: what goes to staff, or answers the client's own words."""
    if message.client_id is None or not preferences.topic_of(message.kind):
        return ""
    return links.absolute(reverse("clinic:unsubscribe", args=[token_of(message)]))


def token_of(message: Message) -> str:
    """The message's id and the proof that we wrote it."""
    name = message.public_id.hex
    return name + links.token(PURPOSE, name)


def behind(token: str) -> Message | None:
    """The message a link came with; None for a link that is nobody's."""
    name, proof = token[:_ID_LETTERS], token[_ID_LETTERS:]
    if not hmac.compare_digest(links.token(PURPOSE, name).encode(), proof.encode("utf-8", "replace")):
        return None
    rows = Message.objects.select_related("client").defer("recipient", "context")
    return rows.filter(public_id=uuid.UUID(name), client__isnull=False).first()


def stop(*, message: Message, everything: bool, now: datetime) -> bool:
    """End this topic on this channel, or the whole channel. True when that was news."""
    assert message.client is not None
    said = _said(message, now)
    if everything:
        return preferences.set_channel(**said, wanted=False)
    return preferences.set_topic(**said, topic=preferences.topic_of(message.kind), wanted=False)


def start_again(*, message: Message, now: datetime) -> bool:
    """A slip of the finger: this topic again, on this channel."""
    return preferences.set_topic(**_said(message, now), topic=preferences.topic_of(message.kind), wanted=True)


def is_stopped(message: Message) -> bool:
    """The topic this message was about is not written about on its channel any more."""
    assert message.client is not None
    return not preferences.agreed(message.client, preferences.topic_of(message.kind), message.channel)


def has_no_channel(message: Message) -> bool:
    """Nothing at all is written to the client on this channel."""
    assert message.client is not None
    return not clients.may_message(message.client, message.channel)


def _said(message: Message, now: datetime) -> dict[str, Any]:
    assert message.client is not None
    actor = audit.ClientActor(message.client, via=f"unsubscribe:{message.public_id}")
    source = Consent.Source.LINK
    return {"client": message.client, "channel": message.channel, "by": actor, "now": now, "source": source}

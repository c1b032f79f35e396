"""What a person decides about messages that ended badly: send again, it arrived, drop, send another way.

One message or ten thousand: each is looked at on its own, changed by one conditional update and written into the audit
with who decided. What may not be is said in words and stays where it is.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from clinic import audit, delivery, message_log, nudging, outbox, preferences, reachability
from clinic.clients import CHANNEL_KINDS
from clinic.message_words import channel_words
from clinic.models import AddressTrouble, Consent, Message, TopicChoice, User
from clinic.outbox import NotWanted

State = Message.State
BATCH = 200
SECONDS = 15.0  # one request decides for so long, then shows how far it came


class Stays(Exception):
    """Nothing was changed, and why."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class DecidedAlready(Stays):
    """Somebody else was quicker."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is read at once for a whole batch: who agreed to which channel, and whose choices must be looked at."""

    agreed: set[tuple[int, str]]
    choosy: set[int]


@dataclass(slots=True)
class Tally:
    """How far a decision about many came. `last` is the id to go on after; `more` says whether there are others."""

    done: int = 0
    stayed: Counter[str] = field(default_factory=Counter)
    last: int = 0
    more: bool = False


def resend(message: Message, *, by: User, now: datetime, known: Known | None = None, quietly: bool = False) -> None:
    """Once more, under the same Message-ID. Raises Stays when the client no longer agrees or has no address."""
    if why := _why_not(message, known):
        raise Stays(why)
    if message.purged_at:
        raise Stays("It is so old that what it was made of has been forgotten. Write anew, or drop it.")
    if not outbox.resend(message, by=by, now=now, quietly=quietly):
        raise _taken(message)


def confirm(message: Message, *, by: User, now: datetime, **_: Any) -> None:
    """It is known to have arrived. Raises Stays."""
    if message.state in (State.FAILED, State.EXPIRED):
        raise Stays("Only what may have arrived can be written down as arrived: this one did not go out.")
    if not outbox.confirm(message, by=by, now=now):
        raise _taken(message)


def drop(message: Message, *, by: User, now: datetime, **_: Any) -> None:
    """Not at all. Raises Stays."""
    if not outbox.drop(message, by=by, now=now):
        raise _taken(message)


def other_way(message: Message, *, by: User, now: datetime, known: Known | None = None, quietly: bool = False) -> None:
    """The same message by the client's other channel: a new row whose key begins with the old one's. Raises Stays."""
    other = other_channel(message)
    if message.client is None:
        raise Stays("Only clients have another channel.")
    draft = outbox.passed_on(message, channel=other, now=now)
    if why := _why_not(draft, known) or _goes_already(message, other) or _cannot_be_said(draft, now):
        raise Stays(why)
    if outbox.pass_on(message, channel=other, by=by, now=now, quietly=quietly) is None:
        raise _taken(message)


VERBS: dict[str, Callable[..., None]] = {
    "resend": resend, "confirm": confirm, "drop": drop, "other": other_way,
}  # fmt: skip


def other_channel(message: Message) -> str:
    return str(Message.Channel.SMS if message.channel == Message.Channel.EMAIL else Message.Channel.EMAIL)


def decide_many(
    rows: QuerySet[Message], *, decision: str, by: User, now: datetime, after: int = 0, seconds: float = SECONDS
) -> Tally:
    """Decide about all `rows` in batches, each kept whole with its audit; stops after a while and says where.

    A row whose turn has come is read again: what somebody else decided meanwhile is counted, not changed.
    """
    tally, ends, verb = Tally(last=after), time.monotonic() + seconds, VERBS[decision]
    rows = rows.select_related("client", "user", "decided_by").defer("recipient").order_by("pk")
    while True:
        batch = list(rows.filter(pk__gt=tally.last)[:BATCH])
        if not batch:
            break
        known = _known(batch)
        with audit.transaction():
            for message in batch:
                _one_of_many(verb, message, tally, by=by, now=now, known=known)
            if decision in ("resend", "other"):
                transaction.on_commit(nudging.nudge, robust=True)
        tally.last = batch[-1].pk
        if time.monotonic() >= ends:
            tally.more = rows.filter(pk__gt=tally.last).exists()
            break
    return tally


def _one_of_many(
    verb: Callable[..., None], message: Message, tally: Tally, *, by: User, now: datetime, known: Known
) -> None:
    try:
        if not message_log.may_decide(by, message):
            raise Stays("It goes to staff: only an owner decides about it.")
        verb(message, by=by, now=now, known=known, quietly=True)
        tally.done += 1
    except Stays as stays:
        tally.stayed[stays.words] += 1


def _why_not(message: Message, known: Known | None) -> str:
    """Why this message may not go out now, as the record says; empty when it may."""
    channel, client = message.channel, message.client
    if client is None:
        if message.user and not message.user.is_active:
            return "This person no longer works here."
        return ""
    if client.archived_at:
        return "The client’s record is archived: nothing is sent."
    known = known or _known([message])
    if (client.pk, channel) not in known.agreed:
        return f"The client does not agree to {channel_words(channel)}: it stays here. Ask them, or drop it."
    if not reachability.address(client, channel):
        return f"The record has no {'mobile number' if channel == Message.Channel.SMS else 'e-mail address'}."
    why = preferences.refusal(message) if client.pk in known.choosy else ""
    return f"{why[0].upper()}{why[1:]}. It stays here." if why else ""


def _known(messages: Collection[Message]) -> Known:
    """Three queries, however many messages."""
    ids = {message.client_id for message in messages if message.client_id}
    kinds = {str(kind): channel for channel, kind in CHANNEL_KINDS.items()}
    yes = Consent.objects.filter(client__in=ids, kind__in=list(kinds), superseded_at=None, granted=True)
    choices = TopicChoice.objects.filter(client__in=ids, wanted=False).values_list("client_id", flat=True)
    troubles = AddressTrouble.objects.filter(client__in=ids).values_list("client_id", flat=True)
    agreed = {(client, kinds[str(kind)]) for client, kind in yes.values_list("client_id", "kind")}
    return Known(agreed, {*choices, *troubles})


def _goes_already(message: Message, other: str) -> str:
    same = Message.objects.filter(client=message.client_id, kind=message.kind, channel=other, about_id=message.about_id)
    going = same.filter(state__in=(State.SCHEDULED, State.SENDING, State.SENT, State.UNKNOWN))
    if message.about_id is None or not going.exists():
        return ""
    return f"The same message has gone by {channel_words(other)} already, or is about to."


def _cannot_be_said(draft: Message, now: datetime) -> str:
    """Ask whoever words it, as will happen when it goes out: some messages exist for one channel only."""
    try:
        delivery.render(draft, now)
    except NotWanted as unwanted:
        return f"It has lost its point: {unwanted.reason}."
    except Exception:  # whatever a room raises for what it cannot word
        return f"This message cannot be sent by {channel_words(draft.channel)}."
    return ""


def _taken(message: Message) -> DecidedAlready:
    """In words, who was quicker and what they decided."""
    row = Message.objects.select_related("decided_by").defer("recipient").get(pk=message.pk)
    if row.decided_by is None or row.decided_at is None:
        return DecidedAlready("It has moved on by itself meanwhile: nothing was changed.")
    what = row.get_decision_display().lower()
    return DecidedAlready(f"{row.decided_by.name} decided about it already (“{what}”): nothing was changed.")

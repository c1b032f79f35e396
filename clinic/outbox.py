"""What the clinic is going to send: the row is the queue.

A message is written in the transaction of the change it follows from, and taken back the same way. Who sends it, and
how it goes out once, is clinic.delivery; nothing here waits for a broker or a mail server.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from clinic import audit, gauges, nudging, quiet_hours, whereabouts
from clinic.models import Client, ClinicSettings, Message, UnknownPolicy, User
from clinic.settling import bare

Channel = Message.Channel
State = Message.State
NUDGE_AHEAD = timedelta(seconds=5)
RESEND_LASTS = timedelta(days=1)
ENDED_BADLY = (State.UNKNOWN, State.FAILED, State.EXPIRED)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as it goes out. `template` names the wording and its version; the text is never kept."""

    subject: str
    text: str
    html: str = ""
    template: str = ""


class NotNow(Exception):
    """Raised by a renderer whose message has to wait; the row goes back into the queue until then."""

    def __init__(self, reason: str, *, until: datetime) -> None:
        super().__init__(reason)
        self.reason, self.until = reason, until


class NotWanted(Exception):
    """Raised by a renderer whose message has lost its point; the row is cancelled with this reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def window_of(clinic: ClinicSettings) -> quiet_hours.Window:
    """The clinic's quiet hours."""
    return quiet_hours.Window(clinic.quiet_from, clinic.quiet_until)


def keeps_quiet(message: Message) -> bool:
    """Quiet hours protect clients, except from what they asked for themselves a moment ago."""
    return message.client_id is not None and not message.context.get("at_once")


def schedule(
    *,
    key: str,
    kind: str,
    channel: str,
    due_at: datetime,
    not_after: datetime,
    by: audit.Actor,
    now: datetime,
    client: Client | None = None,
    user: User | None = None,
    recipient: Mapping[str, str] | None = None,
    about_type: str = "",
    about_id: uuid.UUID | None = None,
    context: Mapping[str, Any] | None = None,
    at_once: bool = False,
) -> Message:
    """Put one message into the outbox; a key that is there already gives the row that is there.

    It is due at `due_at`, or when quiet hours end, and of no use after `not_after`. `recipient` is {"name", "email" or
    "mobile"} of somebody who is neither client nor staff. `context` is small and holds nothing clinical. `at_once` is
    for what the client is waiting for, such as a link asked for on the phone.
    """
    somebody: Any = dict(recipient) if recipient else None
    message = Message(
        key=key,
        message_id=f"<{uuid.uuid4().hex}@{site_host()}>",
        client=client,
        user=user,
        recipient=somebody,
        kind=kind,
        channel=channel,
        about_type=about_type,
        about_id=about_id,
        context={**(context or {}), **({"at_once": True} if at_once else {})},
        not_after=not_after,
        max_attempts=settings.OUTBOX["max_attempts"],
        created_at=now,
        created_by=audit.staff(by),
    )
    promise(message, due_at)
    message.clean_fields(exclude=["recipient", "client", "user", "created_by"])  # foreign keys would be asked for
    return _put_in(message, by=by, now=now)


def _put_in(message: Message, *, by: audit.Actor, now: datetime, quietly: bool = False) -> Message:
    """The row, or the one with its key that was there before."""
    with audit.transaction():
        Message.objects.bulk_create([message], ignore_conflicts=True)
        kept = Message.objects.get(key=message.key)
        if kept.public_id == message.public_id:
            audit.record("message.schedule", by=by, client=message.client, subject=kept)
            if not quietly and kept.due_at <= now + NUDGE_AHEAD:
                transaction.on_commit(nudging.nudge, robust=True)
    return kept


def promise(message: Message, wanted: datetime) -> None:
    """Set what is promised (day, time and zone of who gets it) and the instant that follows from it."""
    clinic = ClinicSettings.load()
    zone = whereabouts.zone_of(message.client, clinic)
    if keeps_quiet(message):
        wanted = whereabouts.silence_of(message.client, clinic).first_allowed(wanted)
    local = wanted.astimezone(zone)
    message.time_zone = zone.key
    message.local_date, message.local_time = local.date(), local.time()
    message.due_at = quiet_hours.resolve(message.local_date, message.local_time, zone)
    message.next_attempt_at = message.due_at


def cancel(
    *,
    about_id: uuid.UUID | None = None,
    key_prefix: str | None = None,
    reason: str,
    by: audit.Actor,
    now: datetime,
) -> int:
    """Take back what has not begun to go out, by what it is about, by its key, or both. Returns how many."""
    if about_id is None and not key_prefix:
        raise ValueError("Say what to cancel: about_id, key_prefix or both.")
    rows = bare(_can_be_stopped())
    if about_id is not None:
        rows = rows.filter(about_id=about_id)
    if key_prefix:
        rows = rows.filter(key__startswith=key_prefix)
    with audit.transaction():
        stopped = 0
        for message in rows.select_for_update(of=("self",)):
            # Counted one by one: a worker may pass its fence between the look and the change.
            row = _can_be_stopped().filter(pk=message.pk)
            ended = {"state": State.CANCELLED, "ended_at": now, "end_reason": reason[:200]}
            if row.update(**ended, lease_token=None, lease_until=None):
                audit.record("message.cancel", by=by, client=message.client, subject=message, reason=reason)
                stopped += 1
    return stopped


def move(message: Message, *, due_at: datetime, not_after: datetime, by: audit.Actor, now: datetime) -> bool:
    """Promise another time for what has not begun to go out. False when it has, or was taken back."""
    promise(message, due_at)
    change = {
        name: getattr(message, name)
        for name in ("time_zone", "local_date", "local_time", "due_at", "next_attempt_at")
    }  # fmt: skip
    with audit.transaction():
        moved = Message.objects.filter(pk=message.pk, state=State.SCHEDULED).update(**change, not_after=not_after)
        if moved:
            audit.record("message.move", by=by, client=message.client, subject=message, fields=["due_at"])
    return bool(moved)


def resend(message: Message, *, by: User, now: datetime, quietly: bool = False) -> bool:
    """A person decides: once more, under the same Message-ID. False when somebody else decided first.

    `quietly` leaves the nudge to the caller, who decides about many.

    The lease token stays until the next claim: an answer to the try before, should it come, still settles the row.
    """
    again = {"state": State.SCHEDULED, "next_attempt_at": now, "attempts": 0, "ended_at": None, "end_reason": ""}
    free = {"lease_until": None, "body_started_at": None, "parked_at": None}
    not_after = max(message.not_after, now + RESEND_LASTS)
    done = _decide(message, ENDED_BADLY, by=by, action="resend", now=now, **again, **free, not_after=not_after)
    if done and not quietly:
        transaction.on_commit(nudging.nudge, robust=True)
    return done


def passed_on(message: Message, *, channel: str, now: datetime) -> Message:
    """The same message by another channel, not yet written: its key goes on from the old one's."""
    twin = Message(
        key=f"{message.key}>{channel}",
        message_id=f"<{uuid.uuid4().hex}@{site_host()}>",
        client=message.client,
        user=message.user,
        kind=message.kind,
        channel=channel,
        about_type=message.about_type,
        about_id=message.about_id,
        context=message.context,
        not_after=max(message.not_after, now + RESEND_LASTS),
        created_at=now,
    )
    promise(twin, now)
    return twin


def pass_on(message: Message, *, channel: str, by: User, now: datetime, quietly: bool = False) -> Message | None:
    """A person decides: by the other channel instead. None when somebody else decided first."""
    reason = f"sent by {'text message' if channel == Channel.SMS else 'e-mail'} instead"
    ended = {"state": State.CANCELLED, "ended_at": now, "end_reason": reason}
    with audit.transaction():
        if not _decide(message, ENDED_BADLY, by=by, action="other", now=now, **ended):
            return None
        twin = passed_on(message, channel=channel, now=now)
        twin.created_by = by
        return _put_in(twin, by=by, now=now, quietly=quietly)


def drop(message: Message, *, by: User, now: datetime) -> bool:
    """A person decides: not at all. False when somebody else decided first."""
    states = (*ENDED_BADLY, State.SCHEDULED)
    ended = {"state": State.CANCELLED, "ended_at": now, "end_reason": "dropped by staff"}
    return _decide(message, states, by=by, action="drop", now=now, **ended)


def confirm(message: Message, *, by: User, now: datetime) -> bool:
    """A person knows that an unknown one arrived. False when somebody else decided first."""
    sent = {"state": State.SENT, "sent_at": now, "ended_at": now, "resolved_by": "person", "end_reason": ""}
    return _decide(message, (State.UNKNOWN,), by=by, action="confirm", now=now, **sent)


def _decide(
    message: Message, states: tuple[State, ...], *, by: User, action: str, now: datetime, **change: Any
) -> bool:
    change |= {"decision": action, "decided_at": now, "decided_by": by}
    # What was forgotten has neither words nor address any more.
    rows = Message.objects.filter(pk=message.pk, state__in=states)
    with audit.transaction():
        unknown = rows.filter(state=State.UNKNOWN).exists()
        done = (rows.filter(purged_at=None) if action == "resend" else rows).update(**change)
        if done:
            if unknown:
                gauges.count("reconciled_person")
            audit.record(f"message.{action}", by=by, client=message.client, subject=message)
    return bool(done)


def _can_be_stopped() -> QuerySet[Message]:
    """Waiting, or claimed but not yet past the fence (which then refuses the sender)."""
    return Message.objects.filter(Q(state=State.SCHEDULED) | Q(state=State.SENDING, body_started_at=None))


def site_host() -> str:
    """The host that message ids are made on."""
    return urlsplit(settings.SITE_ADDRESS).hostname or "localhost"


def policy_of(kind: str) -> str:
    """The owner's word for what happens to a message of this kind when nobody can tell whether it arrived."""
    return (
        UnknownPolicy.objects.filter(kind=kind).values_list("when_unknown", flat=True).first()
        or UnknownPolicy.WhenUnknown.PARK
    )


def set_policy(kind: str, policy: str, *, by: User, now: datetime) -> bool:
    """Say what happens to messages of a kind when nobody can tell whether they arrived. False: it is so already."""
    with audit.transaction():
        if policy_of(kind) == policy:
            return False
        row = UnknownPolicy(kind=kind, when_unknown=policy, changed_at=now, changed_by=by)
        row.clean_fields()
        UnknownPolicy.objects.update_or_create(
            kind=kind, defaults={"when_unknown": policy, "changed_at": now, "changed_by": by}
        )
        audit.record("outbox.policy", by=by, subject=row, reason=f"{kind}: {policy}")
    return True

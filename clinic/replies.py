"""Texts that come back: STOP, START, HELP at once; answers and words go on to whoever asked.

Whose a number is, is never guessed: a text from a number nobody has, or several have, waits for a person
(`clinic.models.Reply`). Only STOP needs no name: it ends texts for everybody on that phone.

`settings.REPLY_TAKER` names a verb above this app: taker(client=, means=, text=, by=, now=) keeps what was said and
returns the kind of message that answers it, or "" for none.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from clinic import audit, letters, outbox, preferences, provider_events, reachability, tries
from clinic.models import Client, Consent, Message, ProviderEvent, Reply, User
from clinic.reply_words import Meaning, Means, read

log = logging.getLogger(__name__)

CHANNEL = Message.Channel.SMS
ANSWERS_A_DAY = 10  # two machines must not talk to each other for ever
ANSWER_LASTS = timedelta(hours=1)
DAY = 24 * 3600


class DoneAlready(Exception):
    """Somebody else looked after this reply."""


class NotTheirs(Exception):
    """This client does not have that number."""


def receive(*, provider: str, event_id: str, number: str, text: str, now: datetime) -> str:
    """One text, once. Returns what became of it, for the log: "again" when it was told before."""
    actor = audit.SystemActor(f"hook:{provider}")
    with audit.transaction():
        event = provider_events.once(provider=provider, event_id=event_id, kind=ProviderEvent.Kind.REPLY, now=now)
        if event is None:
            return "again"
        people, meaning = owners(number), read(text)
        for client in people:  # whoever writes from a phone has it
            reachability.writes(client=client, channel=CHANNEL)
        became = _act(event, people, meaning, number=number, text=text, by=actor, now=now)
    log.info("a reply: %s", became)
    return became


def owners(number: str) -> list[Client]:
    """The clients with this number, archived ones left out."""
    return owners_of([number])[number]


def owners_of(numbers: Iterable[str]) -> dict[str, list[Client]]:
    """The same for several numbers at once: number -> clients."""
    wanted = {number: _clean(number) for number in numbers}
    found = Client.objects.filter(mobile__in=set(filter(None, wanted.values())), archived_at=None).order_by("pk")
    people = list(found)
    return {number: [one for one in people if clean and one.mobile == clean] for number, clean in wanted.items()}


def _clean(number: str) -> str:
    try:
        return letters.phone_number(number)
    except letters.BadAddress:
        return ""


def _act(
    event: ProviderEvent, people: list[Client], meaning: Meaning, *, number: str, text: str, by: audit.Actor,
    now: datetime,
) -> str:  # fmt: skip
    alone = people[0] if len(people) == 1 else None
    if meaning.means == Means.STOP and people:
        for client in people:
            _channel(client, wanted=False, now=now)
        answer(people[0], "reply.stop", event=event, by=by, now=now)
    elif meaning.means == Means.START and alone:
        _channel(alone, wanted=True, now=now)
        answer(alone, "reply.start", event=event, by=by, now=now)
    elif meaning.means == Means.HELP and alone:
        answer(alone, "reply.help", event=event, by=by, now=now)
    elif alone is None:
        _keep(event, people, meaning, number=number, text=text, now=now)
        return "for a person"
    else:
        _hand_over(alone, meaning, text, event=event, by=by, now=now)
    return str(meaning.means)


def _hand_over(
    client: Client, meaning: Meaning, text: str, *, event: ProviderEvent, by: audit.Actor, now: datetime
) -> None:
    said = audit.ClientActor(client, via="sms")
    kind = import_string(settings.REPLY_TAKER)(client=client, means=meaning, text=text, by=said, now=now)
    if kind:
        answer(client, kind, event=event, by=by, now=now)


def _channel(client: Client, *, wanted: bool, now: datetime) -> None:
    said: dict[str, Any] = {"by": audit.ClientActor(client, via="sms"), "now": now, "source": Consent.Source.REPLY}
    preferences.set_channel(client=client, channel=CHANNEL, wanted=wanted, **said)


def answer(client: Client, kind: str, *, event: ProviderEvent, by: audit.Actor, now: datetime) -> None:
    """A text back, at once; not where the provider says it itself, and not to a machine that answers everything."""
    gateway = settings.SMS_GATEWAY
    if kind in ("reply.stop", "reply.start", "reply.help") and gateway and gateway.answers_stop_itself:
        return
    if tries.counted(f"reply-answers:{client.public_id}", seconds=DAY) > ANSWERS_A_DAY:
        return
    outbox.schedule(
        key=f"reply:{event.pk}:{kind.partition('.')[2]}:sms", kind=kind, channel=CHANNEL, due_at=now,
        not_after=now + ANSWER_LASTS, by=by, now=now, client=client, at_once=True,
    )  # fmt: skip


# --- what waits for a person ------------------------------------------------------------------------------------------


def _keep(
    event: ProviderEvent, people: list[Client], meaning: Meaning, *, number: str, text: str, now: datetime
) -> None:
    Reply.objects.create(
        event=event, number=number[:40], text=text[:2000], means=meaning.means, sharers=len(people), received_at=now
    )


def belongs_to(*, reply: Reply, client: Client, by: User, now: datetime) -> None:
    """A person says whose it was: it goes the way it would have gone. Raises NotTheirs or DoneAlready."""
    with audit.transaction():
        row = _open(reply)
        if client not in owners(row.number):
            raise NotTheirs
        meaning = read(row.text)
        if meaning.means in (Means.STOP, Means.START):
            _channel(client, wanted=meaning.means == Means.START, now=now)
        elif meaning.means != Means.HELP:
            _hand_over(client, meaning, row.text, event=row.event, by=by, now=now)
        _close(row, by=by, now=now, client=client)


def put_away(*, reply: Reply, by: User, now: datetime) -> None:
    """Looked after in another way, or nobody's. Raises DoneAlready."""
    with audit.transaction():
        _close(_open(reply), by=by, now=now, client=None)


def _open(reply: Reply) -> Reply:
    rows = Reply.objects.select_for_update(of=("self",)).select_related("event")
    row = rows.filter(pk=reply.pk, done_at=None).first()
    if row is None:
        raise DoneAlready
    return row


def _close(row: Reply, *, by: User, now: datetime, client: Client | None) -> None:
    row.client, row.done_at, row.done_by = client, now, by
    row.save(update_fields=["client", "done_at", "done_by"])
    audit.record("reply.done", by=by, client=client, subject=row)

"""Which addresses of a client work: what a provider sent back stops that channel until the address changes.

`works(client, channel)` is the question; `refused` and `bounced_softly` are what providers say, `arrived` takes a row
of soft bounces back. A trouble is about one address: a new address starts clean by itself, whoever changed it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from itertools import islice

from clinic import audit
from clinic.audit import Actor
from clinic.compiled import Asked
from clinic.models import AddressTrouble, Client, User

#: Soft bounces one after the other that make an address a bad one.
SOFT_LIMIT = 3


def address(client: Client, channel: str) -> str:
    """Where messages of this channel go."""
    return {"email": client.email, "sms": client.mobile}.get(channel, "")


def works(client: Client, channel: str) -> bool:
    """There is an address, and no provider said that it is none."""
    return bool(address(client, channel)) and not stopped(client, channel)


def stopped(client: Client, channel: str) -> bool:
    """A provider said that the address the client has now is none."""
    return _STOPPED(client.pk, channel, digest(address(client, channel)))


_STOPPED = Asked(
    lambda client, channel, where: AddressTrouble.objects.filter(
        client=client, channel=channel, address_hash=where, stopped_at__isnull=False
    ),
    -1, "(channel)", "(address)",
)  # fmt: skip


def refused(*, client: Client, channel: str, reason: str, by: Actor, now: datetime, sent_to: str = "") -> bool:
    """A provider will never take this address. True when that was news. `sent_to`: the address it was said of."""
    return _note(client, channel, reason=reason, hard=True, by=by, now=now, sent_to=sent_to)


def bounced_softly(*, client: Client, channel: str, reason: str, by: Actor, now: datetime, sent_to: str = "") -> bool:
    """Not delivered this time. True when it was one too many and the channel stopped."""
    return _note(client, channel, reason=reason, hard=False, by=by, now=now, sent_to=sent_to)


def arrived(*, client: Client, channel: str) -> None:
    """Something was delivered: soft bounces before it no longer count."""
    AddressTrouble.objects.filter(client=client, channel=channel, stopped_at=None).delete()


def writes(*, client: Client, channel: str) -> None:
    """The client wrote from this very address: whatever a provider said of it is out of date."""
    AddressTrouble.objects.filter(client=client, channel=channel).delete()


def works_again(*, client: Client, channel: str, by: User, now: datetime) -> bool:
    """Somebody knows better than the provider, for example after a call. False when there was nothing to lift."""
    with audit.transaction():
        lifted, _ = AddressTrouble.objects.filter(client=client, channel=channel).delete()
        if lifted:
            audit.record("client.address_works", by=by, client=client, subject=client, fields=[channel])
    return bool(lifted)


def bad_addresses(*, at_most: int) -> list[AddressTrouble]:
    """What the desk has to ask for: troubles about the address a client has now, newest first."""
    rows = AddressTrouble.objects.filter(stopped_at__isnull=False, client__archived_at=None)
    rows = rows.select_related("client").order_by("-stopped_at", "-pk")
    standing = (row for row in rows if row.address_hash == digest(address(row.client, row.channel)))
    return list(islice(standing, at_most))


def digest(where: str) -> str:
    """An address as it is compared: nobody reads it from the table."""
    return hashlib.sha256(where.casefold().strip().encode()).hexdigest()


def _note(client: Client, channel: str, *, reason: str, hard: bool, by: Actor, now: datetime, sent_to: str) -> bool:
    with audit.transaction():
        row = Client.objects.select_for_update().get(pk=client.pk)
        where = address(row, channel)
        if not where or (sent_to and digest(sent_to) != digest(where)):
            return False  # it was said of an address that is no longer the client's
        trouble = AddressTrouble.objects.filter(client=row, channel=channel).first()
        if trouble is None or trouble.address_hash != digest(where):
            AddressTrouble.objects.filter(client=row, channel=channel).delete()
            trouble = AddressTrouble(client=row, channel=channel, address_hash=digest(where))
        if trouble.stopped_at:
            return False
        trouble.soft_in_a_row += 0 if hard else 1
        trouble.reason, trouble.noted_at = reason[:80], now
        if hard or trouble.soft_in_a_row >= SOFT_LIMIT:
            trouble.stopped_at = now
            audit.record("client.address_bad", by=by, client=row, subject=row, fields=[channel], reason=reason[:80])
        trouble.save()
    return trouble.stopped_at is not None

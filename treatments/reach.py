"""Clients with a visit whom nothing reaches: no agreement, no address, or one that a provider sent back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from clinic import reachability
from clinic.models import AddressTrouble, Client, Consent
from treatments.models import Session

LOOK_BACK = timedelta(days=3)
LOOK_AHEAD = timedelta(days=7)
MOST = 100  # on the work list at once

NEVER_AGREED = "Has agreed to neither e-mail nor SMS."
NO_ADDRESS = "Agrees, but the record has no address for it."
SENT_BACK = "Agrees, but what was sent came back: the address is wrong or no longer used."


def out_of_reach(*, now: datetime) -> list[tuple[Client, datetime, str]]:
    """Each with the visit and why, the nearest visit first. Two queries, however many there are."""
    near = Session.objects.exclude(state__in=(Session.State.CANCELLED, Session.State.NO_SHOW)).filter(
        starts_at__gt=now - LOOK_BACK, starts_at__lt=now + LOOK_AHEAD, client__archived_at=None
    )
    agreed = Consent.objects.filter(client=OuterRef("client"), superseded_at=None, granted=True)
    trouble = AddressTrouble.objects.filter(client=OuterRef("client"), stopped_at__isnull=False)
    near = near.annotate(
        by_mail=Exists(agreed.filter(kind=Consent.Kind.EMAIL)),
        by_text=Exists(agreed.filter(kind=Consent.Kind.SMS)),
        doubtful=Exists(trouble),
    )
    open_way = Q(by_mail=True) & ~Q(client__email="") | Q(by_text=True) & ~Q(client__mobile="")
    sessions = near.filter(~open_way | Q(doubtful=True)).select_related("client").order_by("starts_at")
    rows = list(sessions.only("starts_at", "client")[: MOST * 5])
    bad = _sent_back([row.client for row in rows if row.doubtful])
    found: dict[int, tuple[Client, datetime, str]] = {}
    for row in rows:
        wanted = [channel for channel, yes in (("email", row.by_mail), ("sms", row.by_text)) if yes]
        if why := _why(row.client, wanted, bad):
            found.setdefault(row.client.pk, (row.client, row.starts_at, why))
    return list(found.values())[:MOST]


def _why(client: Client, wanted: list[str], bad: set[tuple[int, str]]) -> str:
    """Why no way is open; empty when one is."""
    if not wanted:
        return NEVER_AGREED
    addressed = [channel for channel in wanted if reachability.address(client, channel)]
    if not addressed:
        return NO_ADDRESS
    return "" if any((client.pk, channel) not in bad for channel in addressed) else SENT_BACK


def _sent_back(clients: list[Client]) -> set[tuple[int, str]]:
    """Which of their present addresses a provider said are none."""
    people = {client.pk: client for client in clients}
    troubles = AddressTrouble.objects.filter(client__in=people, stopped_at__isnull=False) if people else []
    return {
        (row.client_id, row.channel)
        for row in troubles
        if row.address_hash == reachability.digest(reachability.address(people[row.client_id], row.channel))
    }

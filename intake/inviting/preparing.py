"""Forms asked by themselves: before a visit, whatever is missing or too old by then is on its way to the client.

Called when a visit is booked, moved or off, and by the hourly sweep; doing it twice is doing it once. Which visit comes
next is known above (treatments), so it is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Max

from clinic import audit
from clinic.models import Client
from intake.inviting import invitations, validity
from intake.inviting.invitations import Coming
from intake.inviting.validity import Due
from intake.models import Invitation, Questionnaire, Response
from intake.questionnaires import HISTORY

#: The short check is for the visit at hand: its link goes out this long before, with what is asked then.
CHECK_AHEAD = timedelta(hours=48)
#: A history sent in so shortly before a visit says all the check would ask.
STILL_FRESH = timedelta(days=2)
#: After these a person decides first: the link is not sent again by itself.
_BY_HAND_ONLY = (Invitation.VoidReason.TRIES, Invitation.VoidReason.STAFF)


@dataclass(frozen=True, slots=True)
class Expected:
    """A client who comes: to which visit, and what for."""

    client: Client
    coming: Coming
    conditions: Collection[str] = field(default=())
    services: Collection[int] = field(default=())


def needed(people: Iterable[Expected], *, now: datetime) -> dict[int, list[Due]]:
    """Of each client, by primary key, the forms that must be filled in for the visit: missing, or too old by then.

    The same few questions to the database for one client and for many.
    """
    expected = list(people)
    found = validity.due(
        [one.client for one in expected],
        now=now,
        at={one.client.pk: max(now, one.coming.starts) for one in expected},
        conditions={one.client.pk: one.conditions for one in expected},
        services={one.client.pk: one.services for one in expected},
    )
    checked, histories = _checked(expected), _histories(expected)
    result = {}
    for one in expected:
        due = found[one.client.pk]
        sent = histories.get(one.client.pk)
        soon = one.coming.starts - now <= CHECK_AHEAD
        fresh = sent is not None and sent >= one.coming.starts - STILL_FRESH
        asks_all = any(row.questionnaire.slug == HISTORY for row in due)
        result[one.client.pk] = [
            row
            for row in due
            if row.questionnaire.asked != Questionnaire.Asked.VISIT
            or (soon and not fresh and not asks_all and (one.client.pk, row.questionnaire.pk) not in checked)
        ]
    return result


def _checked(expected: Collection[Expected]) -> set[tuple[int, int]]:
    """(client, form) of the checks that were sent in for the very visit."""
    rows = Invitation.objects.filter(visit__in=[one.coming.visit for one in expected], submitted_at__isnull=False)
    return set(rows.values_list("client_id", "questionnaire_id"))


def _histories(expected: Collection[Expected]) -> dict[int, datetime]:
    """When each client last sent in the whole history."""
    rows = Response.objects.filter(
        client__in=[one.client.pk for one in expected],
        status=Response.Status.COMPLETED,
        version__questionnaire__slug=HISTORY,
    )
    return dict(rows.values_list("client_id").annotate(Max("submitted_at")).order_by())


def prepare(
    *, client: Client, expected: Expected | None, by: audit.Actor, now: datetime, ask: bool = True
) -> list[Invitation]:
    """Ask the client for what the next visit needs; without one, nothing more is reminded of. Returns new links.

    `ask=False` follows a visit that moved, but sends nothing of itself.
    """
    if client.archived_at is not None:
        return []
    with audit.transaction():
        kept = {row.questionnaire_id: row for row in invitations.live(client).select_related("client", "questionnaire")}
        due = needed([expected], now=now)[client.pk] if expected else []
        wanted = {row.questionnaire.pk: row for row in due}
        for form, link in kept.items():
            if link.visit is not None and (expected is None or form not in wanted):
                _let_go(link, expected, by=by, now=now)
        if expected is None:
            return []
        sent = []
        for form, row in wanted.items():
            known = kept.get(form)
            if known is not None and invitations.works(known, now=now):
                _follow(known, expected.coming, by=by, now=now)
            elif ask and _may_ask(client, row):
                sent += _ask(client, row, expected, by=by, now=now)
        return sent


def _let_go(link: Invitation, expected: Expected | None, *, by: audit.Actor, now: datetime) -> None:
    if link.questionnaire.asked == Questionnaire.Asked.VISIT:
        invitations.end(link, reason=Invitation.VoidReason.VISIT, by=by, now=now)
    elif expected is None:
        invitations.move(invitation=link, coming=None, by=by, now=now)


def _follow(link: Invitation, coming: Coming, *, by: audit.Actor, now: datetime) -> None:
    if (link.visit, link.visit_starts) != (coming.visit, coming.starts):
        invitations.move(invitation=link, coming=coming, by=by, now=now)


def _may_ask(client: Client, row: Due) -> bool:
    last = Invitation.objects.filter(client=client, questionnaire=row.questionnaire).order_by("-created_at", "-id")
    return last.values_list("void_reason", flat=True).first() not in _BY_HAND_ONLY


def _ask(client: Client, row: Due, expected: Expected, *, by: audit.Actor, now: datetime) -> list[Invitation]:
    try:
        slug = row.questionnaire.slug
        return [invitations.invite(client=client, by=by, now=now, slug=slug, coming=expected.coming)]
    except invitations.NoAddress:
        return []  # the work list names them: somebody rings, or the tablet waits

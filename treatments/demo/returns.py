"""Who comes back: the short checks of today's visits, and a form of last year gone through again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from clinic.models import User
from intake import responses, returning
from intake.access import Visit, actor_of
from intake.inviting import invitations
from intake.inviting.invitations import Coming
from intake.models import Invitation, Response
from treatments import preparing
from treatments.models import Session

NOTHING_NEW: dict[str, Any] = {
    "pre.urgent": ["none"], "pre.ill": "no", "pre.changed": "no", "pre.impaired": "no", "pre.pain": 3,
    "pre.last_reaction": "better", "pre.consent": True,
}  # fmt: skip
SOMETHING_NEW = NOTHING_NEW | {
    "pre.changed": "yes", "pre.changed_detail": "The doctor gave me a new tablet for my blood pressure.", "pre.pain": 5,
    "pre.last_reaction": "sore_short",
}  # fmt: skip


def tell(*, desk: User, now: datetime) -> None:
    """Two checks of visits still to come today are done, the others are on their way; one history is half confirmed."""
    preparing.fill_gaps(now=now)
    coming = Session.objects.filter(state=Session.State.BOOKED, starts_at__gt=now).select_related("client")
    coming = coming.order_by("starts_at", "id")
    checks = [check for session in coming[:12] if (check := preparing.check_of(session)) is not None]
    for check, answers in zip(checks, (SOMETHING_NEW, NOTHING_NEW), strict=False):
        _answer(check, answers, now - timedelta(minutes=20))
    for session in coming.filter(starts_at__gt=now + timedelta(days=3)):
        if responses.latest_completed(session.client) is not None:
            _come_back(session, desk, now - timedelta(hours=2))
            break


def _answer(check: Invitation, answers: dict[str, Any], now: datetime) -> None:
    invitations.verify(digest=check.token_hash, born=check.client.date_of_birth, now=now)
    response = responses.start(invitation=check, now=now)
    responses.submit(response=response, changes=answers, by=actor_of(check), now=now)


def _come_back(session: Session, desk: User, now: datetime) -> None:
    """A client asked to go through the history again has said of the first parts that they are still right."""
    coming = Coming(session.public_id, session.starts_at)
    link = invitations.invite(client=session.client, by=desk, now=now, coming=coming)
    invitations.verify(digest=link.token_hash, born=session.client.date_of_birth, now=now)
    responses.start(invitation=link, now=now)
    for slug in ("about", "heart"):
        begun = Response.objects.select_related("client", "version__questionnaire").get(invitation=link)
        returning.confirm(visit=Visit(link, begun), slug=slug, now=now)

"""Links to a client's page after a session. Those of check-ins lead there too, so wrong dates count together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic import links
from treatments.models import CheckIn, ClientPage, Session

PURPOSE = "page"
LASTS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Found:
    """What stands behind a link: the session, and the question when the link asks one."""

    session: Session
    check_in: CheckIn | None


def of(*, session: Session, now: datetime) -> ClientPage:
    """The page of a session; the one that is there, when it is."""
    nonce = links.new_nonce()
    page, _ = ClientPage.objects.get_or_create(
        session=session,
        defaults={
            "nonce": nonce,
            "token_hash": links.digest(links.token(PURPOSE, nonce)),
            "created_at": now,
            "expires_at": session.ends_at + LASTS,
        },
    )
    return page


def token_of(page: ClientPage) -> str:
    """The secret part of the link, made again from the nonce; only a message that goes out needs it."""
    return links.token(PURPOSE, page.nonce)


def behind(digest: str) -> Found | None:
    """What a link leads to, by the hash of its token; None for a link that is nobody's."""
    related = ("session__client", "session__therapist", "session__plan__condition", "session__timeline__series")
    left_out = ("session__plan__note", "session__plan__hold_reason", "session__plan__end_reason")
    asked = CheckIn.objects.select_related(*related).defer(*left_out).filter(token_hash=digest).first()
    if asked is not None:
        return Found(asked.session, asked)
    page = ClientPage.objects.select_related(*related).defer(*left_out).filter(token_hash=digest).first()
    return Found(page.session, None) if page is not None else None

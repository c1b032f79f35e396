"""A client's own page after a session: what names them opens with the date of birth, advice without."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext

from clinic import audit, clients, preferences
from clinic.models import Client, Consent
from treatments import aftercare, call_backs, check_ins, facts, page_links
from treatments.models import ClientPage, Plan, Session
from treatments.models.aftercare import TRIES


def actor_of(page: ClientPage) -> audit.ClientActor:
    """The client, as the audit names them: by the page, never a token."""
    return audit.ClientActor(page.session.client, via=f"client-page:{page.public_id}")


def works(page: ClientPage, *, now: datetime) -> bool:
    """Not too old, not closed by wrong dates, of a session that took place and a client the clinic still has."""
    return page.expires_at > now and page.failed_tries < TRIES and not check_ins.is_closed(page.session)


def verify(*, digest: str, born: date, now: datetime) -> ClientPage | None:
    """The page, if its link works and the date of birth is the client's; otherwise None, and no word why."""
    found = page_links.behind(digest)
    if found is None or (found.check_in is not None and found.check_in.expires_at <= now):
        return None
    with audit.transaction():
        made = page_links.of(session=found.session, now=now)
        page = ClientPage.objects.select_for_update(of=("self",)).select_related("session__client").get(pk=made.pk)
        if not works(page, now=now):
            return None
        client = page.session.client
        if born != client.date_of_birth:
            _count_wrong_date(page, now=now)
            return None
        page.opened_at = page.opened_at or now
        page.save(update_fields=["opened_at"])
        audit.record("client_page.open", by=actor_of(page), client=client, subject=page)
    return page


def _count_wrong_date(page: ClientPage, *, now: datetime) -> None:
    """The fifth wrong date closes the page, and the desk is asked to help."""
    ClientPage.objects.filter(pk=page.pk).update(failed_tries=F("failed_tries") + 1)
    audit.record("client_page.wrong_date", by=actor_of(page), client=page.session.client, subject=page)
    if page.failed_tries + 1 >= TRIES:
        call_backs.help_with_link(session=page.session, by=actor_of(page), now=now)


def client_changed(*, client: Client, changed: frozenset[str], by: audit.Actor, now: datetime) -> None:
    """Called when the record changes: pages whose link went to an old address, or of an archived client, end."""
    if not changed & {"email", "mobile", "archived_at"}:
        return
    with audit.transaction():
        pages = ClientPage.objects.select_for_update().filter(session__client=client, expires_at__gt=now)
        for page in pages:
            page.expires_at = now
            page.save(update_fields=["expires_at"])
            audit.record("client_page.void", by=by, client=client, subject=page)


def home_programme(session: Session) -> list[str]:
    """The exercises of the session's plan, in the language of the page; none while a warning sign is looked at."""
    plan: Plan | None = session.plan
    if plan is None or aftercare.is_halted(session.client):
        return []
    return [gettext(str(step)) for step in plan.home_programme]


def what_it_shows(page: ClientPage, *, now: datetime) -> dict[str, Any]:
    """Everything behind the date of birth, with its line in the audit."""
    session = page.session
    shown = {
        "client": session.client,
        "home_programme": home_programme(session),
        "next_visit": facts.next_session(session, now),
    }
    fields = [name for name in ("home_programme", "next_visit") if shown[name]]
    audit.record("client_page.read", by=actor_of(page), client=session.client, subject=page, fields=fields)
    return shown


def visit_taken(page: ClientPage, visit: Session) -> None:
    """The next visit went into the client's calendar."""
    audit.record("client_page.visit_file", by=actor_of(page), client=page.session.client, subject=visit)


def choose(
    page: ClientPage, *, wanted: Collection[tuple[str, str]], contact: Mapping[str, Any], now: datetime
) -> None:  # fmt: skip
    """What the client wants to be written about, on what, in which language and when; each change on record."""
    client, actor = page.session.client, actor_of(page)
    with audit.transaction():
        clients.update(client=client, changes=contact, by=actor, now=now)
        preferences.choose(client=client, wanted=wanted, by=actor, now=now, source=Consent.Source.LINK)


def preferences_read(page: ClientPage) -> None:
    """The client looked at what they are written about."""
    audit.record("preferences.read", by=actor_of(page), client=page.session.client)

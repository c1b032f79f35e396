"""Links to a client's own agreements: sent by staff, opened with the date of birth, dead after a week or five tries."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import F

from clinic import audit, links, outbox
from clinic.models import Client, User
from intake.inviting.invitations import LASTS, TRIES, NoAddress, channels_of
from intake.models import AgreementLink

PURPOSE, KIND = "agreements", "intake.consent.agreements"


def token_of(link: AgreementLink) -> str:
    """The secret part of the link, made again from the nonce; only a message that goes out needs it."""
    return links.token(PURPOSE, link.nonce)


def actor_of(link: AgreementLink) -> audit.ClientActor:
    """The client, as the audit names them: by the link, never its token."""
    return audit.ClientActor(link.client, via=f"agreements:{link.public_id}")


def works(link: AgreementLink, *, now: datetime) -> bool:
    """Not too old, not closed by wrong dates of birth, of a client the clinic still has."""
    return link.expires_at > now and link.failed_tries < TRIES and link.client.archived_at is None


def client_changed(*, client: Client, changed: frozenset[str], by: audit.Actor, now: datetime) -> None:
    """Called when the record changes: a link that went to an old address, or of an archived client, ends."""
    if not changed & {"email", "mobile", "archived_at"}:
        return
    with audit.transaction():
        for link in AgreementLink.objects.select_for_update().filter(client=client, expires_at__gt=now):
            link.expires_at = now
            link.save(update_fields=["expires_at"])
            outbox.cancel(about_id=link.public_id, reason="The address has changed", by=by, now=now)
            audit.record("agreement_link.void", by=by, client=client, subject=link)


def send(*, client: Client, by: User, now: datetime) -> AgreementLink:
    """Send the client a link to what they agreed to; NoAddress when there is none they agreed to be written to."""
    channels = channels_of(client)
    if not channels:
        raise NoAddress("There is no address on file that the client agreed to be written to.")
    nonce = links.new_nonce()
    with audit.transaction():
        link = AgreementLink.objects.create(
            client=client, nonce=nonce, token_hash=links.digest(links.token(PURPOSE, nonce)), created_at=now,
            created_by=by, expires_at=now + LASTS,
        )  # fmt: skip
        for channel in channels:
            outbox.schedule(
                key=f"intake:{link.public_id}:agreements:{channel}", kind=KIND, channel=channel, due_at=now,
                not_after=now + timedelta(days=1), by=by, now=now, client=client, about_type="intake.agreement_link",
                about_id=link.public_id,
            )  # fmt: skip
        audit.record("agreement_link.send", by=by, client=client, subject=link, fields=channels)
    return link


def verify(*, digest: str, born: date, now: datetime) -> AgreementLink | None:
    """The link, if it works and the date of birth is the client's; otherwise None, and no word why."""
    with audit.transaction():
        rows = AgreementLink.objects.select_related("client").select_for_update(of=("self",))
        link = rows.filter(token_hash=digest).first()
        if link is None or not works(link, now=now):
            return None
        if born != link.client.date_of_birth:
            AgreementLink.objects.filter(pk=link.pk).update(failed_tries=F("failed_tries") + 1)
            audit.record("agreement_link.wrong_date", by=actor_of(link), client=link.client, subject=link)
            return None
        link.opened_at = link.opened_at or now
        link.save(update_fields=["opened_at"])
        audit.record("agreement_link.open", by=actor_of(link), client=link.client, subject=link)
    return link

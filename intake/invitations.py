"""Links to the form: sent, opened with the date of birth, and dead when they should be.

A link is 256 random bits of which the database keeps only the hash. It lasts seven days, dies when a newer one is
sent, when the client's addresses change, after five wrong dates of birth, and when the form is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db.models import F

from clinic import audit, links, outbox
from clinic.clients import may_message
from clinic.models import Client, Message, User
from intake.access import actor_of
from intake.models import Invitation
from intake.questionnaires import HISTORY, current

PURPOSE = "intake"
KIND = "intake.invitation"
LASTS = timedelta(days=7)
TRIES = 5
CHANNELS = ("email", "sms")


class NoAddress(ValueError):
    """For the channels asked for there is no address, or no agreement to use it."""


def token_of(invitation: Invitation) -> str:
    """The secret part of the link, made again from the nonce; only a message that goes out needs it."""
    return links.token(PURPOSE, invitation.nonce)


def channels_of(client: Client) -> list[str]:
    """The channels the client agreed to and has an address for."""
    return [name for name in CHANNELS if may_message(client, name)]


def invite(
    *, client: Client, by: audit.Actor, now: datetime, channels: Sequence[str] = CHANNELS, at_once: bool = False
) -> Invitation:
    """Send the client a link to the health history; links sent before stop working.

    Goes to the addresses on file, one message a channel. Raises NoAddress when none of `channels` has one. `at_once`
    is for a link the client is waiting for: quiet hours do not hold it back.
    """
    wanted = [name for name in channels_of(client) if name in channels]
    if not wanted:
        raise NoAddress("There is no address on file that the client agreed to be written to.")
    with audit.transaction():
        # The client's row is the lock: two people at the desk make one live link, not an error.
        Client.objects.select_for_update().get(pk=client.pk)
        withdraw(client=client, reason=Invitation.VoidReason.RESENT, by=by, now=now)
        nonce = links.new_nonce()
        invitation = Invitation.objects.create(
            client=client,
            version=current(HISTORY),
            nonce=nonce,
            token_hash=links.digest(links.token(PURPOSE, nonce)),
            channels=wanted,
            created_at=now,
            created_by=audit.staff(by),
            expires_at=now + LASTS,
        )
        for channel in wanted:
            outbox.schedule(
                key=f"intake:{invitation.public_id}:{channel}",
                kind=KIND,
                channel=channel,
                due_at=now,
                not_after=invitation.expires_at,
                by=by,
                now=now,
                client=client,
                about_type="intake.invitation",
                about_id=invitation.public_id,
                at_once=at_once,
            )
        audit.record("invitation.send", by=by, client=client, subject=invitation)
    return invitation


def withdraw(*, client: Client, reason: str, by: audit.Actor, now: datetime) -> int:
    """End every link of a client that still works, with its unsent messages. Returns how many."""
    live = Invitation.objects.select_for_update().filter(client=client, voided_at=None, submitted_at=None)
    with audit.transaction():
        ended = 0
        for invitation in live:
            _void(invitation, reason=reason, by=by, now=now)
            ended += 1
    return ended


def _void(invitation: Invitation, *, reason: str, by: audit.Actor, now: datetime) -> None:
    invitation.voided_at, invitation.voided_by, invitation.void_reason = now, audit.staff(by), reason
    invitation.save(update_fields=["voided_at", "voided_by", "void_reason"])
    outbox.cancel(about_id=invitation.public_id, reason=Invitation.VoidReason(reason).label, by=by, now=now)
    audit.record("invitation.void", by=by, client=invitation.client, subject=invitation, reason=reason)


def client_changed(*, client: Client, changed: frozenset[str], by: audit.Actor, now: datetime) -> None:
    """Called when the record changes: a link that went to an old address, or of an archived client, opens no form."""
    if "archived_at" in changed:
        withdraw(client=client, reason=Invitation.VoidReason.STAFF, by=by, now=now)
    elif changed & {"email", "mobile"}:
        withdraw(client=client, reason=Invitation.VoidReason.ADDRESS, by=by, now=now)


def works(invitation: Invitation, *, now: datetime) -> bool:
    """Whether the link may be tried."""
    return (
        invitation.voided_at is None
        and invitation.submitted_at is None
        and invitation.expires_at > now
        and invitation.failed_tries < TRIES
    )


def verify(*, digest: str, born: date, now: datetime) -> Invitation | None:
    """The invitation, if the link works and the date of birth is the client's; otherwise None, and no word why.

    The fifth wrong date ends the link and tells the desk.
    """
    with audit.transaction():
        rows = Invitation.objects.select_related("client").select_for_update(of=("self",))
        invitation = rows.filter(token_hash=digest).first()
        if invitation is None or not works(invitation, now=now):
            return None
        actor = actor_of(invitation)
        if born != invitation.client.date_of_birth:
            _count_wrong_date(invitation, by=actor, now=now)
            return None
        invitation.opened_at = invitation.opened_at or now
        invitation.verified_at = now
        invitation.save(update_fields=["opened_at", "verified_at"])
        audit.record("invitation.open", by=actor, client=invitation.client, subject=invitation)
    return invitation


def _count_wrong_date(invitation: Invitation, *, by: audit.Actor, now: datetime) -> None:
    Invitation.objects.filter(pk=invitation.pk).update(failed_tries=F("failed_tries") + 1)
    invitation.refresh_from_db(fields=["failed_tries"])
    audit.record("invitation.wrong_date", by=by, client=invitation.client, subject=invitation)
    if invitation.failed_tries >= TRIES:
        _void(invitation, reason=Invitation.VoidReason.TRIES, by=by, now=now)
        tell_desk(invitation, by=by, now=now)


def tell_desk(invitation: Invitation, *, by: audit.Actor, now: datetime) -> list[Message]:
    """One mail to each person at the desk (the owners, if there is no desk): a link was closed. No name is in it."""
    staff = User.objects.filter(is_active=True)
    people = list(staff.filter(is_front_desk=True)) or list(staff.filter(is_owner=True))
    return [
        outbox.schedule(
            key=f"intake:{invitation.public_id}:locked:{person.public_id}",
            kind="intake.locked",
            channel="email",
            due_at=now,
            not_after=now + timedelta(days=2),
            by=by,
            now=now,
            user=person,
            about_type="intake.invitation",
            about_id=invitation.public_id,
        )
        for person in people
    ]


def send_again(*, digest: str, now: datetime) -> Invitation | None:
    """A new link for somebody who holds an old one. It goes only to the addresses on file; None when there is none.

    A form that was sent, by this link or a later one, is not opened again this way: the clinic asks anew when it needs
    to.
    """
    old = Invitation.objects.select_related("client").filter(token_hash=digest).first()
    if old is None or old.client.archived_at is not None:
        return None
    since = Invitation.objects.filter(client=old.client, created_at__gte=old.created_at)
    if since.filter(submitted_at__isnull=False).exists():
        return None
    try:
        return invite(client=old.client, by=actor_of(old), now=now, channels=old.channels, at_once=True)
    except NoAddress:
        return None

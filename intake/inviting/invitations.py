"""Links to a form: sent, opened with the date of birth, and dead when they should be.

A link is 256 random bits of which the database keeps only the hash. It lasts seven days (until the visit, when it is
for one that is farther off), dies when a newer one is
sent, when the client's addresses change, after five wrong dates of birth, and when the form is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import F, QuerySet

from clinic import audit, links, outbox
from clinic.clients import may_message
from clinic.models import Client, ClinicSettings, Message, User
from intake.access import SHOWN as SHOWN
from intake.access import actor_of
from intake.inviting.reminder_times import reminder_times
from intake.models import Invitation, Questionnaire
from intake.questionnaires import HISTORY, current

PURPOSE = "intake"
KIND, CHECK, REMINDER = "intake.invitation", "intake.check", "intake.reminder"
LASTS, UNDER_WAY = timedelta(days=7), timedelta(hours=2)
TRIES = 5
CHANNELS = ("email", "sms")


class NoAddress(ValueError):
    """For the channels asked for there is no address, or no agreement to use it."""


@dataclass(frozen=True, slots=True)
class Coming:
    """The visit a form is asked for. `announced`: a message of its own about the visit brings the check's link."""

    visit: UUID
    starts: datetime
    announced: bool = False


def token_of(invitation: Invitation) -> str:
    """The secret part of the link, made again from the nonce; only a message that goes out needs it."""
    return links.token(PURPOSE, invitation.nonce)


def channels_of(client: Client) -> list[str]:
    """The channels the client agreed to and has an address for."""
    return [name for name in CHANNELS if may_message(client, name)]


def invite(
    *,
    client: Client,
    by: audit.Actor,
    now: datetime,
    channels: Sequence[str] = CHANNELS,
    at_once: bool = False,
    slug: str = HISTORY,
    coming: Coming | None = None,
) -> Invitation:
    """Send the client a link to a form; links to it sent before stop working.

    Goes to the addresses on file, one message a channel. Raises NoAddress when none of `channels` has one. `at_once`
    is for a link the client is waiting for: quiet hours do not hold it back. With a visit, reminders come before it.
    """
    wanted = [name for name in channels_of(client) if name in channels]
    if not wanted:
        raise NoAddress("There is no address on file that the client agreed to be written to.")
    with audit.transaction():
        invitation = _make(client=client, by=by, now=now, channels=wanted, slug=slug, coming=coming)
        is_check = _is_check(invitation.questionnaire)
        if coming is None or not (coming.announced and is_check):
            for channel in wanted:
                kind = CHECK if is_check else KIND
                _put(invitation, kind, channel, now, by=by, now=now, at_once=at_once)
        remind(invitation=invitation, by=by, now=now)
        audit.record("invitation.send", by=by, client=client, subject=invitation)
    return invitation


def open_here(
    *, client: Client, how: str, lasts: timedelta, by: User, now: datetime, slug: str = HISTORY
) -> Invitation:
    """A link for somebody who is here, on the tablet or as a QR code; no message goes out. Earlier links end."""
    with audit.transaction():
        coming = live(client).filter(questionnaire__slug=slug, visit_starts__gt=now).first()
        visit = Coming(coming.visit, coming.visit_starts) if coming and coming.visit and coming.visit_starts else None
        invitation = _make(client=client, by=by, now=now, channels=[how], slug=slug, expires=now + lasts, coming=visit)
        audit.record("invitation.open_here", by=by, client=client, subject=invitation, reason=how)
    return invitation


def _make(
    *,
    client: Client,
    by: audit.Actor,
    now: datetime,
    channels: list[str],
    slug: str,
    coming: Coming | None,
    expires: datetime | None = None,
) -> Invitation:
    # The client's row is the lock: two people at the desk make one live link, not an error.
    list(Client.objects.select_for_update().filter(pk=client.pk).values_list("pk"))
    version = current(slug)
    withdraw(client=client, reason=Invitation.VoidReason.RESENT, by=by, now=now, form=version.questionnaire_id)
    nonce = links.new_nonce()
    return Invitation.objects.create(
        client=client,
        questionnaire=version.questionnaire,
        version=version,
        visit=coming.visit if coming else None,
        visit_starts=coming.starts if coming else None,
        nonce=nonce,
        token_hash=links.digest(links.token(PURPOSE, nonce)),
        channels=channels,
        created_at=now,
        created_by=audit.staff(by),
        expires_at=expires or _lasts(version.questionnaire, coming, now),
    )


def _lasts(form: Questionnaire, coming: Coming | None, now: datetime) -> datetime:
    """Seven days, or until a visit farther off; the check of a visit until that is under way."""
    if coming is None:
        return now + LASTS
    return coming.starts + UNDER_WAY if _is_check(form) else max(now + LASTS, coming.starts)


def _put(
    invitation: Invitation,
    kind: str,
    channel: str,
    due_at: datetime,
    *,
    by: audit.Actor,
    now: datetime,
    at_once: bool = False,
) -> Message:
    when = f":{int(due_at.timestamp())}:{int(now.timestamp())}" if kind == REMINDER else ""
    return outbox.schedule(
        key=f"intake:{invitation.public_id}:{channel}{when}",
        kind=kind,
        channel=channel,
        due_at=due_at,
        not_after=(invitation.visit_starts if kind == REMINDER else None) or invitation.expires_at,
        by=by,
        now=now,
        client=invitation.client,
        about_type="intake.invitation",
        about_id=invitation.public_id,
        at_once=at_once,
    )


def _is_check(form: Questionnaire) -> bool:
    return form.asked == Questionnaire.Asked.VISIT


def remind(*, invitation: Invitation, by: audit.Actor, now: datetime) -> list[Message]:
    """Set the reminders before the invitation's visit anew, at the hours the owner chose; none without a visit."""
    about = f"intake:{invitation.public_id}:"
    with audit.transaction():
        for channel in CHANNELS:  # reminders carry their time in the key, the link's own message does not
            outbox.cancel(key_prefix=f"{about}{channel}:", reason="The visit has another time", by=by, now=now)
        if invitation.visit_starts is None:
            return []
        clinic = ClinicSettings.load()
        hours = (
            (clinic.remind_check,)
            if _is_check(invitation.questionnaire)
            else (clinic.remind_first, clinic.remind_second)
        )
        window = outbox.window_of(clinic)
        times = reminder_times(invitation.visit_starts, hours, now=now, window=window, zone=clinic.zone)
        sent = [channel for channel in invitation.channels if channel in CHANNELS]
        return [_put(invitation, REMINDER, channel, at, by=by, now=now) for at in times for channel in sent]


def move(*, invitation: Invitation, coming: Coming | None, by: audit.Actor, now: datetime) -> None:
    """The visit has another time, or there is none any more: the link goes on, its reminders follow."""
    is_check = _is_check(invitation.questionnaire)
    with audit.transaction():
        invitation.visit = coming.visit if coming else None
        invitation.visit_starts = coming.starts if coming else None
        if coming:
            lasts = _lasts(invitation.questionnaire, coming, now)
            invitation.expires_at = lasts if is_check else max(invitation.expires_at, coming.starts)
        invitation.save(update_fields=["visit", "visit_starts", "expires_at"])
        remind(invitation=invitation, by=by, now=now)
        audit.record("invitation.move", by=by, client=invitation.client, subject=invitation)


def live(client: Client) -> QuerySet[Invitation]:
    """The client's links that were neither used nor ended; some may have run out."""
    return Invitation.objects.filter(client=client, voided_at=None, submitted_at=None)


def withdraw(*, client: Client, reason: str, by: audit.Actor, now: datetime, form: int | None = None) -> int:
    """End every link of a client that still works, or those to one form, with their unsent messages. How many?"""
    rows = live(client).select_related("client").select_for_update(of=("self",))
    with audit.transaction():
        ended = 0
        for invitation in rows.filter(questionnaire_id=form) if form else rows:
            end(invitation, reason=reason, by=by, now=now)
            ended += 1
    return ended


def end(invitation: Invitation, *, reason: str, by: audit.Actor, now: datetime) -> None:
    """This link works no more."""
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
        end(invitation, reason=Invitation.VoidReason.TRIES, by=by, now=now)
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
    old = Invitation.objects.select_related("client", "questionnaire").filter(token_hash=digest).first()
    if old is None or old.client.archived_at is not None:
        return None
    since = Invitation.objects.filter(
        client=old.client, questionnaire=old.questionnaire_id, created_at__gte=old.created_at
    )
    if since.filter(submitted_at__isnull=False).exists():
        return None
    try:
        coming = Coming(old.visit, old.visit_starts) if old.visit and old.visit_starts else None
        return invite(
            client=old.client,
            by=actor_of(old),
            now=now,
            channels=[name for name in old.channels if name in CHANNELS] or CHANNELS,
            at_once=True,
            slug=old.questionnaire.slug,
            coming=coming,
        )
    except NoAddress:
        return None


def when_answered(asked: Sequence[Message]) -> dict[int, datetime]:
    """When the form behind each of these messages came in, for the log; one query for all."""
    rows = Invitation.objects.filter(public_id__in={message.about_id for message in asked}, submitted_at__isnull=False)
    known = dict(rows.values_list("public_id", "submitted_at"))
    return {message.pk: known[message.about_id] for message in asked if message.client_id and message.about_id in known}

"""The words of messages to staff. Nothing in them is about a client's health, and no client is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from clinic import links, people
from clinic.first_owner import set_password_link
from clinic.models import ClinicSettings, Message, StaffInvitation, User
from clinic.outbox import NotWanted, Rendered

VERSION = "2026-11"


def render(message: Message, now: datetime) -> Rendered:
    """Subject and text of a message whose kind begins with "staff."; NotWanted when it has lost its point."""
    try:
        words = _WORDS[message.kind]
    except KeyError:
        raise LookupError(f"nobody renders {message.kind}") from None
    subject, text = words(message, now, ClinicSettings.load())
    return Rendered(subject=subject, text=text, template=f"{message.kind} {VERSION}")


def _invitation(message: Message, now: datetime, clinic: ClinicSettings) -> tuple[str, str]:
    invitation = StaffInvitation.objects.filter(public_id=message.about_id).select_related("created_by").first()
    if invitation is None or invitation.accepted_at or invitation.voided_at or invitation.expires_at <= now:
        raise NotWanted("the invitation has ended")
    secret = links.token(people.PURPOSE, invitation.nonce)
    until = invitation.expires_at.astimezone(clinic.zone)
    text = (
        f"Hello {invitation.name},\n\n"
        f"{invitation.created_by.name} invites you to work with {clinic.name}. Choose your password here:\n\n"
        f"{links.absolute(reverse('clinic:staff_accept', args=[secret]))}\n\n"
        f"The link works once, until {until:%d %B %Y, %H:%M}. If you did not expect it, leave it alone.\n"
    )
    return f"Your invitation to {clinic.name}", text


def _emergency_access(message: Message, now: datetime, clinic: ClinicSettings) -> tuple[str, str]:
    who = User.objects.filter(public_id=message.context.get("who")).first()
    until = datetime.fromisoformat(message.context["until"]).astimezone(clinic.zone)
    page = links.absolute(reverse("clinic:audit_list") + "?noun=emergency_access")
    text = (
        f"{who.name if who else 'Somebody'} opened the record of a client who is not theirs, with a reason. "
        f"It stays open until {until:%d %B %Y, %H:%M}.\n\n"
        f"Who, whose and why stands in the audit:\n\n{page}\n"
    )
    return "A record was opened in an emergency", text


def _second_factor_cleared(message: Message, now: datetime, clinic: ClinicSettings) -> tuple[str, str]:
    who = User.objects.filter(public_id=message.context.get("who")).first()
    text = (
        f"{who.name if who else 'An owner'} removed the second factor of your account at {clinic.name}, and you were "
        "signed out everywhere. Sign in with your password and set up a new one.\n\n"
        "If you did not ask for this, speak to the owner now.\n"
    )
    return "Your second factor was removed", text


def _password_reset(message: Message, now: datetime, clinic: ClinicSettings) -> tuple[str, str]:
    address = str((message.recipient or {}).get("email", ""))
    user = User.objects.filter(email__iexact=address, is_active=True).first() if address else None
    if user is None:
        raise NotWanted("no account has this address")
    text = (
        f"Hello {user.name},\n\n"
        f"somebody, we hope you, asked for a new password at {clinic.name}. Choose it here:\n\n"
        f"{set_password_link(user, site=settings.SITE_ADDRESS)}\n\n"
        "If it was not you, leave this message alone: your password stays as it is.\n"
    )
    return f"A new password for {clinic.name}", text


def _audit_head(message: Message, now: datetime, clinic: ClinicSettings) -> tuple[str, str]:
    head = message.context["head"]
    text = (
        f"The newest row of the audit trail of {clinic.name} tonight:\n\n{head}\n\n"
        "Keep this message. If the trail is ever in doubt, this finds rows that were taken off its end:\n\n"
        f"manage.py audit_verify --anchor {head}\n"
    )
    return "The audit trail tonight", text


def _sweep_created(message: Message, now: datetime, clinic: ClinicSettings) -> tuple[str, str]:
    text = (
        f"{message.context['made']} messages of {clinic.name} should have been waiting to be sent and were missing. "
        "They have been made now, and go out at their hours.\n\n"
        "This must not happen. Please tell whoever looks after the clinic's software.\n\n"
        f"{links.absolute(reverse('clinic:outbox_list'))}\n"
    )
    return "Missing messages were found", text


def _relay_locked(message: Message, now: datetime, clinic: ClinicSettings) -> tuple[str, str]:
    whose = "mail server" if message.context["refused"] == "email" else "text message provider"
    text = f"{clinic.name[:40]}: the {whose} refuses the clinic's login. Messages wait until it is put right."
    return "Messages wait: a login is refused", text


_WORDS: dict[str, Callable[[Message, datetime, ClinicSettings], tuple[str, str]]] = {
    "staff.invitation": _invitation,
    "staff.emergency_access": _emergency_access,
    "staff.password_reset": _password_reset,
    "staff.second_factor_cleared": _second_factor_cleared,
    "staff.audit_head": _audit_head,
    "staff.sweep_created": _sweep_created,
    "staff.relay_locked": _relay_locked,
}

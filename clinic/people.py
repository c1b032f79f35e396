"""Verbs on the people who work here: invite, accept, change roles, switch an account off and on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.db.models import F

from clinic import audit, links, outbox
from clinic.models import Message, StaffInvitation, User
from clinic.permissions import Role

INVITATION_LASTS = timedelta(hours=72)
PURPOSE = "staff"
ROLE_FIELDS = {role: f"is_{role.value}" for role in Role}
FACTS = ("name", "credentials", "phone")


class InvitationDead(Exception):
    """The link is unknown, used, withdrawn or too old; which of them is nobody's business."""


class AlreadyStaff(Exception):
    """Somebody with this e-mail address works here already."""


class OwnAccount(Exception):
    """Somebody wants to do to their own account what only another may."""


class LastOwner(Exception):
    """The clinic would be left without an owner who can sign in."""


def _role_values(roles: Iterable[str]) -> dict[str, bool]:
    held = {Role(role) for role in roles}
    if Role.LEAD_THERAPIST in held:
        held.add(Role.THERAPIST)
    return {field: role in held for role, field in ROLE_FIELDS.items()}


def invite(*, email: str, name: str, roles: Iterable[str], by: User, now: datetime) -> StaffInvitation:
    """Write to somebody new; an older invitation to the same address dies. Raises AlreadyStaff."""
    email = email.casefold()
    nonce = links.new_nonce()
    with audit.transaction():
        if User.objects.filter(email__iexact=email).exists():
            raise AlreadyStaff
        for older in _open(now=None).select_for_update().filter(email__iexact=email):
            _void(older, by=by, now=now)
        invitation = StaffInvitation(
            email=email, name=name, nonce=nonce, token_hash=links.digest(links.token(PURPOSE, nonce)), created_at=now,
            created_by=by, expires_at=now + INVITATION_LASTS, **_role_values(roles),
        )  # fmt: skip
        invitation.full_clean()
        invitation.save()
        audit.record("staff_invitation.send", by=by, subject=invitation, fields=sorted(roles))
        outbox.schedule(
            key=f"staff.invitation:{invitation.public_id}",
            kind="staff.invitation",
            channel=Message.Channel.EMAIL,
            due_at=now,
            not_after=invitation.expires_at,
            by=by,
            now=now,
            recipient={"name": name, "email": email},
            about_type="StaffInvitation",
            about_id=invitation.public_id,
        )
    return invitation


def _open(*, now: datetime | None) -> Any:
    rows = StaffInvitation.objects.filter(accepted_at=None, voided_at=None)
    return rows if now is None else rows.filter(expires_at__gt=now)


def open_invitation(token: str, *, now: datetime) -> StaffInvitation:
    """The invitation behind a link's secret; raises InvitationDead. Looking never uses it up."""
    invitation: StaffInvitation | None = _open(now=now).filter(token_hash=links.digest(token)).first()
    if invitation is None:
        raise InvitationDead
    return invitation


def withdraw(*, invitation: StaffInvitation, by: User, now: datetime) -> None:
    """Take an invitation back. Harmless when it has ended already."""
    with audit.transaction():
        row = _open(now=None).select_for_update().filter(pk=invitation.pk).first()
        if row is not None:
            _void(row, by=by, now=now)


def _void(row: StaffInvitation, *, by: User, now: datetime) -> None:
    row.voided_at, row.voided_by = now, by
    row.save(update_fields=["voided_at", "voided_by"])
    outbox.cancel(about_id=row.public_id, reason="invitation withdrawn", by=by, now=now)
    audit.record("staff_invitation.withdraw", by=by, subject=row)


def accept(*, token: str, password: str, name: str, now: datetime) -> User:
    """The invited person's account, with the password they chose. Works once; raises InvitationDead afterwards.

    Raises ValidationError for a password that is too easy to guess.
    """
    with audit.transaction():
        invitation = open_invitation(token, now=now)
        row = _open(now=now).select_for_update().filter(pk=invitation.pk).first()
        if row is None or User.objects.filter(email__iexact=row.email).exists():
            raise InvitationDead
        roles = {field: getattr(row, field) for field in ROLE_FIELDS.values()}
        validate_password(password, User(email=row.email, name=name))
        user = User.objects.create_user(email=row.email, name=name, password=password, role_changed_at=now, **roles)
        row.accepted_at, row.accepted_by = now, user
        row.save(update_fields=["accepted_at", "accepted_by"])
        held = [field for field, has in roles.items() if has]
        audit.record("staff.join", by=user, subject=user, fields=["email", "name", *held])
    return user


def change(*, user: User, facts: Mapping[str, Any], roles: Iterable[str], by: User, now: datetime) -> set[str]:
    """Change somebody's roles, name, title or telephone; roles work from their next click on. Raises LastOwner."""
    wanted = {name: facts[name] for name in FACTS if name in facts} | _role_values(roles)
    with audit.transaction():
        row = _locked(user)
        changed = {name for name, value in wanted.items() if getattr(row, name) != value}
        if row.is_owner and not wanted["is_owner"]:
            _leave_an_owner(row)
        if not changed:
            return changed
        for name in changed:
            setattr(row, name, wanted[name])
        if changed & set(ROLE_FIELDS.values()):
            row.role_changed_at = now
        row.full_clean(exclude=["password"])
        row.save(update_fields=[*changed, "role_changed_at"])
        audit.record("staff.change", by=by, subject=row, fields=changed)
    user.refresh_from_db()
    return changed


def deactivate(*, user: User, by: User, now: datetime) -> None:
    """Switch an account off and end all its sessions at once. Raises LastOwner."""
    with audit.transaction():
        row = _locked(user)
        if row.is_active:
            if row.is_owner:
                _leave_an_owner(row)
            row.is_active = False
            row.save(update_fields=["is_active"])
            audit.record("staff.deactivate", by=by, subject=row, fields=["is_active"])
        end_sessions(row)
    user.refresh_from_db()


def activate(*, user: User, by: User, now: datetime) -> None:
    """Switch an account on again, with the roles and the password it had."""
    with audit.transaction():
        row = _locked(user)
        if not row.is_active:
            row.is_active = True
            row.save(update_fields=["is_active"])
            audit.record("staff.activate", by=by, subject=row, fields=["is_active"])
    user.refresh_from_db()


def clear_second_factor(*, user: User, by: User, now: datetime) -> None:
    """For somebody who lost their phone and their recovery codes: signed out everywhere, they set up a new one.

    Raises OwnAccount: one's own second factor is looked after on one's own page, which asks for it.
    """
    if user.pk == by.pk:
        raise OwnAccount
    with audit.transaction():
        row = _locked(user)
        Authenticator.objects.filter(user=row).delete()
        end_sessions(row)
        audit.record("staff.clear_second_factor", by=by, subject=row)
        outbox.schedule(
            key=f"staff.second_factor_cleared:{row.public_id}:{int(now.timestamp())}",
            kind="staff.second_factor_cleared",
            channel=Message.Channel.EMAIL,
            due_at=now,
            not_after=now + INVITATION_LASTS,
            by=by,
            now=now,
            user=row,
            context={"who": str(by.public_id)},
        )
    user.refresh_from_db()


def end_sessions(user: User) -> None:
    """Sign `user` out everywhere, also where the list of sessions knows nothing of it."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    for session in UserSession.objects.filter(user_id=user.pk):
        session.end()


def _locked(user: User) -> User:
    """The row, locked together with all owners, so that two owners cannot remove each other at once."""
    list(User.objects.select_for_update().filter(is_owner=True).order_by("pk").values_list("pk"))
    return User.objects.select_for_update().get(pk=user.pk)


def _leave_an_owner(user: User) -> None:
    if not User.objects.filter(is_owner=True, is_active=True).exclude(pk=user.pk).exists():
        raise LastOwner

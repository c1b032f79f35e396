"""The first person of an empty clinic: its owner. Everybody else comes in by invitation."""

from __future__ import annotations

from datetime import datetime

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.urls import reverse

from clinic import audit
from clinic.models import ClinicSettings, User


class OwnerExists(Exception):
    """There are staff already: only they can let somebody in."""


def create_first_owner(*, email: str, name: str, password: str | None, by: audit.Actor, now: datetime) -> User:
    """The owner's account, in a clinic without any. Without a password it opens only by `set_password_link`."""
    with audit.transaction():
        # Makes and locks the one row, so that two starts at once cannot both find the clinic empty.
        ClinicSettings.objects.get_or_create(id=1, defaults={"require_mfa": settings.PRODUCTION})
        ClinicSettings.objects.select_for_update().get(id=1)
        if User.objects.exists():
            raise OwnerExists
        if password is not None:
            validate_password(password, User(email=email, name=name))
        owner = User.objects.create_user(email=email, name=name, password=password, is_owner=True, role_changed_at=now)
        audit.record("staff.create", by=by, subject=owner, fields=["email", "name", "is_owner"])
    return owner


def set_password_link(user: User, *, site: str) -> str:
    """A link that lets `user` choose a password; it dies with its first use and after PASSWORD_RESET_TIMEOUT."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    uid, _, rest = key.partition("-")
    return site + reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": rest})

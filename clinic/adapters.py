"""How allauth behaves in this clinic."""

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from clinic import audit, fields, links
from clinic.models import ClinicSettings, User


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: staff come in by invitation, clients have no account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """On the configured address: a forged Host header must not put another site's address into a mail."""
        uid, _, rest = key.partition("-")
        return links.absolute(reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": rest}))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nothing the clinic sends goes past the outbox, and no page of the library that mails is open here."""
        raise RuntimeError(f"{template_prefix} must be sent through the outbox")

    def login(self, request: HttpRequest, user: User) -> None:
        """Signed in, second factor included: on record before the first page opens."""
        super().login(request, user)
        # A client's form that was open in this browser had leave to idle longer than a desk may.
        request.session.set_expiry(None)
        audit.record("sign_in.success", by=user)

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, User):
            audit.record("sign_in.out", by=request.user)
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """What was typed is not kept: people type their password into the wrong box."""
        account = User.objects.filter(email__iexact=str(credentials.get("email", ""))[:254]).first()
        audit.record("sign_in.failed", by=audit.Nobody("wrong password"), subject=account)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever signed in within the last minutes has just shown who they are; everybody else is asked again."""
        records = get_authentication_records(self.request, self.request.user)
        newest = max((float(record["at"]) for record in records), default=0.0)
        if time.time() - newest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """The library reports every change of a password or second factor here: on record, whoever is told."""
        audit.record(f"sign_in.{template_prefix.rpartition('/')[2]}", by=user, subject=user)
        super().send_notification_mail(template_prefix, user, context, email)


class MFAAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps lie encrypted; the last second factor stays while the clinic requires one."""

    def encrypt(self, text: str) -> str:
        return fields.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return fields.decrypt(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        if not ClinicSettings.load().require_mfa:
            return True
        others = Authenticator.objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        return bool(others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())

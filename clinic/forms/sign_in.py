"""Forms of the sign-in pages, where ours differ from the library's."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django import forms
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone

from clinic import audit, outbox
from clinic.models import Message, User
from clinic.tries import counted

RESET_USEFUL = timedelta(hours=1)
CODE_TRIES = 5
CODE_REST = 15 * 60


class ResetPasswordForm(forms.Form):
    """Ask for a link to choose a new password.

    Whether the address belongs to anybody is looked up when the message is sent, not here: the page does the same work
    for every address, so neither its words nor its time tell who works here.
    """

    email = forms.EmailField(
        label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True})
    )

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Put the request into the outbox; a second one within the same five minutes is the same."""
        now, email = timezone.now(), str(self.cleaned_data["email"]).casefold()
        asked = hashlib.sha256(email.encode()).hexdigest()[:32]
        outbox.schedule(
            key=f"staff.password_reset:{asked}:{int(now.timestamp()) // 300}",
            kind="staff.password_reset",
            channel=Message.Channel.EMAIL,
            due_at=now,
            not_after=now + RESET_USEFUL,
            by=audit.Nobody("password reset"),
            now=now,
            recipient={"name": "", "email": email},
        )
        return email


class _FewTries(forms.Form):
    """Five wrong codes, then a rest for this account's second step. Only somebody with the password gets this far."""

    user: User

    def clean_code(self) -> str:
        key = f"sign-in.codes:{self.user.pk}"
        tries = counted(key, seconds=CODE_REST)
        cache.touch(key, CODE_REST)  # the rest begins anew with each try
        if tries > CODE_TRIES:
            raise forms.ValidationError("Too many wrong codes. Please wait a quarter of an hour.")
        try:
            code: str = super().clean_code()
        except forms.ValidationError:
            audit.record("sign_in.wrong_code", by=self.user)
            raise
        cache.delete(key)
        return code


class CodeForm(_FewTries, AuthenticateForm):
    """The second step of signing in."""


class CodeAgainForm(_FewTries, ReauthenticateForm):
    """The code once more, before something that matters."""

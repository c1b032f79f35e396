"""How allauth behaves in this clinic."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from clinic import links
from clinic.models import ClinicSettings


@dataclass(frozen=True)
class ConfiguredSite:
    """What allauth's mails call the site: our own names, not the ones a request came with."""

    name: str
    domain: str

    @classmethod
    def load(cls) -> "ConfiguredSite":
        return cls(name=ClinicSettings.load().name, domain=urlsplit(settings.SITE_ADDRESS).netloc)


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: staff come in by invitation, clients have no account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """On the configured address: a forged Host header must not put another site's address into a mail."""
        uid, _, rest = key.partition("-")
        return links.absolute(reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": rest}))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """With the clinic's own name in place of whatever the Host header said."""
        super().send_mail(template_prefix, email, context | {"current_site": ConfiguredSite.load()})

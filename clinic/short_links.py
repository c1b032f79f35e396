"""Short addresses for text messages: /s/ and eleven letters or digits, derived like every other secret link.

`shorten` gives the same address for the same page, so a text rendered again after a crash carries the link that may be
in somebody's hand already. The table holds hashes and the page encrypted: a stolen dump opens nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from clinic import links
from clinic.models import ShortLink

PURPOSE = "short"
#: How long an expired link still says "no longer works" by its own page; then it is forgotten.
KEPT = timedelta(days=30)


class NotOurs(ValueError):
    """A short link leads to pages of the clinic and nowhere else."""


def shorten(address: str, *, expires_at: datetime, now: datetime) -> str:
    """The short form of one of the clinic's own addresses, good as long as that is. NotOurs for any other."""
    parts, site = urlsplit(address), urlsplit(settings.SITE_ADDRESS)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    if (parts.scheme, parts.netloc) not in (("", ""), (site.scheme, site.netloc)) or not _is_path(target):
        raise NotOurs(parts.netloc)
    nonce = links.new_nonce()
    with transaction.atomic():
        link, made = ShortLink.objects.get_or_create(
            target_hash=links.digest(target),
            defaults={
                "nonce": nonce, "token_hash": links.digest(links.short_token(PURPOSE, nonce)), "target": target,
                "created_at": now, "expires_at": expires_at,
            },
        )  # fmt: skip
        if not made and link.expires_at < expires_at:
            ShortLink.objects.filter(pk=link.pk, expires_at__lt=expires_at).update(expires_at=expires_at)
    return _address(links.short_token(PURPOSE, link.nonce))


def example() -> str:
    """As long as a real one, and nobody's: for looking at a text before there is one."""
    return _address("x" * links.SHORT)


def behind(code: str, *, now: datetime) -> str | None:
    """The path a short link leads to; None when it is nobody's or over."""
    link = ShortLink.objects.filter(token_hash=links.digest(code), expires_at__gt=now).first()
    return link.target if link and _is_path(link.target) else None


def forget_old(*, now: datetime) -> int:
    """Delete links that ended long ago; returns how many."""
    return ShortLink.objects.filter(expires_at__lt=now - KEPT).delete()[0]


def _address(code: str) -> str:
    base: str = settings.SHORT_ADDRESS or settings.SITE_ADDRESS
    return base.rstrip("/") + reverse("clinic:short_link", args=[code])


def _is_path(target: str) -> bool:
    return target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None)

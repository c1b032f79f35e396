"""What staff see: the outbox page as the owner opens it, all its pages."""

from __future__ import annotations

import re

from django.test import Client as Browser
from django.urls import reverse

from clinic.models import User

_ROW = re.compile(r"/outbox/([0-9a-f-]{36})/")
_OLDER = re.compile(r"[?&;]before=([^\"&]+)\"")


def by_the_owner() -> set[str]:
    """The public ids of all messages that the page asks a decision for."""
    owner, _ = User.objects.get_or_create(
        email="owner@faults.example", defaults={"name": "Owner", "is_owner": True, "password": "!"}
    )
    browser = Browser(headers={"host": "localhost"})
    browser.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    found: set[str] = set()
    before = ""
    while True:
        answer = browser.get(reverse("clinic:outbox_list") + f"?before={before}")
        text = answer.content.decode()
        found |= set(_ROW.findall(text))
        further = _OLDER.search(text)
        if answer.status_code != 200 or further is None or further[1] == before:
            return found
        before = further[1]

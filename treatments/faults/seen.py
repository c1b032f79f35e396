"""What staff see: the outbox page as the owner opens it, all its pages."""

from __future__ import annotations

import re

from django.test import Client as Browser
from django.urls import reverse

from clinic.models import User

_ROW = re.compile(r"/outbox/([0-9a-f-]{36})/")


def by_the_owner() -> set[str]:
    """The public ids of all messages that the page asks a decision for."""
    owner, _ = User.objects.get_or_create(
        email="owner@faults.example", defaults={"name": "Owner", "is_owner": True, "password": "!"}
    )
    browser = Browser(headers={"host": "localhost"})
    browser.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    found: set[str] = set()
    for page in range(1, 10_000):
        answer = browser.get(reverse("clinic:outbox_list") + f"?show=attention&page={page}")
        here = set(_ROW.findall(answer.content.decode()))
        if answer.status_code != 200 or here <= found:
            break
        found |= here
    return found

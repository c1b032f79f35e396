"""What clients read that stands in data files and not in templates: to collect it for translation, and to look at it.

Every app has such a module; settings.CLIENT_TEXTS names them.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.utils.module_loading import import_string

from clinic import clients, policies


def texts() -> Iterator[tuple[str, str]]:
    """(where it stands, English text) of this app."""
    yield "clinic/policies.py", policies.PRIVACY_DRAFT.strip()
    yield "clinic/policies.py", policies.CANCELLATION_DRAFT.strip()
    for wording in clients.CHANNEL_WORDING.values():
        yield "clinic/clients.py", wording


def of_all_apps() -> Iterator[tuple[str, str]]:
    """The same of every app."""
    for name in settings.CLIENT_TEXTS:
        yield from import_string(name)()

"""What clients read that the clinic's own settings begin with. See settings.CLIENT_TEXTS."""

from __future__ import annotations

from collections.abc import Iterator

from clinic import clients, policies


def texts() -> Iterator[tuple[str, str]]:
    """(where it stands, English text)."""
    yield "clinic/policies.py", policies.PRIVACY_DRAFT.strip()
    yield "clinic/policies.py", policies.CANCELLATION_DRAFT.strip()
    for wording in clients.CHANNEL_WORDING.values():
        yield "clinic/clients.py", wording

"""What clients read of this app's data; questionnaires carry their own translations. See settings.CLIENT_TEXTS."""

from __future__ import annotations

from collections.abc import Iterator

from intake.inviting import messages
from intake.safety import screening


def texts() -> Iterator[tuple[str, str]]:
    """(where it stands, English text)."""
    for rule in screening.load_rules().rules:
        yield "intake/data/safety_rules.json", rule.message_client
    for text in messages.texts_of_document():
        yield "intake/data/messages.json", text

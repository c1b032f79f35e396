"""What clients read of the aftercare's document. See settings.CLIENT_TEXTS."""

from __future__ import annotations

from collections.abc import Iterator

from treatments import messages, wording

WHERE = "treatments/data/aftercare_messages.json"


def texts() -> Iterator[tuple[str, str]]:
    """(where it stands, English text): the messages that are sent, and the page's two answers."""
    sent = {*messages.EMAILS.values(), *messages.TEXTS.values(), "email_first_visit", "sms_reply_worse", "sms_reply_ok"}
    for name, words in wording.wordings().items():
        if name in sent:
            yield WHERE, words.text
            if words.subject:
                yield WHERE, words.subject
    yield WHERE, wording.general_tip()

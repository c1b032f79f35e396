"""What clients read of the aftercare's document. See settings.CLIENT_TEXTS."""

from __future__ import annotations

from collections.abc import Iterator

from treatments import series, wording

WHERE = "treatments/data/aftercare_messages.json"


def texts() -> Iterator[tuple[str, str]]:
    """(where it stands, English text): the messages that are sent, and the page's two answers."""
    built_in = series.read(wording.built_in())
    sent = {line.wording(channel) for line in built_in for channel in series.CHANNELS} | {
        "email_first_visit", "sms_reply_worse", "sms_reply_ok",
    }  # fmt: skip
    for name, words in wording.wordings().items():
        if name in sent:
            yield WHERE, words.text
            if words.subject:
                yield WHERE, words.subject
    for words in wording.by_reply().values():
        yield WHERE, words.text
    yield WHERE, wording.general_tip()

"""The words that answer a text: STOP, START, HELP, and "we have it". Nothing of what was written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from clinic import text_messages
from clinic.models import ClinicSettings, Message
from clinic.outbox import NotWanted, Rendered

WORDS = {
    "reply.stop": gettext_noop(
        "{clinic}: you get no more texts from us. Reply START to get them again. Questions: {phone}"
    ),
    "reply.start": gettext_noop("{clinic}: you get our texts again. Reply STOP to end them. Questions: {phone}"),
    "reply.help": gettext_noop(
        "{clinic}: we text you about your visits. Reply STOP to end this. "
        "Call us on {phone}. Emergency: {emergency_number}."
    ),
    "reply.received": gettext_noop(
        "{clinic}: thank you, we read this in our opening hours. "
        "If it cannot wait call {phone}, in an emergency {emergency_number}."
    ),
}  # fmt: skip


def render(message: Message, now: datetime) -> Rendered:
    """One answer, in the client's language."""
    if message.client is None or message.kind not in WORDS:
        raise NotWanted("there is nothing to answer")
    with translation.override(message.client.language):
        text = text_messages.written(gettext(WORDS[message.kind]), values(), fill=fill)
        return Rendered(subject="", text=text, template=f"{message.kind}/1")


def values() -> dict[str, str]:
    """The clinic's own words in an answer."""
    clinic = ClinicSettings.load()
    phone = clinic.phone or clinic.email
    return {"clinic": clinic.name, "phone": phone, "emergency_number": clinic.emergency_number}


def fill(text: str, words: Mapping[str, str]) -> str:
    """Put in once: no name is read as a template."""
    for name, value in words.items():
        text = text.replace(f"{{{name}}}", value.replace("{", "(").replace("}", ")"))
    return text

"""The words of this app's messages, made when they are sent. Nothing clinical, no name of the client in a subject."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from clinic import dates, languages, letters, links, short_links, text_messages
from clinic.models import ClinicSettings, Message
from clinic.outbox import NotWanted, Rendered
from intake.consent import agreement_links
from intake.inviting.invitations import token_of, works
from intake.models import AgreementLink, Invitation, Response

_FILE = Path(__file__).parents[1] / "data" / "messages.json"
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

EMAIL = gettext_noop(
    """Hello {first_name},

Before your visit we would like to know how you are. Please fill in our health form:

{link}

It takes about ten minutes, on a phone or a computer. Your answers are kept as you give them, so you can stop at any
time and come back with the same link. For your safety we ask for your date of birth first.

The link works until {date}. It is only for you, so please do not pass it on.

Questions? Call us on {phone}, we are glad to help.

{clinic}
"""
)

AGREEMENTS = gettext_noop(
    """Hello {first_name},

Here you can read what you agreed to with us, agree again, or take something back:

{link}

For your safety we ask for your date of birth first. The link works until {date}. It is only for you.

Questions? Call us on {phone}, we are glad to help.

{clinic}
"""
)
AGREEMENTS_SMS = gettext_noop("{clinic}: read or change what you agreed to, until {date}: {link}")

LOCKED = """A link to a health form was closed after five wrong dates of birth.

Please check the date of birth and the addresses on file with the client, then send a new link:

{link}

{clinic}
"""

URGENT = """A health form that has just come in needs a look today.

{link}

{clinic}
"""

ARRIVED = """A form of one of your clients has come in and waits for a look.

{link}

{clinic}
"""


@cache
def _wordings() -> dict[str, str]:
    document = json.loads(_FILE.read_text(encoding="utf-8"))
    return {row["id"]: str(row["text"]) for row in document["messages"]}


def wording(name: str) -> str:
    """A text of the shipped document, in the language spoken."""
    return gettext(_wordings()[name])


def texts_of_document() -> list[str]:
    """The wordings that stand in the data file, for translation."""
    return list(_wordings().values())


def fill(text: str, **words: str) -> str:
    """Put words in for {placeholders}, once: nothing in a name is ever read as a template."""
    return _PLACEHOLDER.sub(lambda found: words.get(found[1], found[0]), text)


def as_text(text: str, **words: str) -> str:
    """The same for a text message, in one part wherever that can be."""
    return text_messages.written(text, words, fill=lambda wording, values: fill(wording, **values))


def render(message: Message, now: datetime) -> Rendered:
    """The text of one message of this app; raises NotWanted when it has lost its point."""
    clinic = ClinicSettings.load()
    if message.kind == "intake.locked":
        return _to_staff(message, clinic, LOCKED, "A form link was closed", "intake:client_intake")
    if message.kind == "intake.urgent":
        return _to_staff(message, clinic, URGENT, "A health form needs a look today", "intake:review_list")
    if message.kind == "intake.arrived":
        if Response.objects.filter(public_id=message.about_id, reviewed_at__isnull=False).exists():
            raise NotWanted("The form was looked at already")
        return _to_staff(message, clinic, ARRIVED, "A form waits for you", "intake:review_detail")
    if message.kind == "intake.consent.agreements":
        return _agreements(message, clinic, now)
    return _invitation(message, clinic, now)


def _agreements(message: Message, clinic: ClinicSettings, now: datetime) -> Rendered:
    link = AgreementLink.objects.select_related("client").filter(public_id=message.about_id).first()
    if link is None or not agreement_links.works(link, now=now):
        raise NotWanted("The link no longer works")
    with translation.override(link.client.language):
        address = links.absolute(reverse("intake:agreements_open", args=[agreement_links.token_of(link)]))
        day = link.expires_at.astimezone(clinic.zone)
        words = {"clinic": clinic.name, "first_name": link.client.called, "phone": clinic.phone or clinic.email}
        if message.channel == Message.Channel.SMS:
            words["link"] = short_links.shorten(address, expires_at=link.expires_at, now=now)
            text = as_text(gettext(AGREEMENTS_SMS), **words, date=dates.in_words(day, "short"))
            return Rendered(subject="", text=text, template="sms_agreements/1")
        text = fill(gettext(AGREEMENTS), **words, link=languages.shared(address), date=dates.in_words(day, "weekday"))
        subject = gettext("What you agreed to at %(clinic)s") % {"clinic": clinic.name}
        html = letters.to_html(text, title=subject)
        return Rendered(subject=subject, text=text, html=html, template="email_agreements/1")


def _invitation(message: Message, clinic: ClinicSettings, now: datetime) -> Rendered:
    invitation = Invitation.objects.select_related("client").filter(public_id=message.about_id).first()
    if invitation is None or not works(invitation, now=now):
        raise NotWanted("The link no longer works")
    client = invitation.client
    with translation.override(client.language):
        return _to_client(message, invitation, clinic, now)


def _to_client(message: Message, invitation: Invitation, clinic: ClinicSettings, now: datetime) -> Rendered:
    """In the language that is spoken now: the client's."""
    client = invitation.client
    last_day = invitation.expires_at.astimezone(clinic.zone)
    words = {
        "clinic": clinic.name,
        "first_name": client.called,
        "phone": clinic.phone or clinic.email,
        "link": links.absolute(reverse("intake:open", args=[token_of(invitation)])),
    }
    if message.channel == Message.Channel.SMS:
        words["link"] = short_links.shorten(words["link"], expires_at=invitation.expires_at, now=now)
        text = as_text(wording("sms_intake"), **words, date=dates.in_words(last_day, "short"))
        return Rendered(subject="", text=text, template="sms_intake/1.0")
    words["link"] = languages.shared(words["link"])
    text = fill(gettext(EMAIL), **words, date=dates.in_words(last_day, "weekday"))
    subject = gettext("Your form for %(clinic)s") % {"clinic": clinic.name}
    return Rendered(subject=subject, text=text, html=letters.to_html(text, title=subject), template="email_intake/1")


def _to_staff(message: Message, clinic: ClinicSettings, text: str, subject: str, page: str) -> Rendered:
    args = [message.about_id] if page == "intake:review_detail" else []
    if page == "intake:client_intake":
        invitation = Invitation.objects.select_related("client").get(public_id=message.about_id)
        args = [invitation.client.public_id]
    link = links.absolute(reverse(page, args=args))
    return Rendered(subject=subject, text=fill(text, link=link, clinic=clinic.name), template=f"{message.kind}/1")

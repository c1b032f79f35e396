"""The words of the reminders before a visit, made when they are sent: a form that is done by then sends none."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from clinic import dates, languages, letters, links, short_links
from clinic.models import ClinicSettings, Message
from clinic.outbox import NotWanted, Rendered
from intake.inviting.invitations import REMINDER, token_of, works
from intake.inviting.messages import as_text, fill, wording
from intake.models import Invitation, Questionnaire


def render(message: Message, now: datetime) -> Rendered:
    """One reminder; raises NotWanted when the form is done, the link dead or the visit over."""
    found = Invitation.objects.select_related("client", "questionnaire").filter(public_id=message.about_id).first()
    if found is None or not works(found, now=now):
        raise NotWanted("The link no longer works, or the form is done")
    if message.kind == REMINDER and (found.visit_starts is None or found.visit_starts <= now):
        raise NotWanted("There is no visit to come")
    with translation.override(found.client.language):
        return words_for(found, by_text=message.channel == Message.Channel.SMS)


def words_for(invitation: Invitation, *, by_text: bool) -> Rendered:
    """The reminder of one invitation, by e-mail or as a text, in the language that is spoken now."""
    clinic = ClinicSettings.load()
    starts = (invitation.visit_starts or invitation.expires_at).astimezone(clinic.zone)
    words = {
        "clinic": clinic.name,
        "first_name": invitation.client.called,
        "phone": clinic.phone or clinic.email,
        "link": link_of(invitation),
        "date": dates.in_words(starts, "short" if by_text else "weekday"),
        "time": f"{starts:%H:%M}",
    }
    check = invitation.questionnaire.asked == Questionnaire.Asked.VISIT
    if by_text:
        words["link"] = short_links.shorten(words["link"], expires_at=invitation.expires_at, now=invitation.created_at)
        text = as_text(_check_text() if check else wording("sms_intake"), **words)
        return Rendered(subject="", text=text, template="check_reminder/1" if check else "sms_intake/1.0")
    words["link"] = languages.shared(words["link"])
    text = fill(_check() if check else _form(), **words)
    subject = fill(_("Before your visit on {date}"), **words)
    template = "check_reminder/1" if check else "form_reminder/1"
    return Rendered(subject=subject, text=text, html=letters.to_html(text, title=subject), template=template)


def link_of(invitation: Invitation) -> str:
    """The invitation's full address."""
    return links.absolute(reverse("intake:open", args=[token_of(invitation)]))


def _check_text() -> str:
    return _("{clinic}: see you at {time}. First do the 1-minute check: {link}. Ill or fever? Call {phone}.")


def _check() -> str:
    return _(
        "Hello {first_name},\n\nSee you on {date} at {time}. Before you come, please tell us if anything is new with "
        "your health. It takes a minute:\n\n{link}\n\nAre you ill, or do you have a fever? Please call us on {phone}."
        "\n\n{clinic}\n"
    )


def _form() -> str:
    return _(
        "Hello {first_name},\n\nYour visit is on {date} at {time}. Your health form is still open. Please fill it in "
        "before you come:\n\n{link}\n\nWhat you have filled in so far is kept. Questions? Call us on {phone}, we are "
        "glad to help.\n\n{clinic}\n"
    )

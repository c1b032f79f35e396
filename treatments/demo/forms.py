"""A questionnaire of the clinic's own: two versions with answers to the older one, and a draft the owner is at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from clinic import services
from clinic.models import Client, Service, User
from intake import responses
from intake.access import actor_of
from intake.authoring import asking, drafts, outline, releases, translating
from intake.inviting import invitations
from intake.models import Questionnaire

TITLE = "How are we doing?"
SERVICES = (("First visit", 90), ("Massage, one hour", 60), ("Short follow-up", 30))
#: What four clients answered to the first version.
ANSWERS: tuple[dict[str, Any], ...] = (
    {"visit.booking": "easy", "visit.time": True},
    {"visit.booking": "hard", "visit.what": "The line was busy all morning.", "visit.time": True},
    {"visit.booking": "fine", "visit.time": False},
    {"visit.booking": "easy", "visit.time": True},
)
SPANISH = {
    "title": "¿Cómo lo estamos haciendo?",
    "text|visit": "Sus visitas",
    "text|visit.booking": "¿Le fue fácil reservar?",
    "option|visit.booking|easy": "Fácil",
    "option|visit.booking|fine": "Bien",
    "option|visit.booking|hard": "Difícil",
    "text|visit.what": "¿Qué fue difícil?",
    "text|visit.time": "¿Empezamos a la hora?",
}


def _document() -> dict[str, Any]:
    options = [{"valueCoding": {"code": code, "display": code.title()}} for code in ("easy", "fine", "hard")]
    hard = {"question": "visit.booking", "operator": "=", "answerCoding": {"code": "hard"}}
    items = [
        {"linkId": "visit.booking", "text": "Was it easy to book?", "type": "choice", "required": True,
         "answerOption": options},
        {"linkId": "visit.what", "text": "What was hard?", "type": "text", "maxLength": 500, "enableWhen": [hard]},
        {"linkId": "visit.time", "text": "Did we start on time?", "type": "boolean"},
    ]  # fmt: skip
    group = {"linkId": "visit", "text": "Your visits", "type": "group", "item": items}
    form = {"resourceType": "Questionnaire", "title": TITLE, "status": "draft", "language": "en", "item": [group]}
    return translating.translate(form, "es", SPANISH)


def tell(*, owner: User, desk: User, lead: User, now: datetime) -> Questionnaire:
    """Services, the form with its history, and its draft of this morning."""
    for name, minutes in SERVICES:
        services.add(name=name, minutes=minutes, by=owner, now=now)
    began = now - timedelta(days=40)
    form = drafts.create(title=TITLE, document=_document(), by=owner, now=began)
    _publish(form, "The first version", owner, began)
    asking.set_asking(
        questionnaire=form, asked=Questionnaire.Asked.SOME, conditions=[], valid_days=182, question_days={},
        services=Service.objects.filter(name="Short follow-up"), ask_again_from=None, by=owner, now=began,
    )  # fmt: skip
    people = Client.objects.filter(responses__reviewed_at__isnull=False).distinct().order_by("pk")
    for client, answers in zip(people, ANSWERS, strict=False):
        _answer(form, client, answers, desk, lead, began + timedelta(days=3))
    later = now - timedelta(days=12)
    drafts.begin(questionnaire=form, by=owner, now=later)
    _change(form, "Reworded", owner, later, _reworded)
    _publish(form, "Clearer words on booking", owner, later)
    drafts.begin(questionnaire=form, by=owner, now=now - timedelta(hours=1))
    _change(form, "Added a question", owner, now - timedelta(hours=1), _with_a_friend)
    return form


def _publish(form: Questionnaire, note: str, owner: User, now: datetime) -> None:
    releases.publish(
        questionnaire=form, seen=drafts.draft_of(form).revision, note=note, again=releases.NOBODY, again_from=None,
        rules_accepted=False, by=owner, now=now,
    )  # fmt: skip


def _change(
    form: Questionnaire, words: str, owner: User, now: datetime, edit: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    seen = drafts.draft_of(form).revision
    drafts.change(questionnaire=form, edit=edit, words=words, seen=seen, by=owner, now=now)


def _reworded(document: dict[str, Any]) -> dict[str, Any]:
    outline.find(document, "visit.booking").item["text"] = "How easy was it to book your visits?"
    return translating.translate(document, "es", {"text|visit.booking": "¿Qué tan fácil fue reservar sus visitas?"})


def _with_a_friend(document: dict[str, Any]) -> dict[str, Any]:
    friend = {"linkId": "", "type": "text", "text": "What would you tell a friend about us?"}
    return outline.add(document, friend, to="visit")[0]


def _answer(
    form: Questionnaire, client: Client, answers: dict[str, Any], desk: User, lead: User, now: datetime
) -> None:
    """Filled in on the clinic's tablet, looked at the same day."""
    here = invitations.open_here(
        client=client, how="tablet", lasts=timedelta(hours=1), by=desk, now=now, slug=form.slug
    )
    response = responses.start(invitation=here, now=now)
    actor = actor_of(here)
    responses.save(response=response, changes=answers, by=actor, now=now)
    sent = responses.submit(response=response, by=actor, now=now + timedelta(minutes=2))
    responses.review(response=sent, note="", by=lead, now=now + timedelta(hours=3))

"""The light of the short check of each visit: asked, done, and for those who may read it whether something is new."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from intake import news
from intake.inviting.invitations import works
from intake.models import Invitation, Questionnaire, Response
from intake.questionnaires import spec_of
from intake.responses import answers_of


@dataclass(frozen=True, slots=True)
class Light:
    """Words and look of a badge."""

    state: str
    words: str
    tone: str
    shape: str


SENT = Light("sent", "Check sent", "quiet", "ring")
DONE = Light("done", "Check done", "success", "check")
QUIET = Light("quiet", "Check: nothing new", "success", "check")
NEWS = Light("news", "Check: something new", "urgent", "triangle")


def lights(visits: Collection[UUID], *, readable: Collection[int], now: datetime) -> dict[UUID, Light]:
    """By visit. What was answered shows only for clients in `readable` (primary keys). Few queries for any number."""
    asked = Invitation.objects.filter(visit__in=visits, questionnaire__asked=Questionnaire.Asked.VISIT)
    links = {link.visit: link for link in asked.order_by("created_at", "id") if link.visit is not None}
    sent = [link.pk for link in links.values() if link.submitted_at is not None]
    rows = Response.objects.filter(invitation__in=sent, status=Response.Status.COMPLETED, client__in=readable)
    answered = {row.invitation_id: row for row in rows.select_related("version").defer("version__document")}
    found = {}
    for visit, link in links.items():
        if link.submitted_at is None:
            if works(link, now=now):
                found[visit] = SENT
        elif (response := answered.get(link.pk)) is not None:
            found[visit] = NEWS if tells_news(response) else QUIET
        else:
            found[visit] = DONE
    return found


def tells_news(response: Response) -> bool:
    """Something in this check is not a plain no, or a rule was hit."""
    check = news.check_of(spec_of(response.version))
    answers = answers_of(response)
    if response.top_class or check is None:
        return bool(response.top_class)
    quiet = all(answers.get(item.link_id) == news.NO for item in check.quiet)
    calm = all(answers.get(item.link_id) in (news.NONE, [news.NONE]) for item in check.urgent)
    return not (quiet and calm)

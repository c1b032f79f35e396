"""The short check before a visit on two screens: nothing new since last time, then what must be said each time.

Read from the form itself. What must be answered and offers a plain "no" is one question with one tap. On the second
screen stand the other short questions and, last, the one that cannot wait ("none of these" sends the form). A form that
asks for more than taps is asked screen by screen, like every other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from intake.access import Visit
from intake.engine.enablement import answered
from intake.engine.specs import Item
from intake.engine.specs import Questionnaire as Spec
from intake.models import Questionnaire, Response
from intake.questionnaires import spec_of
from intake.responses import Incomplete, answers_of, save, submit

NO, NONE = "no", "none"
#: Answered by a tap.
TAPPED = frozenset({"boolean", "choice", "integer"})


@dataclass(frozen=True, slots=True)
class Check:
    """The form as two screens: `quiet` are answered no together; then the `others` and, on their own, the `urgent`."""

    quiet: tuple[Item, ...]
    others: tuple[Item, ...]
    urgent: tuple[Item, ...]


def check_of(spec: Spec) -> Check | None:
    """The two screens of a form, or None when it cannot be asked so shortly."""
    quiet, others, urgent = [], [], []
    for item in spec.walk():
        if not item.is_question or item.enable_when:
            continue
        if item.required and item.type == "choice" and NO in item.by_code:
            quiet.append(item)
        elif item.required and item.type == "choice" and NONE in item.by_code:
            urgent.append(item)
        elif item.type in TAPPED and not (item.type == "choice" and item.repeats):
            others.append(item)
        elif item.required:
            return None
    return Check(tuple(quiet), tuple(others), tuple(urgent)) if quiet and urgent else None


def applies(visit: Visit) -> bool:
    """The form is asked before each visit and not sent yet."""
    response = visit.response
    is_check = response.version.questionnaire.asked == Questionnaire.Asked.VISIT
    return is_check and response.status == Response.Status.IN_PROGRESS


def where_next(visit: Visit) -> tuple[str, ...]:
    """The page of the two questions that comes next; empty when the form is asked screen by screen."""
    if not applies(visit) or (check := check_of(spec_of(visit.response.version))) is None:
        return ()
    given = answers_of(visit.response)
    if all(given.get(item.link_id) == NO for item in check.quiet):
        open_urgent = any(not answered(given.get(item.link_id)) for item in check.urgent)
        return ("intake:urgent",) if open_urgent else ()
    return () if any(answered(given.get(item.link_id)) for item in check.quiet) else ("intake:news",)


def since(visit: Visit) -> datetime | None:
    """When the client last told us how they are."""
    sent = Response.objects.filter(client=visit.response.client_id, status=Response.Status.COMPLETED)
    return sent.order_by("-submitted_at").values_list("submitted_at", flat=True).first()


def nothing_new(*, visit: Visit, now: datetime) -> Response:
    """One tap: no to all that may have changed."""
    check = check_of(spec_of(visit.response.version))
    changes = {item.link_id: NO for item in check.quiet} if check else {}
    return save(response=visit.response, changes=changes, by=visit.actor, now=now)


def answer_urgent(*, visit: Visit, answers: dict[str, Any], now: datetime) -> Response:
    """The urgent question is answered: with nothing new before it, the check is done and sent, and screened at once."""
    try:
        return submit(response=visit.response, changes=answers, by=visit.actor, now=now)
    except Incomplete:
        save(response=visit.response, changes=answers, by=visit.actor, now=now)
        raise

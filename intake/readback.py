"""A response to read: the client's last look before sending, and the therapist's page. One specification makes both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from clinic.models import ClinicSettings
from clinic.names import readable_phone
from intake import marks
from intake.access import Visit
from intake.consent import agreements
from intake.engine.answers import in_words
from intake.engine.attached import Attached, attached
from intake.engine.enablement import State, state_of
from intake.engine.pages import pages_of
from intake.engine.places import Place, address_of, counts_of, inside, places, text_of
from intake.engine.specs import Item, Questionnaire, anchor_of
from intake.files.signing import drawn_of
from intake.identity import BODY_CHART, PHONES, SIGNATURE, SIGNED_ON
from intake.marks import Marked
from intake.models import Response
from intake.offline import offline_key
from intake.questionnaires import spec_of
from intake.responses import answers_of, problems_of, screen
from intake.safety.advice import advice_for


@dataclass(frozen=True, slots=True)
class Line:
    """One question with its answer in words."""

    link_id: str
    id: str
    text: str
    answer: str
    problem: str = ""
    files: tuple[Attached, ...] = ()
    marks: tuple[Marked, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def is_signature(self) -> bool:
        """Its words count beside what was drawn."""
        return self.link_id == SIGNATURE

    @property
    def quiet(self) -> bool:
        """A plain no: the eye may pass over it to what the client does have."""
        return self.answer.casefold() in {"no", "none", "none of these", "never"}


@dataclass(slots=True)
class Part:
    """One screen, read back."""

    link_id: str
    title: str
    lines: list[Line] = field(default_factory=list)

    @property
    def open(self) -> int:
        """How many answers are still to give here."""
        return sum(bool(line.problem) for line in self.lines)


def parts_of(
    questionnaire: Questionnaire,
    answers: Mapping[str, Any],
    *,
    problems: Mapping[str, str] | None = None,
    body: tuple[Marked, ...] = (),
    others: Mapping[str, Sequence[Any]] | None = None,
) -> list[Part]:
    """All questions that are asked and answered, or still have to be, screen by screen.

    `others` are answers given in another window or on another device that do not count: they stand beside.
    """
    state = state_of(questionnaire, answers)
    told = _Told(questionnaire, state, problems or {}, others or {}, body)
    parts = []
    for page in pages_of(questionnaire):
        part = Part(page.slug, page.title)
        for place in places(questionnaire, state.answers, inside(page.group)):
            line = told.line(place) if place.address in state.enabled else None
            if line is not None:
                part.lines.append(line)
        if part.lines:
            parts.append(part)
    return parts


class _Told:
    """What is said of each place."""

    def __init__(
        self,
        questionnaire: Questionnaire,
        state: State,
        problems: Mapping[str, str],
        others: Mapping[str, Sequence[Any]],
        body: tuple[Marked, ...],
    ) -> None:
        self.questionnaire, self.answers = questionnaire, state.answers
        self.problems, self.others, self.body = problems, others, body
        self.counts = counts_of(questionnaire, state.answers)

    def line(self, place: Place) -> Line | None:
        """The line for a question that is answered or has to be; for a group only when something is missing in it."""
        item, address = place.item, place.address
        if item.type == "group":
            # All instances of a group are judged together, at the address without its own index.
            address = address_of(item.link_id, place.path[:-1]) if item.is_loop else address
            problem = self.problems.get(address, "") if not item.is_loop or place.path[-1] == 0 else ""
            return Line(item.link_id, anchor_of(address), item.text, "", problem) if problem else None
        if item.link_id == BODY_CHART and not item.is_question:
            return Line(item.link_id, "body-chart", gettext("On the body"), "", marks=self.body) if self.body else None
        return self._answer(place) if item.is_question else None

    def _answer(self, place: Place) -> Line | None:
        item, address = place.item, place.address
        value, problem = self.answers.get(address), self.problems.get(address, "")
        words = said(item, value)
        if item.hidden or not (words or problem):
            return None
        text = text_of(self.questionnaire, place, self.counts)
        told = tuple(in_words(item, one) for one in self.others.get(address, ()) if one != value)
        return Line(address, anchor_of(address), text, words, problem, attached(value), others=told)


def said(item: Item, value: Any) -> str:
    """An answer as the client reads it back."""
    words = in_words(item, value)
    return readable_phone(words) if item.link_id in PHONES else words


def readback_of(visit: Visit, *, now: datetime) -> dict[str, Any]:
    """What the client's last page shows."""
    response, clinic = visit.response, ClinicSettings.load()
    today = now.astimezone(clinic.zone).date()
    spec, answers = agreements.asked(response.version), answers_of(response)
    if SIGNED_ON in spec.index:
        answers.setdefault(SIGNED_ON, today.isoformat())
    problems = problems_of(response, answers, today=today)
    parts = _with_drawing(
        parts_of(spec, answers, problems=problems, body=body_of(response), others=_others(response)), response
    )
    return {
        "plain": True,
        "whose": visit.whose,
        "vault_key": offline_key(response),
        "parts": parts,
        "open_parts": [(part, [line for line in part.lines if line.problem]) for part in parts if part.open],
        "open_count": len(problems),
        "advice": advice_for(screen(response, answers, today=today).hits, clinic),
        "last": parts[-1] if parts else None,
        "declined": agreements.declined(spec, answers),
        "wording": agreements.mark(),
    }


def of_response(response: Response) -> list[Part]:
    """A sent response, as it was asked and answered."""
    spec = agreements.as_signed(response, spec_of(response.version))
    parts = parts_of(spec, answers_of(response), body=body_of(response), others=_others(response))
    return _with_drawing(parts, response)


def _with_drawing(parts: list[Part], response: Response) -> list[Part]:
    """The signature's line shows what was drawn, too."""
    for part in parts:
        part.lines[:] = [
            replace(line, files=drawn_of(response)) if line.link_id == SIGNATURE else line for line in part.lines
        ]
    return parts


def _others(response: Response) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for one in response.other_answers.all():
        given = found.setdefault(one.address, [])
        if one.value not in given:
            given.append(one.value)
    return found


def body_of(response: Response) -> tuple[Marked, ...]:
    """What is marked on the body, in words."""
    return tuple(marks.in_words(list(response.marks.all())))

"""What is known of a client when a plan or a note begins: newest values and the answers they gave."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from clinic.models import Client
from intake.engine.answers import in_words
from intake.models import Response
from intake.questionnaires import spec_of
from intake.responses import answers_of, latest_answers
from treatments.goals import BASELINE_QUESTIONS
from treatments.models import Outcome
from treatments.outcomes import AT_ONCE

# What a therapist wants to have read before laying hands on: question, short words for it.
BRIEF = (
    ("reason.goal", "Wants to"),
    ("reason.since", "Since"),
    ("reason.onset", "Began"),
    ("reason.better_worse", "Better or worse with"),
    ("reason.past_reaction", "After massage before"),
    ("comfort.pressure", "Pressure liked"),
    ("comfort.avoid", "Not to be touched"),
    ("comfort.position", "Positions"),
    ("comfort.safe", "To feel at ease"),
    ("meds.allergy_detail", "Allergies"),
)


def brief(response: Response | None) -> list[tuple[str, str]]:
    """The few answers that belong beside a note, in words."""
    if response is None:
        return []
    index, answers = spec_of(response.version).index, answers_of(response)
    return [
        (words, in_words(index[link_id], answers[link_id]))
        for link_id, words in BRIEF
        if link_id in index and answers.get(link_id) not in (None, "", [])
    ]


def newest_values(client: Client) -> dict[str, Decimal]:
    """The last value of each measure: from what was recorded, else from the health history.

    What was said straight after a treatment is left out: it tells how the hands did, not where the client stands.
    """
    answers = latest_answers(client)
    values: dict[str, Decimal] = {}
    for measure, link_id in BASELINE_QUESTIONS.items():
        if (number := _number(answers.get(link_id))) is not None:
            values[measure] = number
    recorded = Outcome.objects.filter(client=client).exclude(moment=AT_ONCE).order_by("taken_at", "id")
    return values | dict(recorded.values_list("measure", "value"))


def _number(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None

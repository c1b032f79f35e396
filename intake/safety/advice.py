"""What a client is told at once when an answer is dangerous. Pure, but for the clinic's own numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from django.utils.translation import gettext

from clinic.models import ClinicSettings
from intake.inviting.messages import fill
from intake.safety.screening import Hit, Outcome, RuleBook, load_rules

#: Classes that cannot wait until the form is sent.
AT_ONCE = ("emergency", "urgent")


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece of calm, plain advice; `call` is the number to ring, if any."""

    level: str
    text: str
    call: str


def words_for_client(text: str, clinic: ClinicSettings) -> str:
    """A rule's message in the language of the page, with the clinic's own numbers."""
    words = {
        "emergency_number": clinic.emergency_number,
        "crisis_line": clinic.crisis_line or clinic.phone,
        "clinic": clinic.name,
        "phone": clinic.phone,
    }
    return fill(gettext(text), **words)


def advice_for(hits: Iterable[Hit], clinic: ClinicSettings) -> list[Advice]:
    """The advice of those hits that cannot wait, most serious first, each text once."""
    found: dict[str, Advice] = {}
    for hit in hits:
        if hit.rule.level in AT_ONCE:
            text = words_for_client(hit.rule.message_client, clinic)
            call = clinic.emergency_number if hit.rule.level == "emergency" else ""
            found.setdefault(text, Advice(hit.rule.level, text, call))
    return list(found.values())


@lru_cache(maxsize=256)
def rules_of_screen(link_ids: frozenset[str]) -> RuleBook:
    """The rules that can lead to advice on a screen with these questions.

    No other has a part in `advice_for(hits_of_screen(…))`: its class can wait, or its evidence lies on other screens.
    """
    book = load_rules()
    return replace(book, rules=tuple(one for one in book.rules if one.level in AT_ONCE and one.asks & link_ids))


def hits_of_screen(outcome: Outcome, link_ids: Iterable[str]) -> list[Hit]:
    """The hits an answer on this screen has part in."""
    here = frozenset(link_ids)
    return [hit for hit in outcome.hits if hit.questions & here]


def mark_of(advice: Iterable[Advice]) -> str:
    """A short mark of what was shown, so that the page knows whether it has been read. Tells nothing by itself."""
    texts = "\n".join(one.text for one in advice)
    return hashlib.sha256(texts.encode()).hexdigest()[:12] if texts else ""

"""A rule as people read it: when it fires, what follows, what it limits, where it comes from, who signed it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clinic.models import ClinicSettings
from conditions.regions import describe
from conditions.sources import Source, cited
from conditions.techniques import techniques
from intake.reviewing import LOOKS
from intake.safety import sentences
from intake.safety.advice import words_for_client
from intake.safety.rulebook import RuleState
from intake.safety.screening import Rule, expand, load_rules
from intake.safety.sentences import Sentence
from intake.safety.trials import questions

SHOWN = {"all": "All", "unsigned": "Not signed off", "signed": "Signed off", "off": "Switched off"}
_BOOKING = {
    "block": "No booking, and none that stands",
    "block_today": "No booking for today",
    "allow_hold": "Booking on hold until it is cleared",
    "allow": "Booking stands",
}
_UNTIL = {
    "guardian_consent": "No session until a parent’s or guardian’s permission is on file",
    "answers_confirmed": "No session until the answers were gone through with the client",
    "history_reviewed": "No session until the history was gone through again",
}


@dataclass(frozen=True, slots=True)
class RuleCard:
    """One rule on the page."""

    state: RuleState
    label: str
    tone: str
    shape: str
    trigger: Sentence
    effects: list[str]
    client_reads: str
    sources: list[Source]

    @property
    def rule(self) -> Rule:
        return self.state.rule


@dataclass(frozen=True, slots=True)
class RuleClass:
    """The rules of one class."""

    code: str
    label: str
    tone: str
    shape: str
    cards: list[RuleCard]


def card_of(state: RuleState, clinic: ClinicSettings) -> RuleCard:
    """A rule in words."""
    rule = state.rule
    tone, shape = LOOKS[rule.level]
    return RuleCard(
        state=state,
        label=load_rules().classes[rule.level],
        tone=tone,
        shape=shape,
        trigger=sentences.of_rule(rule, questions()),
        effects=effects_of(rule),
        client_reads=words_for_client(rule.message_client, clinic),
        sources=cited(rule.sources),
    )


def effects_of(rule: Rule) -> list[str]:
    """What follows when it fires, each as a line."""
    found = [_BOOKING[rule.booking]]
    if rule.soft:
        found.append("Comfort massage may go on; the plan may not start")
    if rule.blocks_session_until:
        found.append(_UNTIL.get(rule.blocks_session_until, rule.blocks_session_until))
    places = ", ".join(describe(frozenset().union(*(expand(code) for code in rule.region_codes))))
    if rule.region_from and rule.region_from in questions():
        places = places or f"the places named in “{questions()[rule.region_from].text}”"
    if rule.pressure_max and rule.pressure_scope == "all":
        found.append(f"Pressure {rule.pressure_max} of 5 at most, everywhere")
    if rule.regions_effect == "avoid":
        found.append(f"Leave out: {places}")
    elif rule.regions_effect == "pressure_limit":
        found.append(f"Pressure {rule.region_pressure_max or rule.pressure_max} of 5 at most: {places}")
    elif places:
        found.append(f"Places: {places}")
    known = techniques()
    if rule.block_techniques:
        named = [known[code].name if code in known else code for code in rule.block_techniques]
        found.append(f"Techniques left out: {', '.join(named)}")
    if rule.positions_blocked:
        found.append(f"Positions left out: {', '.join(code.replace('_', ' ') for code in rule.positions_blocked)}")
    lift = "by nobody; it ends with a newer history" if rule.override == "none" else f"by {rule.override}"
    found.append(f"Lifted {lift}")
    return found


def by_class(states: Iterable[RuleState], *, show: str, search: str) -> list[RuleClass]:
    """The rules that were asked for, by class; classes without any are left out."""
    clinic = ClinicSettings.load()
    cards = [card_of(state, clinic) for state in states if _wanted(state, show)]
    words = search.casefold().split()
    cards = [card for card in cards if all(word in _text(card) for word in words)]
    found = []
    for code, label in load_rules().classes.items():
        tone, shape = LOOKS[code]
        own = [card for card in cards if card.rule.level == code]
        if own:
            found.append(RuleClass(code, label, tone, shape, own))
    return found


def _wanted(state: RuleState, show: str) -> bool:
    if show == "unsigned":
        return not state.signed
    if show == "signed":
        return bool(state.signed)
    return show != "off" or state.is_off or state.asked is not None


def _text(card: RuleCard) -> str:
    rule = card.rule
    parts = [rule.id, rule.title, rule.message_therapist, rule.message_client, rule.basis, *_words(card.trigger)]
    parts += [source.citation for source in card.sources] + card.effects
    return " ".join(parts).casefold()


def _words(sentence: Sentence) -> list[str]:
    return [sentence.words, *(word for one in sentence.below for word in _words(one))]

"""The safety rules: what an answer means for the visit. Pure and versioned.

The engine evaluates every rule on `answers` (plain `{linkId: value}`) and `facts`. A question that was
not answered never matches a condition. The most restrictive limit wins; every hit is kept.
"""

from __future__ import annotations

import json
import operator as compare
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from conditions.regions import regions
from intake.engine.enablement import answered, enabled
from intake.engine.specs import CHOICES, Questionnaire

RULES_FILE = Path(__file__).parents[1] / "data" / "safety_rules.json"

#: From open to closed; the most restrictive of the hits decides.
BOOKING_ORDER = ("allow", "allow_hold", "block_today", "block")

_ORDER: dict[str, Callable[[Any, Any], bool]] = {">": compare.gt, "<": compare.lt, ">=": compare.ge, "<=": compare.le}
# The parts of a rule in the file that keep their name here.
_NEEDED: tuple[str, ...] = ("id", "title", "version", "priority", "booking", "override", "soft", "action", "basis")
_NEEDED += ("review_status", "message_therapist", "message_client")
_LISTS = ("sources", "block_techniques", "positions_blocked")
_OPTIONAL: tuple[str, ...] = ("pressure_max", "pressure_scope", "regions_effect", "region_pressure_max", "region_from")
_OPTIONAL += ("blocks_session_until",)
_OPS = frozenset({"=", "in", "includes", "in_any", "exists", *_ORDER})


class RulesError(ValueError):
    """The rule file is broken; the message names the rule."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison in a trigger, on a question's answer or on a fact."""

    key: str
    is_fact: bool
    op: str
    value: Any


@dataclass(frozen=True, slots=True)
class Branch:
    """`any`, `all` or `not` over parts of a trigger."""

    kind: str
    parts: tuple[Branch | Condition, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One safety rule as the clinicians wrote it."""

    id: str
    title: str
    version: str
    trigger: Branch | Condition
    level: str
    rank: int
    priority: int
    booking: str
    override: str
    soft: bool
    action: str
    message_therapist: str
    message_client: str
    basis: str
    sources: tuple[str, ...]
    review_status: str
    also: tuple[str, ...] = ()
    pressure_max: int | None = None
    pressure_scope: str | None = None
    region_codes: tuple[str, ...] = ()
    regions_effect: str | None = None
    region_pressure_max: int | None = None
    region_from: str | None = None
    region_map: Mapping[str, Sequence[str]] = field(default_factory=dict)
    block_techniques: tuple[str, ...] = ()
    positions_blocked: tuple[str, ...] = ()
    blocks_session_until: str | None = None

    @property
    def asks(self) -> frozenset[str]:
        """linkIds of the answers it looks at: it can rest on no other."""
        return frozenset(one.key for one in conditions_of(self.trigger) if not one.is_fact)

    @property
    def facts(self) -> frozenset[str]:
        """The facts it looks at."""
        return frozenset(one.key for one in conditions_of(self.trigger) if one.is_fact)


def conditions_of(part: Branch | Condition) -> Iterator[Condition]:
    """Every single condition of a rule's trigger, however deep."""
    if isinstance(part, Condition):
        yield part
    else:
        for one in part.parts:
            yield from conditions_of(one)


@dataclass(frozen=True)
class RuleBook:
    """All rules of one version, in the file's order."""

    version: str
    classes: Mapping[str, str]
    rules: tuple[Rule, ...]

    def get(self, rule_id: str) -> Rule | None:
        """The rule with this id, or None."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    @cached_property
    def asks(self) -> frozenset[str]:
        """linkIds of all answers that any of its rules looks at, those that say where included."""
        places = (rule.region_from for rule in self.rules if rule.region_from)
        return frozenset(places).union(*(rule.asks for rule in self.rules))

    @cached_property
    def facts(self) -> frozenset[str]:
        """The facts that any of its rules looks at."""
        return frozenset[str]().union(*(rule.facts for rule in self.rules))


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that matched, with the conditions that made it match and the regions it touches."""

    rule: Rule
    evidence: tuple[Condition, ...]
    regions: frozenset[str]
    #: The facts behind it, as they stood.
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def questions(self) -> frozenset[str]:
        """linkIds of the answers behind it."""
        return frozenset(one.key for one in self.evidence if not one.is_fact)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one hit limits; kept with a flag, so that the limits stay as they were when it was raised."""

    pressure_max: int | None = None
    pressure_scope: str | None = None
    regions: tuple[str, ...] = ()
    regions_effect: str | None = None
    region_pressure_max: int | None = None
    block_techniques: tuple[str, ...] = ()
    positions_blocked: tuple[str, ...] = ()
    place_in_words: bool = False

    @classmethod
    def of(cls, hit: Hit) -> Effect:
        """The limits of a hit."""
        rule = hit.rule
        return cls(
            pressure_max=rule.pressure_max,
            pressure_scope=rule.pressure_scope,
            regions=tuple(sorted(hit.regions)),
            regions_effect=rule.regions_effect,
            region_pressure_max=rule.region_pressure_max,
            block_techniques=rule.block_techniques,
            positions_blocked=rule.positions_blocked,
            place_in_words=bool(rule.region_from) and not hit.regions,
        )

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Effect:
        """The limits as a flag keeps them."""
        names = {one.name for one in fields(cls)}
        parts: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in kept.items() if k in names}
        return cls(**parts)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the rules leave open, merged: the most restrictive wins."""

    pressure_max: int | None = None
    region_limits: Mapping[str, int] = field(default_factory=dict)
    blocked_regions: frozenset[str] = frozenset()
    blocked_techniques: frozenset[str] = frozenset()
    blocked_positions: frozenset[str] = frozenset()
    place_in_words: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one evaluation."""

    version: str
    hits: tuple[Hit, ...]
    limits: Limits

    @property
    def top_class(self) -> str | None:
        """The class of the most serious hit."""
        return self.hits[0].rule.level if self.hits else None

    @property
    def pressure_max(self) -> int | None:
        """The highest pressure allowed anywhere, if any rule limits it."""
        return self.limits.pressure_max

    @property
    def booking(self) -> str:
        """What the hits together mean for a booking."""
        return max((hit.rule.booking for hit in self.hits), key=BOOKING_ORDER.index, default="allow")


def evaluate(
    book: RuleBook, answers: Mapping[str, Any], facts: Mapping[str, Any], *, off: Collection[str] = frozenset()
) -> Outcome:
    """Every rule on these answers and facts; hits by class, then priority, then the file's order.

    `off` names the rules that this clinic has switched off: they do not fire.
    """
    hits = []
    for rule in book.rules:
        if rule.id in off:
            continue
        evidence: list[Condition] = []
        if _matches(rule.trigger, answers, facts, evidence):
            known = {one.key: facts.get(one.key) for one in evidence if one.is_fact}
            hits.append(Hit(rule=rule, evidence=tuple(evidence), regions=_regions(rule, answers), facts=known))
    hits.sort(key=lambda hit: (hit.rule.rank, -hit.rule.priority))
    return Outcome(version=book.version, hits=tuple(hits), limits=merge(map(Effect.of, hits)))


def merge(effects: Iterable[Effect]) -> Limits:
    """The limits of several hits together, most restrictive first."""
    effects = list(effects)
    everywhere = [one.pressure_max for one in effects if one.pressure_scope == "all" and one.pressure_max]
    limits: dict[str, int] = {}
    for effect in effects:
        most = effect.region_pressure_max or effect.pressure_max
        if effect.regions_effect == "pressure_limit" and most is not None:
            limits |= {code: min(limits.get(code, most), most) for code in effect.regions}
    return Limits(
        pressure_max=min(everywhere, default=None),
        region_limits=dict(sorted(limits.items())),
        blocked_regions=frozenset(code for one in effects if one.regions_effect == "avoid" for code in one.regions),
        blocked_techniques=frozenset(code for one in effects for code in one.block_techniques),
        blocked_positions=frozenset(code for one in effects for code in one.positions_blocked),
        place_in_words=any(one.place_in_words for one in effects),
    )


def unsure(questionnaire: Questionnaire, answers: Mapping[str, Any]) -> bool:
    """The fact `any_unsure`: a required question that is asked was answered with 'not sure'."""
    if "unsure" not in answers.values():
        return False
    on = enabled(questionnaire, answers)
    return any(
        answers.get(item.link_id) == "unsure"
        for item in questionnaire.walk()
        if item.required and item.type in CHOICES and item.link_id in on
    )


@cache
def expand(code: str) -> frozenset[str]:
    """The body regions a code stands for: both sides for a base code, itself for a full one."""
    if code in regions():
        return frozenset({code})
    found = frozenset(region.code for region in regions().values() if region.base_code == code)
    if not found:
        raise RulesError(f"Unknown body region {code!r}.")
    return found


def _regions(rule: Rule, answers: Mapping[str, Any]) -> frozenset[str]:
    named = list(rule.region_codes)
    if rule.region_from and rule.region_map:
        # A place given as free text has no map: the therapist marks it on the chart.
        for code in _as_list(answers.get(rule.region_from)):
            named += rule.region_map.get(str(code), ())
    return frozenset().union(*(expand(code) for code in named))


def _matches(part: Branch | Condition, answers: Mapping[str, Any], facts: Mapping[str, Any], found: list) -> bool:
    if isinstance(part, Condition):
        value = (facts if part.is_fact else answers).get(part.key)
        if value is None and part.op != "exists":
            return False
        if _compare(part.op, value, part.value):
            found.append(part)
            return True
        return False
    if part.kind == "not":
        return not _matches(part.parts[0], answers, facts, [])
    # Every part is looked at, also after the first match: the evidence must be complete.
    inner: list[Condition] = []
    results = [_matches(one, answers, facts, inner) for one in part.parts]
    holds = all(results) if part.kind == "all" else any(results)
    if holds:
        found.extend(inner)
    return holds


def _compare(op: str, value: Any, wanted: Any) -> bool:
    if op == "exists":
        return answered(value) is bool(wanted)
    if not answered(value):
        return False
    if op == "=":
        return _same(value, wanted)
    # Equal first: it is seldom true, and then looked at twice. A mapping or list is looked at as before.
    if op == "in":
        return value in wanted and any(_same(value, one) for one in wanted)
    if op == "includes":
        return wanted in (values := _as_list(value)) and any(_same(one, wanted) for one in values)
    if op == "in_any":
        return any(_same(one, option) for one in _as_list(value) for option in wanted)
    return _is_number(value) and _ORDER[op](value, wanted)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if answered(value) else []


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(value: Any, wanted: Any) -> bool:
    # In Python True == 1; a yes must not match a number.
    return isinstance(value, bool) == isinstance(wanted, bool) and bool(value == wanted)


@cache
def load_rules(path: Path = RULES_FILE) -> RuleBook:
    """The rules of a file, checked. Raises RulesError naming the rule that is wrong."""
    document = json.loads(path.read_text(encoding="utf-8"))
    ranks = {row["code"]: row["rank"] for row in document["classes"]}
    rules = tuple(_rule(row, ranks) for row in document["rules"])
    if len({rule.id for rule in rules}) != len(rules):
        raise RulesError("Two rules have the same id.")
    labels = {row["code"]: row["label"] for row in sorted(document["classes"], key=lambda row: row["rank"])}
    return RuleBook(version=document["schema_version"], classes=labels, rules=rules)


def _rule(row: Mapping[str, Any], ranks: Mapping[str, int]) -> Rule:
    name = row.get("id", "?")
    if row.get("class") not in ranks:
        raise RulesError(f"{name}: unknown class {row.get('class')!r}.")
    if row.get("booking") not in BOOKING_ORDER:
        raise RulesError(f"{name}: unknown booking effect {row.get('booking')!r}.")
    for code in row.get("regions", []):
        expand(code)
    same: dict[str, Any] = {key: row[key] for key in _NEEDED}
    same |= {key: tuple(row.get(key, ())) for key in _LISTS}
    same |= {key: row.get(key) for key in _OPTIONAL}
    return Rule(
        **same,
        trigger=_part(row["trigger"], name),
        level=row["class"],
        rank=ranks[row["class"]],
        also=tuple(row.get("also_classes", ())),
        region_codes=tuple(row.get("regions", ())),
        region_map=row.get("region_map", {}),
    )


def _part(raw: Any, name: str) -> Branch | Condition:
    if not isinstance(raw, Mapping):
        raise RulesError(f"{name}: a trigger part must be an object.")
    for kind in ("any", "all"):
        if kind in raw:
            return Branch(kind, tuple(_part(one, name) for one in raw[kind]))
    if "not" in raw:
        return Branch("not", (_part(raw["not"], name),))
    if raw.get("op") not in _OPS or "v" not in raw or ("q" in raw) == ("fact" in raw):
        raise RulesError(f"{name}: a condition needs q or fact, a known op and v: {dict(raw)}.")
    return Condition(key=raw.get("q") or raw["fact"], is_fact="fact" in raw, op=raw["op"], value=raw["v"])

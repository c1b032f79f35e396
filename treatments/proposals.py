"""From a catalogue template and a client's limits to the first draft of a plan; most cautious wins. No database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from conditions import techniques as hands
from conditions.plans import PlanTemplate
from treatments import limits as bounds

# What a plan shows next to the catalogue's proposal, in this order.
COMPARED = (
    ("minutes", "Minutes a session"),
    ("per_week", "Sessions a week"),
    ("weeks", "Weeks"),
    ("sessions", "Sessions"),
    ("max_sessions", "At most"),
    ("reassess_after", "Reassess after session"),
    ("pressure_min", "Lightest pressure"),
    ("pressure_max", "Firmest pressure"),
    ("techniques", "Techniques"),
    ("regions", "Areas worked on"),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """The values a plan begins with."""

    title: str
    minutes: int
    per_week: int
    weeks: int
    sessions: int
    max_sessions: int
    reassess_after: list[int]
    pressure_min: int
    pressure_max: int
    techniques: list[str]
    regions: list[str]
    avoid_regions: list[str]
    precondition: str
    continue_if: str
    stop_if: str
    home_programme: list[str]

    def values(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Deviation:
    """One place where a plan is not what the catalogue proposed."""

    label: str
    proposed: str
    now: str


def draft(template: PlanTemplate, limits: bounds.Limits) -> Draft:
    """The template within the limits: pressure capped, what is ruled out left out, areas to avoid named."""
    cap = limits.pressure_max
    most = template.pressure_max if cap is None else min(template.pressure_max, cap)
    blocked, avoid = set(limits.blocked_techniques), set(limits.blocked_regions)
    known = hands.techniques()
    return Draft(
        title=template.name,
        minutes=template.minutes,
        per_week=template.per_week,
        weeks=template.weeks,
        sessions=template.sessions,
        max_sessions=max(template.max_sessions, template.sessions),
        reassess_after=list(template.reassess_after),
        pressure_min=min(template.pressure_min, most),
        pressure_max=most,
        techniques=[
            code for code in template.techniques if code not in blocked and code in known and known[code].fits(cap)
        ],
        regions=[code for code in template.regions if code not in avoid],
        avoid_regions=sorted(avoid),
        precondition=template.precondition[:300],
        continue_if=template.continue_if[:300],
        stop_if=template.stop_if[:300],
        home_programme=list(template.self_care),
    )


def kept(template: PlanTemplate) -> dict[str, Any]:
    """The proposal as it stood, for comparison later: the catalogue may change under a running plan."""
    values = {key: getattr(template, key) for key, _ in COMPARED}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()} | {
        "key": template.key,
        "name": template.name,
        "basis": template.basis,
    }


def deviations(template: Mapping[str, Any], values: Mapping[str, Any]) -> list[Deviation]:
    """Where `values` differ from the proposal, in words."""
    found = []
    for key, label in COMPARED:
        if key not in template or template[key] == values[key]:
            continue
        was, now = template[key], values[key]
        if key in ("techniques", "regions"):
            found += _codes(key, label, was, now)
        else:
            found.append(Deviation(label, _words(was), _words(now)))
    return found


def _codes(key: str, label: str, was: list[str], now: list[str]) -> list[Deviation]:
    name = bounds.technique_name if key == "techniques" else bounds.region_name
    gone = ", ".join(name(code) for code in was if code not in now)
    new = ", ".join(name(code) for code in now if code not in was)
    found = []
    if gone:
        found.append(Deviation(label, gone, "left out"))
    if new:
        found.append(Deviation(label, "not proposed", new))
    return found


def _words(value: Any) -> str:
    return ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)

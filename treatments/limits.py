"""What the screening allows, held against what a plan or a note wants. Touches no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from conditions import regions as body
from conditions import techniques as hands


class Limits(Protocol):
    """The part of a client's standing that binds the hands."""

    @property
    def pressure_max(self) -> int | None: ...
    @property
    def region_limits(self) -> Mapping[str, int]: ...
    @property
    def blocked_regions(self) -> Iterable[str]: ...
    @property
    def blocked_techniques(self) -> Iterable[str]: ...


class HandsOn(Limits, Protocol):
    """What binds a session beside that: where a separate yes is needed and none is on file."""

    @property
    def unagreed_regions(self) -> Iterable[str]: ...


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that goes past a limit: a key that an override names, and words for people."""

    key: str
    words: str


def technique_name(code: str) -> str:
    """A technique's name; the code itself when the catalogue no longer has it."""
    known = hands.techniques().get(code)
    return known.name if known else code


def region_name(code: str) -> str:
    """A region's name; the code itself when the chart no longer has it."""
    known = body.regions().get(code)
    return known.name if known else code


def of_work(work: Sequence[Mapping[str, Any]], regions: Iterable[str], limits: HandsOn) -> list[Breach]:
    """Every breach in a note's work. A row without regions of its own was done on all of the note's."""
    found: dict[str, Breach] = {}
    everywhere = list(regions)
    for code in everywhere:
        _region(code, limits, found)
        _agreed(code, limits, found)
    for row in work:
        _technique(row["technique"], limits, found)
        own = row.get("regions") or []
        for code in own:
            _region(code, limits, found)
            _agreed(code, limits, found)
        if row.get("pressure"):
            _pressure(int(row["pressure"]), own or everywhere, limits, found)
        else:
            _by_nature(row["technique"], limits, found)
    return list(found.values())


def of_plan(*, pressure_max: int, techniques: Iterable[str], regions: Iterable[str], limits: Limits) -> list[Breach]:
    """Every breach in a plan."""
    found: dict[str, Breach] = {}
    regions = list(regions)
    for code in techniques:
        _technique(code, limits, found)
        _by_nature(code, limits, found)
    for code in regions:
        _region(code, limits, found)
    if limits.pressure_max is not None and pressure_max > limits.pressure_max:
        _pressure(pressure_max, [], limits, found)
    return list(found.values())


def uncovered(breaches: Iterable[Breach], overrides: Iterable[Mapping[str, Any]]) -> list[Breach]:
    """The breaches that nobody has given a reason for."""
    reasoned = {row["limit"] for row in overrides}
    return [breach for breach in breaches if breach.key not in reasoned]


def override(breach: Breach, reason: str, *, by: str, at: datetime) -> dict[str, str]:
    """A reason as a plan or a note keeps it."""
    return {"limit": breach.key, "words": breach.words, "reason": reason.strip(), "by": by, "at": at.isoformat()}


def _technique(code: str, limits: Limits, found: dict[str, Breach]) -> None:
    if code in set(limits.blocked_techniques):
        key = f"technique:{code}"
        found[key] = Breach(key, f"{technique_name(code)} is ruled out by a flag.")


def _by_nature(code: str, limits: Limits, found: dict[str, Breach]) -> None:
    """A technique that cannot be done as lightly as the flags want, whatever is written beside it."""
    known = hands.techniques().get(code)
    if known is not None and not known.fits(limits.pressure_max):
        key = f"firm:{code}:{limits.pressure_max}"
        words = f"{technique_name(code)} is firmer than {limits.pressure_max}, the most the flags allow."
        found[key] = Breach(key, words)


def _region(code: str, limits: Limits, found: dict[str, Breach]) -> None:
    if code in set(limits.blocked_regions):
        key = f"region:{code}"
        found[key] = Breach(key, f"{region_name(code)} is to be left alone because of a flag.")


def _agreed(code: str, limits: HandsOn, found: dict[str, Breach]) -> None:
    if code in set(limits.unagreed_regions):
        key = f"yes:{code}"
        found[key] = Breach(key, f"{region_name(code)} needs a separate yes, and none is on file.")


def _pressure(level: int, regions: Iterable[str], limits: Limits, found: dict[str, Breach]) -> None:
    if limits.pressure_max is not None and level > limits.pressure_max:
        key = f"pressure:{level}:{limits.pressure_max}"  # a reason for this limit is none for a stricter one
        found[key] = Breach(key, f"Pressure {level} is above {limits.pressure_max}, the most the flags allow.")
    for code in regions:
        most = limits.region_limits.get(code)
        if most is not None and level > most:
            key = f"pressure:{level}:{code}:{most}"
            found[key] = Breach(key, f"Pressure {level} on “{region_name(code)}” is above {most}, its limit.")

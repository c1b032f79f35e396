"""The 27 outcome measures: range, direction, what counts as a change, licence. Touches no database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from conditions.documents import document


@dataclass(frozen=True, slots=True)
class Band:
    """A named stretch of scores, such as 4 to 6 'moderate'."""

    low: float
    high: float
    name: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One way to measure how a client is doing."""

    code: str
    name: str
    domain: str
    items_count: int
    range_min: float
    range_max: float
    better: str
    formula: str
    meaningful_change: str
    measurement_error: str
    recall_period: str
    ship: str
    licence: str
    required_notice: str
    sources: tuple[str, ...]
    conditions: tuple[str, ...]
    bands: tuple[Band, ...]
    prompts: tuple[str, ...]
    note: str

    @property
    def ours(self) -> bool:
        """True when we may ask it in our own words today, without a licence."""
        return self.ship == "own"

    def band(self, value: float) -> str:
        """The name of the band a score falls in, or an empty string."""
        for each in self.bands:
            if each.low <= value <= each.high:
                return each.name
        return ""

    def in_range(self, value: float) -> bool:
        """Can this score occur at all?"""
        return self.range_min <= value <= self.range_max


def _measure(row: Mapping[str, Any]) -> Measure:
    return Measure(
        code=row["code"],
        name=row["name"],
        domain=row["domain"],
        items_count=row["items_count"],
        range_min=row["range_min"],
        range_max=row["range_max"],
        better=row["better"],
        formula=row["formula"],
        meaningful_change=row["meaningful_change"],
        measurement_error=row["measurement_error"],
        recall_period=row["recall_period"],
        ship=row["ship"],
        licence=row["licence"],
        required_notice=row["required_notice"],
        sources=tuple(row["sources"]),
        conditions=tuple(row["conditions"]),
        bands=tuple(Band(*band) for band in row.get("bands") or ()),
        prompts=tuple(row.get("prompts_own_words") or ()),
        note=row.get("note") or "",
    )


@cache
def measures() -> Mapping[str, Measure]:
    """Every measure by code, in the order of the document."""
    return MappingProxyType({row["code"]: _measure(row) for row in document("outcome_measures")["measures"]})


def measure(code: str) -> Measure:
    """The measure with this code; KeyError when there is none."""
    return measures()[code]


def unknown(codes: Iterable[str]) -> list[str]:
    """Those codes that name no measure."""
    return [code for code in codes if code not in measures()]

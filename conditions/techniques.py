"""The 30 hands-on techniques and the pressure scale. Touches no database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from django.utils.translation import gettext

from conditions.documents import document

CATEGORIES = {
    "swedish": "Classic massage",
    "focused": "Focused work",
    "fascial": "Fascia",
    "lymphatic": "Lymph",
    "movement": "Movement",
    "adjunct": "Heat, cold and tools",
    "education": "Teaching",
}


@dataclass(frozen=True, slots=True)
class PressureLevel:
    """One step of the Walton scale, 1 (very light) to 5 (very firm)."""

    level: int
    name: str
    plain: str
    description: str


@dataclass(frozen=True, slots=True)
class Technique:
    """One way of working, with the pressure it is meant for (none for teaching, heat and cold)."""

    code: str
    abbr: str
    name: str
    aka: str
    category: str
    description: str
    pressure_min: int | None
    pressure_max: int | None
    practice_note: str
    avoid_with_flags: tuple[str, ...]

    @property
    def category_name(self) -> str:
        """The category in plain words."""
        return CATEGORIES[self.category]

    def fits(self, ceiling: int | None) -> bool:
        """May it be used when pressure must not go above `ceiling`?"""
        return ceiling is None or self.pressure_min is None or self.pressure_min <= ceiling


@cache
def techniques() -> Mapping[str, Technique]:
    """Every technique by code, in the order of the document."""
    found = {}
    for row in document("techniques")["techniques"]:
        found[row["code"]] = Technique(
            code=row["code"],
            abbr=row["abbr"],
            name=row["name"],
            aka=row["aka"] or "",
            category=row["category"],
            description=row["description"],
            pressure_min=row["pressure_min"],
            pressure_max=row["pressure_max"],
            practice_note=row["practice_note"] or "",
            avoid_with_flags=tuple(row["avoid_with_flags"]),
        )
    return MappingProxyType(found)


@cache
def pressure_scale() -> tuple[PressureLevel, ...]:
    """The five levels, lightest first."""
    return tuple(PressureLevel(**row) for row in document("techniques")["pressure_scale"])


def technique(code: str) -> Technique:
    """The technique with this code; KeyError when there is none."""
    return techniques()[code]


def pressure_level(level: int) -> PressureLevel:
    """One level of the scale; KeyError outside 1 to 5."""
    for each in pressure_scale():
        if each.level == level:
            return each
    raise KeyError(level)


def pressure_words(lowest: int, highest: int) -> str:
    """A range for people: 'light to firm'."""
    low, high = (gettext(pressure_level(level).plain.lower()) for level in (lowest, highest))
    return low if low == high else gettext("%(low)s to %(high)s") % {"low": low, "high": high}


def unknown(codes: Iterable[str]) -> list[str]:
    """Those codes that name no technique."""
    return [code for code in codes if code not in techniques()]

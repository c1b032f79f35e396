"""A line of a series in words: when it comes, for whom, under which circumstances. Touches no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from treatments.series import OnlyIf, What

UNITS = {"minutes": 1, "hours": 60, "days": 1440}


@dataclass(frozen=True, slots=True)
class Names:
    """What the codes in a document are called."""

    conditions: Mapping[str, str]
    techniques: Mapping[str, str]
    areas: Mapping[str, str]
    avoid: Mapping[str, str]


def amount(minutes: int) -> tuple[int, str]:
    """Minutes in the largest unit that says them exactly."""
    unit = next((name for name in ("days", "hours") if minutes and minutes % UNITS[name] == 0), "minutes")
    return minutes // UNITS[unit], unit


def length(minutes: int) -> str:
    """“2 hours”, “1 day”."""
    number, unit = amount(minutes)
    return f"{number} {unit if number != 1 else unit[:-1]}"


def when(row: Mapping[str, Any], titles: Mapping[str, str] | None = None) -> str:
    """“2 hours after the visit”, or inside which message."""
    if row.get("part_of"):
        host = (titles or {}).get(row["part_of"], row["part_of"])
        return f"said inside “{host}”"
    asked = row.get("when", {})
    minutes = asked.get("minutes", 0)
    if asked.get("from") == "next":
        return f"{length(minutes)} before the next visit"
    return f"{length(minutes)} after the visit" if minutes else "right after the visit"


def channels(row: Mapping[str, Any]) -> str:
    """“e-mail and text”."""
    names = [words for part, words in (("email", "e-mail"), ("sms", "text")) if row.get(part)]
    return " and ".join(names)


def what(row: Mapping[str, Any]) -> str:
    """What the line is."""
    return What(row["what"]).words if row.get("what") in list(What) else "?"


def for_whom(row: Mapping[str, Any], names: Names) -> str:
    """“for neck pain; after intraoral work; if nothing is booked”; empty when it is for everybody."""
    found = [
        _listed("for ", row.get("conditions", ()), names.conditions),
        _listed("after ", row.get("techniques", ()), names.techniques),
        _listed("after work on: ", row.get("areas", ()), names.areas),
        " and ".join(f"if {OnlyIf(each).words}" for each in row.get("only_if", ()) if each in list(OnlyIf)),
    ]
    return "; ".join(each for each in found if each)


def avoided(row: Mapping[str, Any], names: Names) -> str:
    """“Alcohol 12 hours, Hard exercise 24 hours”."""
    said = dict(row.get("avoid", {})).items()
    return ", ".join(f"{names.avoid.get(code, code)} {hours} h" for code, hours in said)


def _listed(before: str, codes: Iterable[str], names: Mapping[str, str]) -> str:
    words = [names.get(code, code) for code in codes]
    return before + ", ".join(words) if words else ""

"""Signs that send a person to a doctor before a massage, in plain words for public pages. Touches no database.

The codes and titles are those of the screening rules; the rules themselves live further up, in the intake.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

from django.utils.translation import gettext

from conditions.documents import document


@dataclass(frozen=True, slots=True)
class WarningSign:
    """One sign, with how fast it needs a doctor: emergency, today, first or note."""

    code: str
    level: str
    title: str
    sign: str
    sources: tuple[str, ...]
    basis: str


@dataclass(frozen=True, slots=True)
class Urgency:
    """One level with its heading, its advice (which may hold {emergency_number}) and its signs."""

    code: str
    title: str
    advice: str
    signs: tuple[WarningSign, ...] = ()


@cache
def warning_signs() -> Mapping[str, WarningSign]:
    """Every sign by rule code."""
    return MappingProxyType(
        {
            row["code"]: WarningSign(**{**row, "sources": tuple(row["sources"])})
            for row in document("warning_signs")["signs"]
        }
    )


@cache
def question_groups() -> Mapping[str, str]:
    """The parts of the health form that a condition can ask for: code and heading."""
    return MappingProxyType({row["code"]: row["title"] for row in document("warning_signs")["question_groups"]})


def by_urgency(codes: Iterable[str]) -> list[Urgency]:
    """The signs with these codes under their level, most urgent first, in the language of the page."""
    chosen = [warning_signs()[code] for code in dict.fromkeys(codes) if code in warning_signs()]
    found = []
    for row in document("warning_signs")["levels"]:
        signs = tuple(replace(sign, sign=gettext(sign.sign)) for sign in chosen if sign.level == row["code"])
        if signs:
            found.append(Urgency(row["code"], gettext(row["title"]), gettext(row["advice"]), signs))
    return found


def unknown(codes: Iterable[str]) -> list[str]:
    """Those codes that name no sign."""
    return [code for code in codes if code not in warning_signs()]


def unknown_groups(codes: Iterable[str]) -> list[str]:
    """Those codes that name no part of the health form."""
    return [code for code in codes if code not in question_groups()]

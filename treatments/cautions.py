"""What a person should look at before a series is published, and what may stay as it is. Touches no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from typing import Any

from treatments import series
from treatments.differences import LANGUAGE_NAMES, PARTS, Edition
from treatments.series import Line, OnlyIf, What

CLOSE = timedelta(hours=12)
_EXCLUDE = ({OnlyIf.HOME_PLAN, OnlyIf.NO_HOME_PLAN}, {OnlyIf.FIRST_VISIT, OnlyIf.LATER_VISIT},
            {OnlyIf.NOTHING_BOOKED, OnlyIf.NEXT_BOOKED})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Caution:
    """One thing to look at, and at which line."""

    key: str
    words: str


def of(edition: Edition) -> list[Caution]:
    """Every caution of a document `series.problems` finds nothing wrong with."""
    lines = series.read(edition.document)
    sent = [line for line in lines if not line.part_of]
    found = [*_close(sent), *(each for line in sent for each in _without_link(line, edition))]
    if not any(line.what == What.ADVICE for line in sent):
        found.append(Caution("", "Nothing tells clients what to leave out after a visit."))
    return found


def _close(lines: Iterable[Line]) -> Iterable[Caution]:
    """At most one message a day goes out: of two that come together one is late or never sent."""
    for one, other in combinations(lines, 2):
        if one.anchor != other.anchor or not set(one.channels) & set(other.channels):
            continue
        if abs(one.offset - other.offset) >= CLOSE or _never_both(one, other):
            continue
        first, later = sorted((one, other), key=lambda line: (line.what.rank, line.offset))
        at = "at the same time" if one.offset == other.offset else "within half a day"
        yield Caution(
            later.key,
            f"“{first.title or first.key}” and “{later.title or later.key}” come {at}. A client gets one message a "
            "day: the first goes out, the second comes a day later or not at all.",
        )


def _never_both(one: Line, other: Line) -> bool:
    asked = {*one.only_if, *other.only_if}
    apart = bool(one.conditions and other.conditions) and not set(one.conditions) & set(other.conditions)
    return apart or any(pair <= asked for pair in _EXCLUDE)


def _without_link(line: Line, edition: Edition) -> Iterable[Caution]:
    """A question nobody can answer."""
    if line.what != What.CHECK_IN:
        return
    for part in ("email", "sms"):
        for language, name in LANGUAGE_NAMES.items():
            if line.wording(part) and "{link}" not in edition.says(line.wording(part), language)[1]:
                words = f"“{line.title or line.key}” asks how it is without “{{link}}”: clients cannot answer it"
                yield Caution(line.key, f"{words} ({PARTS[part].lower()}, {name}).")


def untranslated(document: Mapping[str, Any]) -> list[Caution]:
    """The clinic's own words that have no Spanish: clients read them in English."""
    found = []
    for row in document["lines"]:
        for part, name in PARTS.items():
            own = document.get("wordings", {}).get(row.get(part, ""))
            if own is None:
                continue
            needed = ("text",) if part == "sms" else ("subject", "text")
            missing = [each for each in needed if not str(own.get("es", {}).get(each, "")).strip()]
            found += [Caution(row["key"], f"{name}: {'subject' if each == 'subject' else 'words'}") for each in missing]
    return found

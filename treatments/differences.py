"""What differs between two versions of a series, in words for people. Touches no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from treatments import line_words
from treatments.line_words import Names

PARTS = {"email": "E-mail", "first_email": "E-mail at the first visit", "sms": "Text"}
LANGUAGE_NAMES = {"en": "English", "es": "Spanish"}
#: (document's wording id, language) -> (subject, text)
Says = Callable[[str, str], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: at which line, what sort, how it was and how it is."""

    sort: str
    key: str
    name: str
    words: str
    was: str = ""
    now: str = ""


@dataclass(frozen=True, slots=True)
class Edition:
    """One side: the document, and what its wordings say."""

    document: Mapping[str, Any]
    says: Says

    @property
    def rows(self) -> dict[str, Mapping[str, Any]]:
        return {row["key"]: row for row in self.document["lines"]}

    @property
    def titles(self) -> dict[str, str]:
        return {key: row.get("title") or key for key, row in self.rows.items()}


def between(old: Edition, new: Edition, names: Names) -> list[Change]:
    """Every difference, in the order of the newer lines; what is gone comes last."""
    was, now = old.rows, new.rows
    found: list[Change] = []
    for key, row in now.items():
        title = new.titles[key]
        if key not in was:
            found.append(Change("added", key, title, "Added", now=line_words.when(row, new.titles)))
        else:
            found += _of_line(key, title, old, new, names)
    found += [
        Change("removed", key, old.titles[key], "Taken out", was=old.titles[key]) for key in was if key not in now
    ]
    if [key for key in was if key in now] != [key for key in now if key in was]:
        found.append(Change("order", "", "The series", "The lines stand in another order"))
    return found


def _of_line(key: str, title: str, old: Edition, new: Edition, names: Names) -> list[Change]:
    was, now = old.rows[key], new.rows[key]
    pairs = [
        ("Title", was.get("title", ""), now.get("title", "")),
        ("When", line_words.when(was, old.titles), line_words.when(now, new.titles)),
        ("Of use for", line_words.length(was.get("lasts", 1440)), line_words.length(now.get("lasts", 1440))),
        ("Whom it is for", line_words.for_whom(was, names), line_words.for_whom(now, names)),
        ("What to leave out", line_words.avoided(was, names), line_words.avoided(now, names)),
        ("The tip of", names.conditions.get(was.get("tip", ""), ""), names.conditions.get(now.get("tip", ""), "")),
    ]
    found = []
    if bool(was.get("off")) != bool(now.get("off")):
        found.append(Change("switched", key, title, "No longer sent" if now.get("off") else "Sent again"))
    found += [
        Change("changed", key, title, words, before or "nothing", after or "nothing")
        for words, before, after in pairs
        if before != after
    ]
    return found + _of_words(key, title, old, new)


def _of_words(key: str, title: str, old: Edition, new: Edition) -> list[Change]:
    found = []
    for part, words in PARTS.items():
        before, after = old.rows[key].get(part, ""), new.rows[key].get(part, "")
        if bool(before) != bool(after):
            found.append(Change("channel", key, title, f"{words}: " + ("sent now" if after else "not sent any more")))
        if not before or not after:
            continue
        for language, name in LANGUAGE_NAMES.items():
            pairs = zip(("subject", "words"), old.says(before, language), new.says(after, language), strict=True)
            found += [
                Change("words", key, title, f"{words}, {name}: {what}", then or "nothing", today or "nothing")
                for what, then, today in pairs
                if then != today
            ]
    return found

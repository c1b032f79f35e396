"""Words in a client's own line that a person should see soon. Touches no database.

The list is the domain's: words of the screening rules' signs, in English and Spanish, each with its rule and that
rule's sources. Finding one is no finding: nothing is concluded, negations are not read ("no numbness" matches), and
the therapist is shown the word and where it comes from.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conditions.warning_signs import warning_signs

DOCUMENT = Path(__file__).resolve().parent / "data" / "warning_words.json"
LANGUAGES = ("en", "es")

_SENTENCE = re.compile(r"[.!?;:\n\r]+")
_WORD = re.compile(r"[^\W\d_]+")
_LONG = 4  # shorter words keep their ending


@dataclass(frozen=True, slots=True)
class Match:
    """A word of the list that stands in a text."""

    word: str
    rule: str
    sources: tuple[str, ...]

    def __str__(self) -> str:
        return f"matches a warning word: “{self.word}” ({self.rule}; {', '.join(self.sources)})"


@dataclass(frozen=True, slots=True)
class _Entry:
    match: Match
    needed: frozenset[str]


def matches(text: str) -> list[Match]:
    """Every entry whose words all stand in one sentence of `text`, whatever its language; each word once."""
    found: dict[str, Match] = {}
    for sentence in _SENTENCE.split(text):
        said = folded(sentence)
        for entry in _entries():
            if entry.needed <= said:
                found.setdefault(entry.match.word, entry.match)
    return list(found.values())


def folded(text: str) -> frozenset[str]:
    """The words of a text without case, accents and endings: hinchada, hinchados and hinchado are one word."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return frozenset(_stem(word) for word in _WORD.findall(plain))


def _stem(word: str) -> str:
    if len(word) > _LONG and word.endswith("s"):
        word = word[:-1]
    return word[:-1] if len(word) > _LONG and word[-1] in "ao" else word


@cache
def document() -> Mapping[str, list[dict[str, list[str]]]]:
    """The list as it is kept: by rule, in both languages."""
    loaded: Mapping[str, list[dict[str, list[str]]]] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return loaded


@cache
def _entries() -> tuple[_Entry, ...]:
    return tuple(_read(document()["rules"]))


def _read(rows: Iterable[Mapping[str, list[str]]]) -> Iterable[_Entry]:
    for row in rows:
        rule = str(row["rule"])
        for language in LANGUAGES:
            for word in row[language]:
                yield _Entry(Match(word, rule, warning_signs()[rule].sources), folded(word))

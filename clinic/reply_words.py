"""What a text from a client means, when it means one thing only: STOP, START, HELP, or one of three answers. Pure.

English and Spanish, whatever the client's language. A digit counts alone or before its own word ("3 worse"), so that
"2 weeks ago it began" stays what it is: words for a person to read.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Means(StrEnum):
    STOP = "stop"
    START = "start"
    HELP = "help"
    BETTER = "better"
    SAME = "same"
    WORSE = "worse"
    WORDS = "words"  # for a person


@dataclass(frozen=True, slots=True)
class Meaning:
    """`rest` is what was said beside it."""

    means: Means
    rest: str = ""


# The words that networks and the law know, and their Spanish.
STOP = frozenset(
    {
        "stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "alto", "parar", "pare", "para",
        "baja", "cancelar", "fin", "detener", "basta",
    }
)  # fmt: skip
START = frozenset({"start", "unstop", "subscribe", "resume", "alta", "iniciar", "empezar", "comenzar", "reanudar"})
HELP = frozenset({"help", "info", "ayuda", "informacion"})
FEELINGS = {
    Means.BETTER: ("1", ("better", "mejor")),
    Means.SAME: ("2", ("same", "igual")),
    Means.WORSE: ("3", ("worse", "peor")),
}
# Said beside STOP without making it anything else.
_POLITE = frozenset(
    {
        "please", "por", "favor", "all", "todo", "texts", "text", "sms", "messages", "mensajes", "gracias", "thanks",
        "thank", "you",
    }
)  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
LONGEST = 1600


def read(text: str) -> Meaning:
    """The one thing a text says, or WORDS."""
    said = _plain(text[:LONGEST])
    words = _WORD.findall(said)
    if not words:
        return Meaning(Means.WORDS, text.strip())
    for means, known in ((Means.STOP, STOP), (Means.START, START), (Means.HELP, HELP)):
        if words[0] in known and all(word in _POLITE or word in known for word in words[1:]):
            return Meaning(means)
    return _feeling(text.strip(), words) or Meaning(Means.WORDS, text.strip())


def _feeling(text: str, words: list[str]) -> Meaning | None:
    for means, (digit, names) in FEELINGS.items():
        if words[0] == digit and len(words) == 1:
            return Meaning(means)
        named = 2 if words[0] == digit and words[1] in names else 1 if words[0] in names else 0
        if named and (len(words) == named or words[0] == digit):
            return Meaning(means, _after(text, named))
    return None


def _after(text: str, number: int) -> str:
    """What stands behind the first words, as it was written."""
    found = list(_WORD.finditer(_plain(text)))
    return text[found[number - 1].end() :].strip(" .,;:!-–—\n") if len(found) > number else ""


def _plain(text: str) -> str:
    """Small letters without accents; one letter for one letter, so that places stay the same."""
    return "".join(_bare(letter) for letter in text)


def _bare(letter: str) -> str:
    small = unicodedata.normalize("NFKD", letter.casefold())
    return next((part for part in small if not unicodedata.combining(part)), " ")

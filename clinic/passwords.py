"""What a password may not be, beside its length: the easy phrases people choose when fifteen characters are asked for.

No rules about capitals and signs, and nothing expires. A list of single words would not help here: what is guessed
first at this length are repeated words, runs on the keyboard, well-known phrases, and the clinic's own name.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError

from clinic.models import ClinicSettings

PHRASES = Path(__file__).parent / "data" / "easy_phrases.txt"
MAX_LENGTH = 256
#: So much must be left when everything easy is taken out.
OWN_LETTERS, OWN_SIGNS = 8, 6
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
)  # fmt: skip
# What people write in place of letters.
_PLAIN = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})


def letters_of(text: str) -> str:
    """Casefolded letters and digits, without accents, spaces and signs."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in folded if char.isalnum())


@lru_cache(maxsize=1)
def easy_phrases() -> tuple[str, ...]:
    """The shipped words and phrases, longest first."""
    lines = PHRASES.read_text(encoding="utf-8").splitlines()
    phrases = {letters_of(line) for line in lines if line.strip() and not line.startswith("#")}
    return tuple(sorted(phrases, key=lambda phrase: (-len(phrase), phrase)))


def own_part(password: str, context: tuple[str, ...] = ()) -> str:
    """What is left of a password without easy phrases, the context's words, runs and repetitions."""
    known = sorted({*easy_phrases(), *context}, key=len, reverse=True)
    spellings = (letters_of(password), letters_of(password.casefold().translate(_PLAIN)))
    return min((_stripped(spelling, known) for spelling in spellings), key=len)


def _stripped(rest: str, known: list[str]) -> str:
    for phrase in known:
        rest = rest.replace(phrase, "\n")
    for run in _RUNS:
        for direction in (run, run[::-1]):
            rest = _without_runs(rest, direction)
    rest = re.sub(r"(.{1,12}?)\1+", r"\1", rest.replace("\n", ""))  # abcabcabc counts once
    return re.sub(r"[0-9]{1,8}$|^[0-9]{1,8}", "", rest)  # a year or a birthday at either end


def _without_runs(text: str, run: str, shortest: int = 4) -> str:
    """`text` without pieces of `run` of at least `shortest` characters."""
    kept, place = [], 0
    while place < len(text):
        end = place + shortest
        if len(text) >= end and text[place:end] in run:
            while end < len(text) and text[place : end + 1] in run:
                end += 1
            kept.append("\n")
            place = end
        else:
            kept.append(text[place])
            place += 1
    return "".join(kept)


def _context(user: Any) -> tuple[str, ...]:
    """Words an attacker would try first here: the clinic's name and address, the person's own name and address."""
    texts = [getattr(user, "name", ""), *getattr(user, "email", "").replace("@", " ").split()]
    try:
        clinic = ClinicSettings.load()
        texts += [clinic.name, *clinic.email.replace("@", " ").split()]
    except DatabaseError:  # a check outside of any database: the shipped list still counts
        pass
    words = {letters_of(word) for text in texts for word in re.split(r"[\s.@_-]+", text)}
    words |= {letters_of(text) for text in texts}
    return tuple(word for word in words if len(word) >= 4)


class EasyPhraseValidator:
    """Refuses passwords that are little more than an easy phrase."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > MAX_LENGTH:
            return  # MaximumLengthValidator says so
        if (
            len(set(own_part(password, _context(user)))) < OWN_LETTERS - 2
            or len(own_part(password, _context(user))) < OWN_LETTERS
        ):
            raise ValidationError(
                "This password is one of the first that would be tried: it is mostly common words, a repetition, "
                "a row of keys, or a name from here. Put together a few words that have nothing to do with each other.",
                code="password_too_common",
            )

    def get_help_text(self) -> str:
        return "Not a well-known phrase, a repetition, a row of keys, or the clinic’s or your own name."


class MaximumLengthValidator:
    """Refuses what nobody types: hashing a megabyte would keep the server busy."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > MAX_LENGTH:
            raise ValidationError(f"At most {MAX_LENGTH} characters.", code="password_too_long")

    def get_help_text(self) -> str:
        return f"At most {MAX_LENGTH} characters."

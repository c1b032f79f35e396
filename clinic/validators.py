"""What text may not hold, whoever typed it. Lengths are checked beside the field; NUL by Django itself."""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError

# Characters that turn the rest of a line round: a name with one makes the page beside it lie. The plain marks
# (U+200E, U+200F, joiners) stay: Arabic, Hebrew and Persian names need them.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SPACE = re.compile(r"[^\S\n]+")


def no_invisible(text: str) -> None:
    """Refuse control characters and characters that reverse the direction of text."""
    if _TURNING.search(text) or any(unicodedata.category(char) in {"Cc", "Cs"} for char in text if char not in "\n\t"):
        raise ValidationError("This holds invisible control characters. Please type it again.", code="invisible")


def one_line(text: str) -> None:
    """Refuse line breaks in what is one line: they could start a new header in a mail."""
    if any(char in "\r\n\v\f\u0085\u2028\u2029" for char in text):
        raise ValidationError("Please write this on one line.", code="lines")


def has_a_letter(text: str) -> None:
    """Refuse a name made of digits and signs only."""
    if not any(unicodedata.category(char)[0] == "L" for char in text):
        raise ValidationError("A name needs at least one letter.", code="letters")


def tidy(text: str) -> str:
    """One form for what looks alike: composed letters, single spaces, `\\n` for line ends."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _SPACE.sub(" ", text).strip()

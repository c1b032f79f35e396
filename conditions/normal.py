"""Search forms of words and codes, the same on both databases. Touches no database."""

import re
import unicodedata
from collections.abc import Iterable

_APOSTROPHES = re.compile("['’`´]")
_NOT_WORD = re.compile(r"[^\w]+|_+")
_ICD = re.compile(r"[A-Z][0-9][0-9A-Z]{1,5}")
SHORTEST_CODE = 3


def words(value: str) -> str:
    """Lower case, no accents, no punctuation, single spaces: 'Jogger’s heel' is 'joggers heel'."""
    bare = "".join(
        letter for letter in unicodedata.normalize("NFKD", value.casefold()) if not unicodedata.combining(letter)
    )
    return _NOT_WORD.sub(" ", _APOSTROPHES.sub("", bare)).strip()


def code(value: str) -> str:
    """An ICD-10 code without dot, dash or space, in capitals: 'h93.a-' is 'H93A'."""
    return re.sub(r"[.\-\s]", "", value).upper()


def looks_like_code(value: str) -> bool:
    """True for what could be an ICD-10 code or the beginning of one."""
    return bool(_ICD.fullmatch(code(value)))


def words_column(values: Iterable[str]) -> str:
    """One column for LIKE: every phrase between bars, each beginning with a space."""
    return "|".join(f" {phrase} " for phrase in dict.fromkeys(map(words, values)) if phrase)


def codes_column(values: Iterable[str]) -> str:
    """One column for LIKE: every code between spaces."""
    return f" {' '.join(dict.fromkeys(map(code, values)))} "

"""Patterns that answers must keep, from whoever wrote the form: none may hold up the clinic. Pure.

A pattern such as `(a+)+$` takes longer than a lifetime on a long text. So each look has an end; what has not matched by
then does not.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

#: Seconds of work; an honest pattern needs a thousandth of it.
LONGEST_LOOK = 0.1


@lru_cache(maxsize=500)
def _compiled(pattern: str) -> Any:
    import regex

    return regex.compile(pattern)


def can_be_read(pattern: str) -> bool:
    """Whether it is a pattern at all."""
    import regex

    try:
        _compiled(pattern)
    except (regex.error, RecursionError, OverflowError):
        return False
    return True


def found(pattern: str, text: str) -> bool:
    """Whether the pattern is in the text; raises TimeoutError when that cannot be told in time."""
    return _compiled(pattern).search(text, timeout=LONGEST_LOOK) is not None


def replaced(pattern: str, by: str, text: str) -> str:
    """The text with everything that fits replaced; raises TimeoutError."""
    return str(_compiled(pattern).sub(by, text, timeout=LONGEST_LOOK))


def fits(pattern: str, text: str) -> bool:
    """Whether the pattern is in the text, as far as that can be told in time."""
    try:
        return found(pattern, text)
    except TimeoutError:
        return False

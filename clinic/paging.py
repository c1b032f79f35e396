"""Pages of a list without counting it: one row more than shown tells whether there is a next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
LAST_PAGE = 2000


def page_number(text: Any) -> int:
    """The page asked for; 1 for anything that is not a sensible number."""
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 4:
        return min(max(int(text), 1), LAST_PAGE)
    return 1


@dataclass(frozen=True)
class Page(Generic[M]):
    """One page of rows and whether others lie before and after it."""

    rows: Sequence[M]
    number: int
    has_next: bool

    @classmethod
    def of(cls, rows: QuerySet[M], *, number: int, size: int) -> Page[M]:
        start = (number - 1) * size
        found = list(rows[start : start + size + 1])
        return cls(rows=found[:size], number=number, has_next=len(found) > size)

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.has_next else None

"""Answers that point to files. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_URN = "urn:uuid:"


@dataclass(frozen=True, slots=True)
class Attached:
    """One file of an answer: its public id, and what a page says of it."""

    id: str
    title: str
    kind: str
    size: int

    @property
    def is_picture(self) -> bool:
        """Drawn anew by us, so that a page may show it."""
        return self.kind == "image/jpeg"


def attached(value: Any) -> tuple[Attached, ...]:
    """The files an answer points to: one, several where the question repeats, none for any other answer."""
    rows = value if isinstance(value, list) else [value]
    found = []
    for row in rows:
        url = row.get("url") if isinstance(row, Mapping) else None
        if isinstance(url, str) and url.startswith(_URN):
            size = row.get("size")
            found.append(
                Attached(
                    url.removeprefix(_URN),
                    str(row.get("title") or "File"),
                    str(row.get("contentType") or ""),
                    size if isinstance(size, int) else 0,
                )
            )
    return tuple(found)


def without(value: Any, public_id: str) -> Any:
    """The answer when one of its files is taken away; None when it was the only one."""
    if isinstance(value, list):
        rest = [row for row in value if all(one.id != public_id for one in attached(row))]
        return rest or None
    return None if any(one.id == public_id for one in attached(value)) else value

"""What was chosen for one session: each line with its time and channels, and whether it is sent. No database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from treatments.series import What

ON, SKIPPED, DROPPED = "on", "skipped", "dropped"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a session's timeline.

    `state` is "on", "skipped" (by a person) or "dropped" (by a rule; `reason` says which). `words` are the therapist's
    own, of a line that no series has. `was_moved` means that a person chose the time.
    """

    key: str
    what: What
    due_at: datetime
    not_after: datetime
    channels: tuple[str, ...]
    state: str = ON
    reason: str = ""
    title: str = ""
    words: str = ""
    was_moved: bool = False

    @property
    def is_on(self) -> bool:
        return self.state == ON

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key, "what": str(self.what), "due_at": self.due_at.isoformat(),
            "not_after": self.not_after.isoformat(), "channels": list(self.channels), "state": self.state,
            "reason": self.reason, "title": self.title, "words": self.words, "was_moved": self.was_moved,
        }  # fmt: skip


def read(rows: Iterable[Mapping[str, Any]]) -> tuple[Entry, ...]:
    """The entries as they were kept."""
    return tuple(_entry(row) for row in rows)


def find(entries: Iterable[Entry], key: str) -> Entry | None:
    """The entry of a line."""
    return next((each for each in entries if each.key == key), None)


def _entry(row: Mapping[str, Any]) -> Entry:
    times: dict[str, Any] = {name: datetime.fromisoformat(row[name]) for name in ("due_at", "not_after")}
    rest = {name: row[name] for name in ("key", "state", "reason", "title", "words", "was_moved")}
    return Entry(what=What(row["what"]), channels=tuple(row["channels"]), **times, **rest)

"""What counts as a reason, wherever somebody goes past a limit or lifts a flag."""

from __future__ import annotations

SHORTEST = 5


def is_reason(text: str) -> bool:
    """A reason is a few letters at least: “ok” explains nothing to whoever reads it in a year."""
    return len(text.strip()) >= SHORTEST

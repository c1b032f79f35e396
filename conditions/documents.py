"""Reads the reference documents that ship with the catalogue. Touches no database."""

import json
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent / "data"


@cache
def document(name: str) -> dict[str, Any]:
    """One JSON document of `conditions/data`, read once per process. Treat it as read-only."""
    loaded: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def text(name: str) -> str:
    """One text file of `conditions/data`, such as a topic in Markdown."""
    return (DATA / name).read_text(encoding="utf-8")


def review_note() -> str:
    """What the shipped documents say about themselves: a draft until clinicians sign it off."""
    note: str = document("conditions")["review"]
    return note

"""How long answers to the shipped forms count, as the product comes: figures with their basis, a draft. Pure."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parents[1] / "data" / "validity.json"


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))
    return document


def review_note() -> str:
    """How far the figures are signed off."""
    return str(_document()["review"])


def shipped(slug: str) -> dict[str, Any]:
    """What is known of a shipped form: asked, days, why, basis, sources, and questions that expire sooner."""
    found: dict[str, Any] = _document()["questionnaires"].get(slug, {})
    return found


def defaults(slug: str) -> dict[str, Any]:
    """The settings a form begins with."""
    own = shipped(slug)
    return {"asked": own["asked"], "valid_days": own["days"]} if own else {}

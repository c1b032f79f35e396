"""The words of aftercare, from the clinic's document: filled by plain replacement, never read as a template.

A sentence whose placeholder has no value today is left out, and a heading that loses all it stood above with it: so a
client without a home plan is not sent an empty one. Touches no database.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from treatments import placeholders

DOCUMENT = Path(__file__).resolve().parent / "data" / "aftercare_messages.json"
# The series the clinic starts with, and the few messages of it that the document has no words for.
SERIES = DOCUMENT.with_name("aftercare_series.json")
PLACEHOLDERS = frozenset(placeholders.MEANINGS)
# Where nobody reads replies (settings.SMS_REPLIES) the question is asked with the link of the later text instead.
_REPLY = "Reply 1 better, 2 same, 3 worse."
_LINK = "Tell us: {link}."
# What the document says in other words than the clinic can keep: nobody books by themselves yet, and what is to be
# avoided is said item by item, each with its hours.
_SAID_OTHERWISE = {
    _REPLY: _LINK,
    "Book at {link} or call {phone}.": "Call {phone} to book.",
    "- Leave alcohol until tomorrow.\n- Eat lightly for an hour or two.\n- No hard training, sauna, hot tub or "
    "ice bath until tomorrow. Gentle walking is good.\n- Wait about 3 hours before a shower and keep it lukewarm.": (
        "{avoid_list}"
    ),
    "Today, go easy: no alcohol, hard training, sauna or hot bath. Walk a little. Mild soreness for a day is normal.": (
        "Walk a little. Mild soreness for a day is normal.\n\nFor the rest of today\n{avoid_list}"
    ),
}

WHEN_TO_CALL = "When to call"

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-ZÁÉÍÓÚÑ¿¡{])")


@dataclass(frozen=True, slots=True)
class Wording:
    """One message of the document. Only e-mails have a subject."""

    id: str
    text: str
    subject: str = ""
    edition: str = "1.0"

    @property
    def version(self) -> str:
        return f"{self.id}/{self.edition}"


@cache
def _document() -> dict[str, object]:
    loaded: dict[str, object] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return loaded


@cache
def wordings() -> Mapping[str, Wording]:
    """Every shipped message by its id."""
    rows = _document()["messages"]
    assert isinstance(rows, list)
    found = {row["id"]: _wording(row, _said(row.get("body") or row["text"])) for row in rows}
    paragraphs = found["email_24h"].text.split("\n\n")
    call = next(each for each in paragraphs if each.startswith(WHEN_TO_CALL))
    for row in built_in()["messages"]:
        text = (row.get("body") or row["text"]).replace("{when_to_call}", call)
        found[row["id"]] = _wording(row, text)
    return found


def _wording(row: Mapping[str, str], text: str) -> Wording:
    return Wording(row["id"], text, row.get("subject", ""), str(_document()["schema_version"]))


@cache
def by_reply() -> Mapping[str, Wording]:
    """What the document says where a reply is read: it asks for a digit instead of leading to a page."""
    rows = _document()["messages"]
    assert isinstance(rows, list)
    return {row["id"]: Wording(row["id"], row["text"]) for row in rows if _REPLY in row.get("text", "")}


def _said(text: str) -> str:
    for theirs, ours in _SAID_OTHERWISE.items():
        text = text.replace(theirs, ours)
    return text


@cache
def built_in() -> Mapping[str, Any]:
    """The series a clinic starts with: {"lines", "messages"}."""
    loaded: dict[str, Any] = json.loads(SERIES.read_text(encoding="utf-8"))
    return loaded


@cache
def budgets() -> Mapping[str, int]:
    """How long each placeholder's value may be in a text."""
    rows = _document()["placeholder_budgets"]
    assert isinstance(rows, dict)
    return {name.strip("{}"): size for name, size in rows.items()}


def general_tip() -> str:
    """For a client whose condition has none."""
    tips = _document()["condition_tips"]
    assert isinstance(tips, dict)
    return str(tips["general"])


def review_note() -> str:
    """What the document says of itself: a draft until clinicians sign it off."""
    return str(_document()["review"])


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its placeholders filled; what cannot be said today is left out. KeyError for an unknown one."""
    paragraphs = []
    for paragraph in text.split("\n\n"):
        lines = paragraph.split("\n")
        said = [line for line in (_line(line, values) for line in lines) if line is not None]
        heading_alone = len(said) < len(lines) and len(said) == 1 and not _ends_a_sentence(said[0])
        if said and not heading_alone:
            paragraphs.append("\n".join(said))
    return "\n\n".join(paragraphs)


def _ends_a_sentence(line: str) -> bool:
    return line.startswith("- ") or line.rstrip().endswith((".", "!", "?"))


def _line(line: str, values: Mapping[str, str]) -> str | None:
    """The line with its values; None when nothing of it is left."""
    sentences = _SENTENCE.split(line)
    said = [sentence for sentence in sentences if all(values[name] for name in _named(sentence))]
    if not said:
        return None
    # One pass over the wording: a name that looks like a placeholder stays a name.
    return _PLACEHOLDER.sub(lambda found: values[found.group(1)], " ".join(said))


def _named(sentence: str) -> list[str]:
    names = _PLACEHOLDER.findall(sentence)
    for name in names:
        if name not in PLACEHOLDERS:
            raise KeyError(name)
    return names

"""Edits of a series' document: each gives a new document and leaves the old one alone. Touches no database."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from typing import Any

from treatments.series import What

Document = dict[str, Any]
# What a new line says until its owner writes something else; shipped words, so that it is whole from the beginning.
_BEGINS: Mapping[What, Mapping[str, Any]] = {
    What.ADVICE: {"email": "email_same_day", "sms": "sms_same_day", "when": {"from": "end", "minutes": 180}},
    What.CHECK_IN: {"email": "email_week", "sms": "sms_week", "when": {"from": "end", "minutes": 5 * 1440}},
    What.HOME: {"sms": "sms_home_plan", "only_if": ["home_plan"], "when": {"from": "end", "minutes": 6 * 1440}},
    What.TIP: {"email": "email_tip", "when": {"from": "end", "minutes": 4 * 1440}},
    What.BOOK: {"email": "email_no_booking", "sms": "sms_no_booking", "only_if": ["nothing_booked", "open_plan"],
                "when": {"from": "end", "minutes": 21 * 1440}},
    What.REMINDER: {"email": "email_pre_next", "sms": "sms_pre_next", "when": {"from": "next", "minutes": 2880}},
}  # fmt: skip
#: Said inside another message, so it has no time and no words of its own.
INSIDE = "inside"


def find(document: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    """The row with this key, as it is kept."""
    return next((dict(row) for row in document["lines"] if row.get("key") == key), None)


def put(document: Mapping[str, Any], row: Mapping[str, Any], words: Mapping[str, Any]) -> Document:
    """The document with this row in place of the one with its key (or last), and with its line's own words."""
    new = _copy(document)
    keys = [each.get("key") for each in new["lines"]]
    if row["key"] in keys:
        new["lines"][keys.index(row["key"])] = dict(row)
    else:
        new["lines"].append(dict(row))
    kept = {name: each for name, each in new["wordings"].items() if not _is_of(name, row["key"])}
    new["wordings"] = kept | dict(words)
    return new


def added(
    document: Mapping[str, Any], kind: str, *, title: str, taken: Collection[str], tip: str = ""
) -> tuple[Document, str]:
    """A new line at the end (a tip inside another after that one), and its key, which no version ever had."""
    new = _copy(document)
    what = What.TIP if kind == INSIDE else What(kind)
    key = _free(what, {*taken, *(str(row.get("key")) for row in new["lines"])})
    row: dict[str, Any] = {"key": key, "title": title, "what": str(what)}
    if kind == INSIDE:
        host = next((each["key"] for each in new["lines"] if each.get("what") == What.ADVICE), "")
        row |= {"part_of": host, "tip": tip}
    else:
        row |= {"lasts": 1200} | copy.deepcopy(dict(_BEGINS[what]))
    new["lines"].append(row)
    return new, key


def moved(document: Mapping[str, Any], key: str, *, up: bool) -> Document:
    """The line one place up or down; at the end of the list nothing happens."""
    new = _copy(document)
    lines = new["lines"]
    at = next((number for number, row in enumerate(lines) if row.get("key") == key), None)
    to = None if at is None else at - 1 if up else at + 1
    if at is not None and to is not None and 0 <= to < len(lines):
        lines[at], lines[to] = lines[to], lines[at]
    return new


def switched(document: Mapping[str, Any], key: str, *, on: bool) -> Document:
    """The line sent or not sent; it keeps everything else."""
    new = _copy(document)
    for row in new["lines"]:
        if row.get("key") == key:
            row.pop("off", None)
            if not on:
                row["off"] = True
    return new


def without(document: Mapping[str, Any], key: str) -> Document:
    """The document without a line, its words, and the tips that were said in it."""
    new = _copy(document)
    gone = {key} | {str(row["key"]) for row in new["lines"] if row.get("part_of") == key}
    new["lines"] = [row for row in new["lines"] if row.get("key") not in gone]
    new["wordings"] = {name: each for name, each in new["wordings"].items() if not any(_is_of(name, k) for k in gone)}
    return new


def begins(what: What) -> Mapping[str, Any]:
    """The parts a new line of this sort starts with."""
    return _BEGINS.get(what, {})


def own_name(key: str, part: str) -> str:
    """The id of a line's own words for "email", "first_email" or "sms"."""
    return f"{key}:{part}"


def _is_of(name: str, key: str) -> bool:
    return name.partition(":")[0] == key


def _free(what: What, taken: Collection[str]) -> str:
    number = 2
    while f"{what}_{number}" in taken:
        number += 1
    return f"{what}_{number}"


def _copy(document: Mapping[str, Any]) -> Document:
    new: Document = copy.deepcopy(dict(document))
    new.setdefault("wordings", {})
    return new

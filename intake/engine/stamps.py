"""Which of two answers to one question counts: the later one, however and in whatever order they arrive. Pure.

See docs/decisions/saving-answers.md. A stamp says when an answer was given and by which browser and window; the browser
numbers what it sends, so that a step that comes twice is known again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from intake.engine.enablement import answered


@dataclass(frozen=True, slots=True)
class Stamp:
    """When an answer was given (milliseconds since 1970, the server's clock), and where."""

    at: int
    device: str = ""
    window: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Given:
    """One answer on its way: None clears. `seen` is the digest of what the page showed, None when it did not say.

    `whole_page` marks an answer that came with everything else on its screen: there an answer that is still the one
    that was shown was not given now.
    """

    address: str
    value: Any
    stamp: Stamp
    seen: str | None = None
    whole_page: bool = False


@dataclass(frozen=True, slots=True)
class Other:
    """The answer of two that does not count; it is kept and shown. `kept` says where the one that counts was given."""

    address: str
    value: Any
    stamp: Stamp
    kept: str


#: What is kept of one question: at, device, window, seq, last step of each browser. As JSON text, for a save looks at
#: the rows of a few questions and carries all others along; a list where it was kept before.
Row = str | Sequence[Any]


@dataclass(slots=True)
class Merged:
    """What comes of some answers."""

    changes: dict[str, Any] = field(default_factory=dict)
    stamps: dict[str, Row] = field(default_factory=dict)
    others: list[Other] = field(default_factory=list)


def digest(value: Any) -> str:
    """A short mark of an answer, by which a page says what it showed."""
    shown = value if answered(value) else None
    # Python keeps one encoder for what needs no order: most answers are one text, number or yes.
    is_plain = shown is None or type(shown) in _PLAIN
    words = json.dumps(shown) if is_plain else json.dumps(shown, sort_keys=True, default=str)
    return hashlib.sha256(words.encode()).hexdigest()[:12]


_PLAIN = frozenset({str, bool, int, float})


class _Kept:
    """What a response keeps of one question: the stamp of the answer that counts, and the last step of each browser."""

    def __init__(self, kept: Row | None) -> None:
        row: Sequence[Any] | None = json.loads(kept) if isinstance(kept, str) else kept
        self.stamp = Stamp(*row[:4]) if row else None
        self.heard: dict[str, int] = dict(row[4]) if row else {}

    def has(self, stamp: Stamp) -> bool:
        return stamp.seq <= self.heard.get(stamp.device, -1)

    def row(self, heard: Stamp, *, counts: bool) -> str:
        stamp = heard if counts or self.stamp is None else self.stamp
        seqs = self.heard | {heard.device: max(heard.seq, self.heard.get(heard.device, -1))}
        return json.dumps([stamp.at, stamp.device, stamp.window, stamp.seq, seqs])

    def same_source(self, stamp: Stamp) -> bool:
        kept = self.stamp
        return kept is not None and (kept.device, kept.window) == (stamp.device, stamp.window)


def merge(answers: Mapping[str, Any], stamps: Mapping[str, Row], given: Iterable[Given]) -> Merged:
    """What changes when these answers arrive, in this order, at those that are kept."""
    merged = Merged()
    for one in given:
        before = merged.changes.get(one.address, answers.get(one.address))
        kept = _Kept(merged.stamps.get(one.address) or stamps.get(one.address))
        if one.whole_page:
            _take_page(merged, one, before, kept)
        elif not kept.has(one.stamp):
            _take_step(merged, one, before, kept)
    return merged


def _take_step(merged: Merged, one: Given, before: Any, kept: _Kept) -> None:
    late = kept.stamp is not None and kept.stamp.device != one.stamp.device and one.stamp.at < kept.stamp.at
    merged.stamps[one.address] = kept.row(one.stamp, counts=not late)
    if same(one.value, before):
        return
    if late:
        if answered(one.value):
            merged.others.append(Other(one.address, one.value, one.stamp, "there"))
        return
    if _unseen(one, before) and not kept.same_source(one.stamp):
        merged.others.append(Other(one.address, before, kept.stamp or one.stamp, "here"))
    merged.changes[one.address] = one.value


def _take_page(merged: Merged, one: Given, before: Any, kept: _Kept) -> None:
    untouched = one.seen is not None and digest(one.value) == one.seen
    if untouched or same(one.value, before):
        return
    if _unseen(one, before):
        merged.others.append(Other(one.address, before, kept.stamp or one.stamp, "here"))
    # A page comes straight from a hand: later than whatever its own browser has sent until now, whatever its clock.
    seq = max(one.stamp.seq, kept.heard.get(one.stamp.device, -1) + 1)
    stamp = Stamp(one.stamp.at, one.stamp.device, one.stamp.window, seq)
    merged.changes[one.address] = one.value
    merged.stamps[one.address] = kept.row(stamp, counts=True)


def _unseen(one: Given, before: Any) -> bool:
    return answered(before) and one.seen is not None and digest(before) != one.seen


def same(one: Any, other: Any) -> bool:
    """Two answers that say the same; blanks are alike."""
    return (one if answered(one) else None) == (other if answered(other) else None)

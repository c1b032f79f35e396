"""What a fault test found: counted from what was committed, what the server accepted, and how the rows stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: A letter is in the air about so long; on a busy machine longer than the server takes.
IN_THE_AIR = 2.0
#: What must be nothing.
REQUIRED = ("lost", "duplicates", "phantoms", "early", "in quiet hours", "unexplained", "unseen")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that was done to the clinic, from when to when."""

    what: str
    begins: float
    ends: float


@dataclass(slots=True)
class Evidence:
    """Times are UNIX seconds. `committed` is key → (due, when it was known), `rows` what fault_state --seen said."""

    committed: Mapping[str, tuple[float, float]]
    accepted: Sequence[Mapping[str, Any]]
    rows: Sequence[Mapping[str, Any]]
    faults: Sequence[Fault] = ()
    quiet: tuple[float, float] = (0.0, 0.0)
    notes: list[str] = field(default_factory=list)


def table(evidence: Evidence) -> dict[str, float]:
    """Each figure by its name. `lost`: committed, never accepted, and not before a person as unknown."""
    taken: dict[str, list[float]] = defaultdict(list)
    for each in evidence.accepted:
        taken[each["key"]].append(float(each["at"]))
    state = {row["key"]: row["state"] for row in evidence.rows}
    unknown = [row for row in evidence.rows if row["state"] == "unknown"]
    begins, ends = evidence.quiet
    late = [taken[key][0] - max(times) for key, times in evidence.committed.items() if key in taken]
    known = [(key, at) for key, ats in taken.items() for at in ats]
    not_taken = [state.get(key, "gone") for key in evidence.committed if key not in taken]
    return {
        "messages": len(evidence.committed),
        "accepted": len(evidence.committed) - len(not_taken),
        "lost": sum(each != "unknown" for each in not_taken),
        "duplicates": len(known) - len(taken) + _two_ids(evidence.accepted),
        "phantoms": sum(key not in evidence.committed for key in taken),
        "early": sum(key in evidence.committed and at < evidence.committed[key][0] for key, at in known),
        "in quiet hours": sum(begins <= at < ends for _, at in known),
        "unknown": len(unknown),
        "unexplained": sum(not in_flight(row, evidence.faults) for row in unknown),
        "unseen": sum(not row["seen"] for row in unknown),
        "failed": sum(row["state"] == "failed" for row in evidence.rows),
        "p50 late": share(late, 0.5),
        "p95 late": share(late, 0.95),
        "latest": max(late, default=0.0),
    }


def _two_ids(accepted: Iterable[Mapping[str, Any]]) -> int:
    """Messages that went out under two Message-IDs, or two under one."""
    pairs = {(each["key"], each["message_id"]) for each in accepted}
    return 2 * len(pairs) - len({key for key, _ in pairs}) - len({one for _, one in pairs})


def in_flight(row: Mapping[str, Any], faults: Iterable[Fault]) -> bool:
    """Was its content going out while something was broken on purpose?"""
    began = row["begun"]
    return began is not None and any(
        fault.begins - IN_THE_AIR <= began <= fault.ends + IN_THE_AIR / 2 for fault in faults
    )


def share(values: Sequence[float], part: float) -> float:
    """The value that so large a part stays below; 0 for none."""
    ordered = sorted(values)
    return max(0.0, ordered[min(len(ordered) - 1, int(part * len(ordered)))]) if ordered else 0.0


def failures(figures: Mapping[str, float]) -> list[str]:
    """What should have been nothing and was not."""
    return [f"{name} {figures[name]:.0f}" for name in REQUIRED if figures[name]]


def as_lines(columns: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The table: a line for each figure, a column for each run."""
    names = list(next(iter(columns.values())))
    width = max(12, *(len(title) + 2 for title in columns))
    lines = [" " * 16 + "".join(title.rjust(width) for title in columns)]
    for name in names:
        values = [figures[name] for figures in columns.values()]
        words = [f"{value:.2f} s" if isinstance(value, float) else str(value) for value in values]
        note = "   must be 0" if name in REQUIRED else ""
        lines.append(name.ljust(16) + "".join(word.rjust(width) for word in words) + note)
    return lines

"""What a form says otherwise than the client's last one of the same kind: was and now, question by question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from intake import readback
from intake.identity import SIGNED_ON
from intake.marks import Marked
from intake.models import Response
from intake.readback import Line, Part

#: Differs each time and tells nothing.
LEFT_OUT = frozenset({SIGNED_ON})


@dataclass(frozen=True, slots=True)
class Difference:
    """One question answered otherwise. `was` is empty for a new answer, `now` for one that is gone."""

    text: str
    was: str
    now: str

    @property
    def kind(self) -> str:
        """In a word."""
        return "New" if not self.was else "No longer" if not self.now else "Changed"


@dataclass(slots=True)
class Changed:
    """The differences of one part of the form."""

    title: str
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Compared:
    """A form beside the one before it."""

    before: Response
    parts: list[Changed]
    same: int

    @property
    def number(self) -> int:
        """How many answers differ."""
        return sum(len(part.differences) for part in self.parts)


def compare(response: Response, parts: list[Part] | None = None) -> Compared | None:
    """The form beside the client's last one of the same questionnaire, of any version; None when it is the first."""
    before = (
        Response.objects.filter(
            client=response.client_id,
            status=Response.Status.COMPLETED,
            version__questionnaire=response.version.questionnaire_id,
            submitted_at__lt=response.submitted_at,
        )
        .select_related("version")
        .defer("version__document")
        .order_by("-submitted_at", "-id")
        .first()
    )
    if before is None:
        return None
    changed, same = of_parts(readback.of_response(before), parts or readback.of_response(response))
    return Compared(before, changed, same)


def of_parts(was: Iterable[Part], now: Iterable[Part]) -> tuple[list[Changed], int]:
    """What differs, in the order of the newer form, and how many answers are as before."""
    was, now = list(was), list(now)
    old, new = dict(_lines(was)), dict(_lines(now))
    found: dict[str, Changed] = {}
    same = 0
    for part in now:
        for key, line in _lines([part]):
            before = old.get(key)
            if before is not None and _said(before) == _said(line):
                same += 1
                continue
            difference = Difference(line.text, _said(before) if before else "", _said(line))
            found.setdefault(part.title, Changed(part.title)).differences.append(difference)
    for part in was:
        gone = [Difference(line.text, _said(line), "") for key, line in _lines([part]) if key not in new]
        if gone:
            found.setdefault(part.title, Changed(part.title)).differences.extend(gone)
    return list(found.values()), same


def _lines(parts: Iterable[Part]) -> Iterator[tuple[tuple[str, int], Line]]:
    """Each answer by its question and which of several it is: a group that repeats asks the same more than once."""
    seen: dict[str, int] = {}
    for part in parts:
        for line in part.lines:
            if line.link_id not in LEFT_OUT:
                seen[line.link_id] = seen.get(line.link_id, 0) + 1
                yield (line.link_id, seen[line.link_id]), line


def _said(line: Line) -> str:
    if line.marks:
        return "\n".join(_mark(one) for one in line.marks)
    return line.answer


def _mark(one: Marked) -> str:
    return f"{one.area}: {one.feeling}"

"""Questions as HTML: made once for each version and language, filled for each request.

A version is frozen, so what Django's templates make of a question is always the same but for a few places: the answer,
an error, whether it is asked. The template is rendered once with marks in those places; a request puts values there.
All that is put in is escaped here, is one of the attributes written below, or is another piece.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, escape, linebreaks
from django.utils.translation import get_language

from intake.engine.questions import Choice, Question
from intake.engine.specs import Item, Questionnaire
from intake.engine.tables import choices_across, questions_across

# From the private part of Unicode: no text holds them.
_OPEN, _CLOSE = "\ue000", "\ue001"
_SLOT = re.compile(f"{_OPEN}([^{_CLOSE}]+){_CLOSE}")
_BETWEEN = re.compile(r"\s*\n\s*")
#: Controls of several fields under one label.
_WITH_LEGEND = frozenset({"yesno", "choice", "choices", "scale", "date", "month", "moment", "quantity"})


class Html(str):
    """Text that a template takes as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def _slot(name: str) -> str:
    return f"{_OPEN}{name}{_CLOSE}"


class _Slots:
    """`q.at.value` in a template is the mark of the place `value`."""

    def __getattr__(self, name: str) -> str:
        return _slot(name)


@dataclass(frozen=True, slots=True)
class Offered:
    """One card or line, with a place for whether it is chosen."""

    id: str
    value: str
    label: str
    exclusive: bool
    mark: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A question as the template draws it: what the version says of it, and `at` for what a request puts in."""

    question: Question
    choices: Sequence[Offered] = ()
    units: Sequence[Offered] = ()
    parts: Sequence[str] = ()
    across: Sequence[Question | Choice] = ()
    at: _Slots = field(default_factory=_Slots)

    @property
    def item(self) -> Item:
        """What the version says."""
        return self.question.item

    @property
    def kind(self) -> str:
        """How one field of it is drawn."""
        return self.question.kind[:-1] if self.question.many else self.question.kind

    @property
    def input_mode(self) -> str:
        """The keyboard a phone should show."""
        return {"number": "numeric", "slider": "decimal", "year": "numeric"}.get(self.kind, "decimal")

    @property
    def hint(self) -> str:
        """How the answer is written, shown in the blank field."""
        return self.question.format or ("14:30" if self.kind == "time" else "")

    @property
    def is_number(self) -> bool:
        """One short field for figures."""
        return self.kind in {"number", "decimal", "slider", "year"}

    @property
    def has_legend(self) -> bool:
        """Several fields under one label."""
        return self.question.many or self.kind in _WITH_LEGEND or bool(self.question.other)


@dataclass(slots=True)
class Piece:
    """HTML in parts: every second one is a place."""

    parts: list[str]
    places: list[tuple[int, str]]

    @classmethod
    def of(cls, html: str) -> Piece:
        """From what a template made."""
        parts = _SLOT.split(_BETWEEN.sub("\n", html))
        places = [(at, parts[at]) for at in range(1, len(parts), 2)]
        for at, _ in places:
            parts[at] = ""
        return cls(parts, places)

    def fill(self, values: Mapping[str, str]) -> Html:
        """The HTML for one request."""
        parts = self.parts.copy()
        for at, name in self.places:
            parts[at] = values.get(name, "")
        return Html("".join(parts))


_fixed: dict[tuple[str, str], Piece] = {}


def fixed(template: str, **values: str) -> Html:
    """A template in which nothing depends on the request but these values."""
    key = (get_language() or "", template)
    if key not in _fixed:
        _fixed[key] = Piece.of(render_to_string(template, {name: _slot(name) for name in values}))
    return _fixed[key].fill({name: escape(value) for name, value in values.items()})


#: One clinic, two languages, a few parts that are there or not; more comes from tests only.
_MOST_FRAMES = 64
_framed: dict[tuple[Any, ...], Piece] = {}


def framed(
    template: str,
    request: HttpRequest,
    *,
    kept_by: tuple[Any, ...],
    parts: Mapping[str, bool],
    values: Mapping[str, Any],
) -> Html:
    """A page that differs from one request to the next only by `values`.

    It is drawn once for each language, for `parts` that are there or not, and for `kept_by`: whatever else the template
    looks at. Values are escaped as in the template; a value decides nothing there.
    """
    key = (get_language(), template, *kept_by, *parts.values())
    piece = _framed.get(key)
    if piece is None:
        if len(_framed) >= _MOST_FRAMES:
            _framed.clear()
        places = {name: _slot(name) for name in values}
        piece = _framed[key] = Piece.of(render_to_string(template, {**parts, **places}, request))
    return piece.fill({name: conditional_escape(value) for name, value in values.items()})


class Drawer:
    """Draws the questions of one screen.

    `marks` is the body chart with what is marked on it; `beside` is HTML that goes with a question, by its linkId.
    """

    def __init__(
        self, questionnaire: Questionnaire, *, marks: str = "", beside: Mapping[str, str] | None = None
    ) -> None:
        self.pieces: dict[Any, Piece] = vars(questionnaire).setdefault("_pieces", {})
        self.language, self.marks, self.beside = get_language(), marks, beside or {}

    def draw(self, questions: Iterable[Question]) -> Html:
        """Some questions, one below the other."""
        return Html("".join(map(self._one, questions)))

    def _one(self, question: Question) -> str:
        if question.kind == "marks":
            return self.marks
        values = _common(question)
        if question.kind in {"group", "table"}:
            values["below"] = self._table(question) or self.draw(question.children) + self._instances(
                question, "instance"
            )
            return self._filled("group", question, values)
        if question.kind == "display":
            return self._filled("display", question, values)
        if question.many:
            values["rows"] = "".join(self._row(question, at) for at in range(len(question.rows)))
        else:
            values |= _values(question, question.value, question.parts)
        values["beside"] = self.beside.get(question.item.link_id, "")
        below = self.draw(question.children) + self._instances(question, "below")
        return self._filled("question", question, values) + below

    def _table(self, group: Question) -> str:
        """A group as a table; empty when it is none, or does not fit into one."""
        if group.kind != "table":
            return ""
        if questions := questions_across(group):
            return self._filled("rows", group, {"rows": self._instances(group, "table_row")}, questions)
        if choices := choices_across(group):
            return self._filled("matrix", group, {"rows": self.draw(group.children)}, choices)
        return ""

    def _cells(self, questions: Iterable[Question]) -> Html:
        return Html("".join(f"<td>{self._one(one)}</td>" for one in questions))

    def _row(self, question: Question, at: int) -> str:
        row = question.rows[at]
        parts = row if isinstance(row, list) else []
        values = {"id": question.id if at == 0 else f"{question.id}-{at}", "number": str(at + 1)}
        values |= {"name": escape(question.address), **_values(question, row, parts)}
        return self._filled("control", question, values)

    def _instances(self, question: Question, template: str) -> str:
        drawn = []
        draw = self._cells if template == "table_row" else self.draw
        for one in question.instances:
            values = {"number": str(one.number), "address": escape(one.address), "below": draw(one.children)}
            values |= {"id": f"{question.id}-{one.number}", "cannot_go": "" if one.can_go else " hidden"}
            drawn.append(self._filled(template, question, values))
        return "".join(drawn)

    def _filled(
        self, template: str, question: Question, values: Mapping[str, str], across: Sequence[Question | Choice] = ()
    ) -> str:
        codes = tuple(one.value for one in question.choices)
        codes += tuple(one.value if isinstance(one, Choice) else one.item.link_id for one in across)
        key = (self.language, question.item.link_id, template, question.level, bool(question.reading), codes)
        piece = self.pieces.get(key)
        if piece is None:
            html = render_to_string(f"intake/_{template}.html", {"q": _pattern_of(question, across)})
            piece = self.pieces[key] = Piece.of(html)
        return piece.fill(values)


def _pattern_of(question: Question, across: Sequence[Question | Choice] = ()) -> Pattern:
    def offered(choices: Sequence[Choice], ids: str, marks: str) -> list[Offered]:
        return [
            Offered(f"{_slot('id')}-{ids}{at}", one.value, one.label, one.exclusive, _slot(f"{marks}-{at}"))
            for at, one in enumerate(choices)
        ]

    parts = [_slot(f"part-{at}") for at in range(6)]
    choices, units = offered(question.choices, "", "chosen"), offered(question.units, "unit-", "unit")
    return Pattern(question, choices, units, parts, across)


def _common(question: Question) -> dict[str, str]:
    values = {"id": question.id, "name": escape(question.address), "seen": question.seen}
    if question.when:
        values["when"] = f' data-when="{escape(question.when)}"'
    if not question.asked:
        values["off"] = " hidden disabled" if question.item.is_question else " hidden"
    if question.error:
        values |= {"error": escape(question.error), "error_class": " has-error", "invalid_class": " is-invalid"}
        values |= {"told": f' aria-describedby="{question.id}-error"'}
        values |= {"invalid": f' aria-invalid="true" aria-describedby="{question.id}-error"'}
    else:
        values["no_error"] = " hidden"
    if question.reading:
        values["reading"] = linebreaks(question.reading, autoescape=True)
    if question.item.type == "group":
        values |= {"add": escape(question.add), "full": "" if question.add else " hidden"}
    return values


def _values(question: Question, value: Any, parts: Sequence[str]) -> dict[str, str]:
    """What stands in the fields of one answer."""
    values: dict[str, str] = {f"part-{at}": escape(part) for at, part in enumerate(parts)}
    if question.kind == "file":
        # What was kept is a list of its own, with pictures and buttons.
        return values | {"files": render_to_string("intake/_files.html", {"q": question})}
    if question.kind.startswith("yesno") and question.many:
        values[f"is_{value}".lower()] = " selected"
    values["value"] = escape("" if value is None else value)
    mark = " selected" if question.kind == "dropdown" else " checked"
    values |= {f"chosen-{at}": mark for at, one in enumerate(question.choices) if one.chosen}
    given = (parts[1] if len(parts) > 1 else "") or next((one.value for one in question.units if one.chosen), "")
    values |= {f"unit-{at}": " selected" for at, one in enumerate(question.units) if given in (one.value, one.label)}
    if question.other:
        values["other"] = escape(question.other.value)
    return values

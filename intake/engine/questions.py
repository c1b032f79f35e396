"""What a template needs to draw the questions of a screen. Pure: no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from intake.engine.specs import Item

SHORT_OF_TWO, SHORT_OF_THREE = 14, 8


class Choice(NamedTuple):
    """One card of a question, one line of a list, or one unit."""

    id: str
    value: str
    label: str
    chosen: bool
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class Other:
    """The line for words of one's own beside the options of an open choice."""

    name: str
    value: str
    label: str  # of the extension openLabel; empty for the product's own words

    @property
    def chosen(self) -> bool:
        """Something is written there."""
        return bool(self.value)


@dataclass(slots=True)
class Instance:
    """One time a repeating group is there, or what stands below one answer of a repeating question.

    `address` is what the buttons send: `action=add:<address>` and `action=remove:<address>`, see `places.add_instance`
    and `places.remove_instance`; empty for what goes with an answer.
    """

    number: int
    address: str
    children: list[Question] = field(default_factory=list)
    can_go: bool = False


@dataclass(slots=True)
class Question:
    """One item of a screen, at one instance.

    `kind` says how it is drawn:

    - `group`: a heading with `children`, or `instances` when it repeats (`add` is the address for one more, empty when
      there is room for none); `table`: the same, drawn as a table: one row for each child whose columns are its choices
      (itemControl table), or for each instance whose columns are the children (gtable, grid).
    - `display`: text only; `marks`: the body chart; `fixed`: a read-only question, `value` is its answer in words.
    - `yesno`, `choice`, `choices`: cards, one or several chosen of `choices`; `dropdown`, `autocomplete`: one of
      `choices` from a list that opens. `other` is the line for own words, or None.
    - `scale`: 0 to 10 as cards; `slider`: a number between `minimum` and `maximum` by `step`, with words at its ends
      (`lower`, `upper`); `number`, `decimal`: a number; `quantity`: a number with a unit, `parts` are both, `units` the
      choices of units (typed when there are none and `unit_open`).
    - `date`, `month`, `year`, `moment`, `time`: some with `parts` (for their names see `intake.engine.fields`).
    - `line`, `text`, `url`, `file`.

    `many` is true for typed answers that repeat: every row of `rows` is one field, all with the name of the address,
    the last one blank. The name of every field is the `address`; `id` is the id of the first.
    """

    item: Item
    id: str
    kind: str
    address: str = ""
    asked: bool = True
    value: Any = ""
    parts: list[str] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)
    many: bool = False
    choices: list[Choice] = field(default_factory=list)
    other: Other | None = None
    units: list[Choice] = field(default_factory=list)
    unit: str = ""
    minimum: str = ""
    maximum: str = ""
    step: str = ""
    error: str = ""
    when: str = ""
    mode: str = ""
    autocomplete: str = "off"
    reading: str = ""
    seen: str = ""
    children: list[Question] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)
    add: str = ""
    level: int = 0

    @property
    def row(self) -> str:
        """Two or three short answers stand side by side, also on a narrow phone; empty for a list."""
        longest = max((len(one.label) for one in self.choices), default=0)
        if len(self.choices) == 2 and longest <= SHORT_OF_TWO:
            return "two"
        return "three" if len(self.choices) == 3 and longest <= SHORT_OF_THREE else ""

    @property
    def says_choose(self) -> bool:
        """The question's own words say already that several answers may be chosen."""
        return any(word in self.item.text.casefold() for word in ("choose", "marque", "elija"))

    @property
    def help(self) -> str:
        """Words of help below the question: those of itemControl help."""
        return self._note("help")

    @property
    def flyover(self) -> str:
        """Words for who wants to know more."""
        return self._note("flyover")

    @property
    def prompt(self) -> str:
        """A word before the field."""
        return self._note("prompt")

    @property
    def lower(self) -> str:
        """The word at the low end of a slider."""
        return self._note("lower")

    @property
    def upper(self) -> str:
        """The word at the high end of a slider."""
        return self._note("upper")

    @property
    def format(self) -> str:
        """How the answer is written, for example ####."""
        return self.item.entry_format

    @property
    def unit_open(self) -> bool:
        """A unit of one's own may be written."""
        return self.item.unit_open in {"optionsOrType", "optionsOrString"}

    def _note(self, control: str) -> str:
        note = self.item.note(control)
        return note.text if note is not None else ""

    def walk(self) -> list[Question]:
        """This one and all below it, as they stand on the page."""
        below = [*self.children, *(child for one in self.instances for child in one.children)]
        return [self, *(found for child in below for found in child.walk())]

"""A text message of the clinic: filled so that it stays one message of 160 letters wherever that can be.

Links are made short first (clinic.short_links). What a person or a clinic is called can still be longer than the
document's budgets (`{clinic}` 20, `{first_name}` 12, `{phone}` 15): then names give way, step by step, never
the advice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from clinic.sms_length import fits, plain

LONGEST_CLINIC, SHORTEST_CLINIC = 20, 10
LONGEST_NAME = 12
_GREETED = (", {first_name}", " {first_name}")
Fill = Callable[[str, Mapping[str, str]], str]


def written(text: str, values: Mapping[str, str], *, fill: Fill) -> str:
    """`text` with its values, as one part if any of the steps makes it one; else as long as it is."""
    tries = [plain(fill(wording, each)) for wording, each in _steps(text, values)]
    return next((said for said in tries if fits(said)), tries[-1])


def short(name: str, longest: int = LONGEST_CLINIC) -> str:
    """A name for a text: whole words that fit, or what fits of the first."""
    words = name[: longest + 1].rsplit(" ", 1)[0] if len(name) > longest else name
    return words[:longest].strip(" ,-&")


def _steps(text: str, values: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The wording and its values, each time a little shorter."""
    step = {**values, "clinic": short(values.get("clinic", ""))}
    if len(values.get("first_name", "")) > LONGEST_NAME:
        step["first_name"] = short(values["first_name"], LONGEST_NAME)
    yield text, step
    step = {**step, "phone": "".join(values.get("phone", "").split())}
    yield text, step
    step = {**step, "clinic": short(values.get("clinic", ""), SHORTEST_CLINIC)}
    yield text, step
    nameless = text
    for greeting in _GREETED:
        nameless = nameless.replace(greeting, "")
    yield nameless, step

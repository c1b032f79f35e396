"""How answers of several parts are posted, and taken apart again to be shown. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

OTHER = "_other"


class Files(forms.FileInput):
    """Several files for one question."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        return files.getlist(name) if hasattr(files, "getlist") else [files[name]] if name in files else []


class Parts(forms.MultiWidget):
    """Several small fields for one answer."""

    names: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__({name: forms.TextInput() for name in self.names})

    def decompress(self, value: Any) -> list[str]:
        raise NotImplementedError


class DayMonthYear(Parts):
    """A date as people say it: day, month, year, each typed with the number keyboard."""

    names = ("day", "month", "year")

    def decompress(self, value: Any) -> list[str]:
        """The three parts of an ISO date; what is not one shows as nothing."""
        parts = str(value or "").split("-")
        return [parts[2].lstrip("0"), parts[1].lstrip("0"), parts[0]] if len(parts) == 3 else ["", "", ""]


class MonthYear(Parts):
    """A month: FHIR's dates need no day. A day that came from elsewhere is not shown, and kept."""

    names = ("month", "year", "day")

    def decompress(self, value: Any) -> list[str]:
        """Month, year and day of an ISO date."""
        parts = str(value or "").split("-")
        return [parts[1].lstrip("0") if len(parts) > 1 else "", parts[0], parts[2] if len(parts) > 2 else ""]


class Moment(Parts):
    """A day with the time. The zone is not shown; a moment that came from elsewhere keeps its own."""

    names = ("day", "month", "year", "time", "zone")

    def decompress(self, value: Any) -> list[str]:
        """Day, month, year, time and zone of an ISO moment."""
        day, _, rest = str(value or "").partition("T")
        at = next((at for at, char in enumerate(rest) if char in "Z+-"), len(rest))
        clock = rest[:at]
        return [*DayMonthYear().decompress(day), clock.removesuffix(":00") if len(clock) == 8 else clock, rest[at:]]


class Clock(forms.TextInput):
    """A time of day; seconds are shown only when there are any."""

    def format_value(self, value: Any) -> str:
        """Hours and minutes."""
        words = str(value or "")
        return words.removesuffix(":00") if len(words) == 8 else words


class Number(Parts):
    """A number with its unit."""

    names = ("number", "unit")

    def decompress(self, value: Any) -> list[str]:
        """Number, and code or words of the unit."""
        if not isinstance(value, Mapping):
            return ["", ""]
        number = value.get("value")
        unit = str(value.get("code") or value.get("unit") or "")
        return ["" if number is None else plain_number(number), unit]


def plain_number(number: Any) -> str:
    """A number as people type it: 3.0 is 3, nothing is written with an exponent."""
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return format(number, "f") if isinstance(number, float) and "e" in repr(number) else str(number)


class OwnWords(forms.Widget):
    """Options, and a line for words of one's own beside them."""

    def __init__(self, choices: list[tuple[str, str]], *, many: bool) -> None:
        self.choices, self.many = choices, many
        super().__init__()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, Any]:
        """The codes and the own words."""
        return {"codes": _listed(data, name), "other": data.get(name + OTHER, "")}


class Many(forms.Widget):
    """The same field once for each answer, all posted under one name."""

    def __init__(self, one: forms.Widget) -> None:
        self.one = one
        super().__init__()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        """What was posted, answer by answer."""
        if not isinstance(self.one, Parts):
            return _listed(data, name)
        columns = [_listed(data, f"{name}_{part}") for part in self.one.names]
        longest = max((len(column) for column in columns), default=0)
        padded = [[*column, *[""] * (longest - len(column))] for column in columns]
        return [list(row) for row in zip(*padded, strict=True)]


def _listed(data: Any, name: str) -> list[Any]:
    if hasattr(data, "getlist"):
        return list(data.getlist(name))
    value = data.get(name, [])
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]

"""Form fields for what the catalogue keeps as lists: one line each, codes with titles, numbers with commas."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

MOST_LINES = 60
LONGEST_LINE = 300
_ICD = re.compile(r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?")


class ProseField(forms.CharField):
    """Longer text; line ends are made alike, so that an unchanged text stays unchanged."""

    widget = forms.Textarea

    def __init__(self, *, rows: int = 3, max_length: int = 4000, **options: Any) -> None:
        super().__init__(max_length=max_length, widget=forms.Textarea(attrs={"rows": rows}), **options)

    def to_python(self, value: Any) -> str:
        text = str(value or "").replace("\r\n", "\n").replace("\r", "\n")
        return super().to_python(text) or ""


class LinesField(ProseField):
    """A list, one item a line."""

    def __init__(self, *, rows: int = 4, **options: Any) -> None:
        super().__init__(rows=rows, max_length=MOST_LINES * LONGEST_LINE, **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(self.line(each) for each in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        lines = [" ".join(line.split()) for line in text.split("\n") if line.strip()]
        if len(lines) > MOST_LINES:
            raise ValidationError(f"That is {len(lines)} lines; {MOST_LINES} at most.")
        for number, line in enumerate(lines, start=1):
            if len(line) > LONGEST_LINE:
                raise ValidationError(f"Line {number} is longer than {LONGEST_LINE} characters.")
        items = [self.item(number, line) for number, line in enumerate(lines, start=1)]
        for number, item in enumerate(items, start=1):
            if item in items[: number - 1]:
                raise ValidationError(f"Line {number} is there twice: {self.line(item)}")
        return items

    def line(self, item: Any) -> str:
        """An item as its line of text."""
        return str(item)

    def item(self, number: int, line: str) -> Any:
        """A line of text as its item."""
        return line


class CodeLinesField(LinesField):
    """ICD-10 codes: 'M54.2 Cervicalgia', one a line."""

    def line(self, item: Any) -> str:
        return f"{item['code']} {item['display']}"

    def item(self, number: int, line: str) -> dict[str, str]:
        code, _, display = line.partition(" ")
        if not _ICD.fullmatch(code.upper()) or not display:
            raise ValidationError(f"Line {number}: write the code, a space and its title, such as “M54.2 Cervicalgia”.")
        return {"code": code.upper(), "display": display}


class KeyLinesField(LinesField):
    """Keys of a known collection, one a line."""

    def __init__(self, *, unknown: Callable[[Iterable[str]], list[str]], called: str, **options: Any) -> None:
        super().__init__(**options)
        self.unknown = unknown
        self.called = called

    def item(self, number: int, line: str) -> str:
        key = line.upper()
        if self.unknown([key]):
            raise ValidationError(f"Line {number}: “{line}” is not {self.called}.")
        return key


class NumbersField(forms.CharField):
    """Whole numbers with commas: '4, 8, 10'."""

    def __init__(self, *, lowest: int = 1, highest: int = 60, **options: Any) -> None:
        super().__init__(max_length=80, **options)
        self.lowest, self.highest = lowest, highest

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        parts = [part.strip() for part in text.split(",") if part.strip()]
        # isdecimal() alone would take other scripts' digits, which int() reads but a colleague does not
        if not all(part.isascii() and part.isdecimal() and len(part) <= 3 for part in parts):
            raise ValidationError("Write whole numbers with commas, such as 4, 8.")
        numbers = sorted({int(part) for part in parts})
        if numbers and not self.lowest <= numbers[0] <= numbers[-1] <= self.highest:
            raise ValidationError(f"Each number lies between {self.lowest} and {self.highest}.")
        return numbers

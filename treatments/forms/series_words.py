"""The words of one line on one channel, English and Spanish side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from clinic.forms.fields import LineField, NotesField
from treatments import sayable, series
from treatments.differences import LANGUAGE_NAMES, PARTS
from treatments.sayable import Limits

LONGEST_TYPED = 20_000


class WordsForm(forms.Form):
    """One channel of a line. Words equal to the shipped ones stay the shipped ones; anything else is the clinic's own.

    `shipped` is {"name", "source", "en": (subject, text), "es": …} or nothing; `own` what the document keeps.
    """

    use = forms.BooleanField(label="Sent", required=False)

    def __init__(
        self, data: Any, *, part: str, row: Mapping[str, Any], own: Mapping[str, Any] | None,
        shipped: Mapping[str, Any] | None, limits: Limits, own_name: str,
    ) -> None:  # fmt: skip
        super().__init__(data, prefix=part)
        self.part, self.own, self.shipped, self.limits, self.own_name = part, own, shipped, limits, own_name
        self.title = PARTS[part]
        self.is_text = part == "sms"
        self.fields["use"].label = {"email": "Send an e-mail", "sms": "Send a text"}.get(
            part, "Another e-mail at the first visit"
        )
        for language, name in LANGUAGE_NAMES.items():
            if not self.is_text:
                self.fields[f"subject_{language}"] = LineField(
                    label=f"Subject, {name}", required=False, max_length=300,
                    widget=forms.TextInput(attrs={"lang": language}),
                )  # fmt: skip
            rows = 4 if self.is_text else 12
            field = NotesField(label=f"Words, {name}", required=False, max_length=LONGEST_TYPED, rows=rows)
            field.widget.attrs["lang"] = language
            self.fields[f"text_{language}"] = field
        if self.is_text:
            self.fields["long"] = forms.BooleanField(label="It may be sent in more than one part", required=False)
        self.initial = {"use": bool(row.get(part)), **self._initial()}

    def _initial(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for language in LANGUAGE_NAMES:
            shipped = (self.shipped or {}).get(language, ("", ""))
            said = (self.own or {}).get(language, {})
            found[f"subject_{language}"] = said.get("subject", "") if self.own else shipped[0]
            found[f"text_{language}"] = said.get("text", "") if self.own else shipped[1]
            found["long"] = found.get("long") or said.get("parts", 1) > 1
        return found

    @property
    def is_used(self) -> bool:
        return bool(getattr(self, "cleaned_data", {}).get("use"))

    @property
    def columns(self) -> list[tuple[str, str, forms.BoundField | None, forms.BoundField, Any]]:
        """(code, language, subject, words, counted) for the page."""
        return [
            (
                code,
                name,
                self[f"subject_{code}"] if not self.is_text else None,
                self[f"text_{code}"],
                self.counted(code),
            )
            for code, name in LANGUAGE_NAMES.items()
        ]

    @property
    def is_open(self) -> bool:
        """Its words are shown: it is sent, or something is wrong with them."""
        return bool(self["use"].value() or self.own or self.errors)

    @property
    def long_field(self) -> forms.BoundField:
        return self["long"]

    def counted(self, language: str) -> sayable.Counted | None:
        """How long the text is as it stands in the field."""
        if not self.is_text:
            return None
        return sayable.counted(str(self[f"text_{language}"].value() or ""), self.limits)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("use"):
            return cleaned
        if not cleaned.get("text_en") and "text_en" not in self.errors:
            self.add_error("text_en", "Write the words in English; Spanish falls back to them.")
        if not self.is_text and not cleaned.get("subject_en") and "subject_en" not in self.errors:
            self.add_error("subject_en", "An e-mail needs a subject.")
        if self._is_shipped():
            return cleaned
        for language in LANGUAGE_NAMES:
            self._judge(language, cleaned)
        return cleaned

    def _judge(self, language: str, cleaned: Mapping[str, Any]) -> None:
        parts = (("text", "sms"),) if self.is_text else (("subject", "subject"), ("text", "email"))
        for name, kind in parts:
            said = cleaned.get(f"{name}_{language}") or ""
            found = sayable.wrong(said, kind, self.limits)
            if kind == "sms" and not found:
                found = [series.unasked_length(self._said(language), self.limits)]
            for each in filter(None, found):
                self.add_error(f"{name}_{language}", each)

    def _said(self, language: str) -> dict[str, Any]:
        given = self.cleaned_data
        said: dict[str, Any] = {"text": given.get(f"text_{language}") or ""}
        if not self.is_text:
            return {"subject": given.get(f"subject_{language}") or "", **said}
        if given.get("long") and (parts := sayable.length(said["text"], self.limits).parts) > 1:
            said["parts"] = parts
        return said

    def _is_shipped(self) -> bool:
        """The words are the shipped ones, letter by letter, in both languages."""
        if self.shipped is None:
            return False
        given = self.cleaned_data
        return all(
            (given.get(f"subject_{code}") or "", given.get(f"text_{code}") or "")
            == tuple(_tidied(each) for each in self.shipped[code])
            for code in LANGUAGE_NAMES
        )

    def written(self) -> tuple[str, dict[str, Any] | None]:
        """(id of the words, empty when it is not sent; the clinic's own words, also kept while it is not sent)."""
        if self._is_shipped():
            return (self.shipped["name"] if self.is_used and self.shipped else ""), None
        own = {code: said for code in LANGUAGE_NAMES if any((said := self._said(code)).values())}
        return (self.own_name if self.is_used else ""), own or None


def _tidied(text: str) -> str:
    """As a field hands it back."""
    return str(NotesField(required=False).to_python(text))

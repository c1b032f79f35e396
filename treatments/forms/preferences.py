"""What a client wants to be written about, on what, and in which language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy

from clinic import preferences
from clinic.models import Client

CHANNELS = {"email": gettext_lazy("E-mail"), "sms": gettext_lazy("Text message")}


@dataclass(frozen=True, slots=True)
class TopicRow:
    """One topic with its boxes, as the page draws them."""

    label: str
    boxes: list[BoundField]


class PreferencesForm(forms.Form):
    """A box for each topic on each channel that has an address; the language."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=Client.Language.choices, widget=forms.RadioSelect
    )

    def __init__(
        self, data: Mapping[str, Any] | None, *, client: Client, typed: Mapping[str, str], **kwargs: Any
    ) -> None:
        self.table = preferences.table(client)
        initial: dict[str, Any] = {"language": client.language}
        if typed and data is None:  # shown again in the other language, as it was filled in
            initial |= {name: typed[name] for name in typed if name in self.base_fields}
        super().__init__(data, initial=initial, **kwargs)
        for row in self.table:
            for channel, wanted in row.wanted.items():
                name = f"{row.topic}:{channel}"
                ticked = name in typed if typed and data is None else wanted
                self.fields[name] = forms.BooleanField(label=CHANNELS[channel], required=False, initial=ticked)

    @property
    def topics(self) -> Iterator[TopicRow]:
        """The topics in order, each with its channels."""
        for row in self.table:
            yield TopicRow(row.label, [self[f"{row.topic}:{channel}"] for channel in row.wanted])

    @property
    def reachable(self) -> bool:
        """There is an address to write to at all."""
        return any(row.wanted for row in self.table)

    @property
    def wanted(self) -> set[tuple[str, str]]:
        """(topic, channel) of every box that was ticked; only after `is_valid()`."""
        return {
            (row.topic, channel)
            for row in self.table
            for channel in row.wanted
            if self.cleaned_data[f"{row.topic}:{channel}"]
        }

    @property
    def contact(self) -> dict[str, Any]:
        """What belongs to the client's record."""
        return {"language": self.cleaned_data["language"]}

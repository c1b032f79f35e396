"""What a client wants to be written about, on what, and in which language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext, gettext_lazy

from clinic import preferences
from clinic.models import Client

#: Zones where people live, by their part of the world; the rest are old names and fixed offsets.
AREAS = ("America", "Europe", "Africa", "Asia", "Atlantic", "Australia", "Indian", "Pacific")


def zones() -> list[tuple[str, Any]]:
    """The clinic's own first, then every zone by part of the world."""
    found: dict[str, list[tuple[str, str]]] = {area: [] for area in AREAS}
    for name in sorted(available_timezones()):
        area, _, place = name.partition("/")
        if place and area in found:
            found[area].append((name, place.replace("_", " ").replace("/", ", ")))
    return [("", gettext("As the clinic")), *found.items()]


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

    quiet_from = forms.TimeField(
        label=gettext_lazy("No messages from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    quiet_until = forms.TimeField(
        label=gettext_lazy("until"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Your time zone"), required=False, choices=zones,
        help_text=gettext_lazy("Only if you live where the clock shows another time."),
    )  # fmt: skip

    def __init__(
        self, data: Mapping[str, Any] | None, *, client: Client, typed: Mapping[str, str], **kwargs: Any
    ) -> None:
        self.table = preferences.table(client)
        initial: dict[str, Any] = {name: getattr(client, name) for name in self.base_fields}
        if typed and data is None:  # shown again in the other language, as it was filled in
            initial |= {name: typed[name] for name in typed if name in self.base_fields}
        super().__init__(data, initial=initial, **kwargs)
        for row in self.table:
            for channel, wanted in row.wanted.items():
                name = f"{row.topic}:{channel}"
                ticked = name in typed if typed and data is None else wanted
                self.fields[name] = forms.BooleanField(
                    label=CHANNELS[channel], required=False, initial=ticked,
                    widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
                )  # fmt: skip

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
        return {name: self.cleaned_data[name] for name in self.base_fields}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        begins, ends = data.get("quiet_from"), data.get("quiet_until")
        if "quiet_from" not in self.errors and "quiet_until" not in self.errors:
            if (begins is None) != (ends is None):
                self.add_error("quiet_from", gettext("Please fill in both times, or neither."))
            elif begins is not None and begins == ends:
                self.add_error("quiet_from", gettext("Please choose two different times."))
        return data

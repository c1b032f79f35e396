"""The timeline of a session that is being closed: each line on or off, its time, its channels; lines of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from clinic import quiet_hours, sms_length
from clinic.forms.fields import NotesField
from treatments import clock
from treatments.entries import DROPPED, SKIPPED, Entry
from treatments.moments import Place
from treatments.series import CHANNELS, FARTHEST, What
from treatments.telling import telling_words

CHANNEL_WORDS = {"email": "E-mail", "sms": "Text", "both": "E-mail and text"}
MOST_OWN = 3
OWN_LASTS = timedelta(days=1)
LONGEST_OWN = 600


@dataclass(frozen=True, slots=True)
class Frame:
    """What a timeline is drawn in: where the client is, when the session ended, which channels are open for what."""

    place: Place
    ended: datetime
    now: datetime
    open_to: dict[str, tuple[str, ...]]  # key -> channels


class TimelineForm(forms.Form):
    """`entries()` is what was chosen. Field names are the line's key and what it is: `h24-on`, `h24-day`, …"""

    timeline = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    own = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=MOST_OWN, required=False)

    def __init__(self, data: Any = None, *, lines: Sequence[Entry], number: int, frame: Frame) -> None:
        super().__init__(None if data is None else data.dict(), initial={"timeline": number})
        self.lines, self.frame = list(lines), frame
        for each in lines:
            if each.state != DROPPED:
                self._line_fields(each)
        self.own_keys = [f"own_{at + 1}" for at in range(self._own_rows(data))]
        for key in self.own_keys:
            self._own_fields(key)

    def _own_rows(self, data: Any) -> int:
        if data is None:
            return 0
        said = str(data.get("own", "0"))
        rows = int(said) if said.isascii() and said.isdigit() and len(said) < 3 else 0
        return min(MOST_OWN, rows + (data.get("then") == "add"))

    def _line_fields(self, each: Entry) -> None:
        local = each.due_at.astimezone(self.frame.place.zone)
        self._time_fields(each.key, local.date(), local.time())
        self.fields[f"{each.key}-on"] = forms.BooleanField(
            required=False, initial=each.is_on, label="Send",
            widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
        )  # fmt: skip
        channels = [name for name in each.channels if name in self.frame.open_to.get(each.key, ())]
        if len(channels) > 1:
            self._channel_field(each.key, channels, "both")

    def _own_fields(self, key: str) -> None:
        tomorrow = self.frame.ended.astimezone(self.frame.place.zone) + timedelta(days=1)
        self.fields[f"{key}-words"] = NotesField(
            label="Your words", required=False, max_length=LONGEST_OWN,
            widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
            help_text="Greeting and the clinic’s name are added. A text names nothing about health.",
        )  # fmt: skip
        self._time_fields(key, tomorrow.date(), tomorrow.time().replace(second=0, microsecond=0))
        if f"{key}-day" not in self.data:  # just added: it begins with a time that can be
            usual = {f"{key}-{name}": self.fields[f"{key}-{name}"].initial for name in ("day", "time")}
            self.data = {**self.data, **{name: str(value)[:10] for name, value in usual.items()}}
        channels = [name for name in CHANNELS if name in self.frame.open_to.get("own", ())]
        if channels:
            self._channel_field(key, channels, channels[0])

    def _time_fields(self, key: str, day: date, hour: time) -> None:
        self.fields[f"{key}-day"] = forms.DateField(
            label="Day", initial=day, required=False,
            widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
            validators=[MinValueValidator(clock.FIRST_DAY), MaxValueValidator(clock.LAST_DAY)],
        )  # fmt: skip
        self.fields[f"{key}-time"] = forms.TimeField(
            label="Hour", initial=hour.replace(second=0, microsecond=0), required=False,
            widget=forms.TimeInput(attrs={"type": "time", "class": "form-control"}, format="%H:%M"),
            error_messages={"invalid": "Write the time as 14:30."},
        )  # fmt: skip

    def _channel_field(self, key: str, channels: Sequence[str], initial: str) -> None:
        names = [*(["both"] if len(channels) > 1 else []), *channels]
        self.fields[f"{key}-channel"] = forms.ChoiceField(
            label="By",
            choices=[(name, CHANNEL_WORDS[name]) for name in names],
            initial=initial,
            required=False,
            widget=forms.Select(attrs={"class": "form-select"}),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.chosen = [self._chosen(each, cleaned) for each in self.lines]
        self.chosen += [own for key in self.own_keys if (own := self._own(key, cleaned)) is not None]
        return cleaned

    def _chosen(self, each: Entry, cleaned: dict[str, Any]) -> Entry:
        if each.state == DROPPED:
            return each
        if not cleaned.get(f"{each.key}-on"):
            return replace(each, state=SKIPPED, reason="left out by the therapist")
        channel = cleaned.get(f"{each.key}-channel")
        if channel in CHANNELS:
            each = replace(each, channels=(channel,))
        due = self._due(each.key, cleaned, each.due_at)
        if due == each.due_at:
            return each
        return replace(each, due_at=due, not_after=each.not_after + (due - each.due_at), was_moved=True)

    def _own(self, key: str, cleaned: dict[str, Any]) -> Entry | None:
        words = cleaned.get(f"{key}-words", "")
        if not words:
            return None
        channel = cleaned.get(f"{key}-channel") or ""
        channels = CHANNELS if channel == "both" else (channel,) if channel else ()
        if not channels:
            self.add_error(f"{key}-words", "There is no channel on which this could be sent.")
        if "sms" in channels:
            self._check_text(key, words)
        due = self._due(key, cleaned, self.frame.ended + timedelta(days=1))
        return Entry(
            key, What.WORDS, due, due + OWN_LASTS, tuple(channels), title="Your own words", words=words, was_moved=True
        )  # fmt: skip

    def _check_text(self, key: str, words: str) -> None:
        if found := telling_words(words):
            self.add_error(f"{key}-words", f"Not in a text, where anybody may read it: {', '.join(found)}.")
        room = 160 - 24  # the clinic's name and a colon stand before it
        if sms_length.measure(sms_length.plain(words)).units > room:
            self.add_error(f"{key}-words", f"A text has room for {room} letters. Send this by e-mail, or shorten it.")

    def _due(self, key: str, cleaned: dict[str, Any], usual: datetime) -> datetime:
        """The instant that was asked for; the usual one when nothing was changed, or what was asked cannot be."""
        day, hour = cleaned.get(f"{key}-day"), cleaned.get(f"{key}-time")
        place, local = self.frame.place, usual.astimezone(self.frame.place.zone)
        if day is None or hour is None:
            if f"{key}-day" not in self.errors and f"{key}-time" not in self.errors:
                self.add_error(f"{key}-day", "Say on which day and at which hour.")
            return usual
        if (day, hour) == (local.date(), local.time().replace(second=0, microsecond=0)):
            return usual
        due = quiet_hours.resolve(day, hour, place.zone)
        if due <= self.frame.now:
            self.add_error(f"{key}-time", "This time has passed.")
        elif due - self.frame.ended > FARTHEST:
            self.add_error(f"{key}-day", f"At most {FARTHEST.days} days after the session.")
        elif place.silence.is_quiet(due):
            self.add_error(f"{key}-time", f"Nothing is sent then: quiet hours are {quiet_words(place)}.")
        return due


def quiet_words(place: Place) -> str:
    """ "20:00 to 09:00, 13:00 to 14:00" """
    windows = [each for each in place.silence.windows if each.start != each.end]
    return ", ".join(f"{each.start:%H:%M} to {each.end:%H:%M}" for each in windows)

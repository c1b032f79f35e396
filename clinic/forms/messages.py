"""Forms about what the clinic sends: filters of the log, the owner's rules."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import Div, Fieldset
from django import forms

from clinic import message_rules
from clinic.forms.clients import helper
from clinic.forms.house import DayField, clock
from clinic.message_log import GROUPS, TO
from clinic.message_words import CLINICAL, PLAIN, ROOMS
from clinic.models import Client, Message, UnknownPolicy

STATES = [(name, words) for name, (words, _) in GROUPS.items()] + list(Message.State.choices)
_Choices = list[tuple[str, Any]]


def kinds(*, clinical: bool) -> _Choices:
    """Everything, each room, and in it the kinds whose name the reader may know."""
    known = PLAIN | (CLINICAL if clinical else {})
    choices: _Choices = [("", "Everything")]
    for room, words in ROOMS.items():
        inside = [(kind, name) for kind, name in known.items() if kind.startswith(f"{room}.")]
        choices.append((words, [(f"{room}.", f"{words}: all"), *inside]))
    return choices


class MessageFilterForm(forms.Form):
    """What the reader asked to see; what is on none of the lists counts as not asked. Clients by public id only."""

    state = forms.ChoiceField(choices=[("", "Any"), *STATES], required=False, label="State")
    kind = forms.ChoiceField(required=False, label="Message")
    channel = forms.ChoiceField(choices=[("", "Both"), *Message.Channel.choices], required=False, label="Channel")
    to = forms.ChoiceField(
        choices=[("", "Everybody"), *((name, words) for name, (words, _) in TO.items())], required=False, label="To"
    )
    since = DayField(required=False, max_length=40, label="Due from")
    until = DayField(required=False, max_length=40, label="Due to")
    client = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, clinical: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds(clinical=clinical)  # type: ignore[attr-defined]
        self.helper = helper()

    def clean_client(self) -> Client | None:
        asked = self.cleaned_data["client"]
        return Client.objects.filter(public_id=asked).first() if asked else None

    def facts(self) -> dict[str, Any]:
        """The filters that could be read."""
        self.is_valid()
        return {name: value for name, value in getattr(self, "cleaned_data", {}).items() if value}

    def query(self) -> dict[str, str]:
        """The same filters for an address: what could be read, as it was given."""
        return {name: str(self.data.get(name, "")) for name in self.facts() if self.data.get(name)}


class WorkFilterForm(MessageFilterForm):
    """The work list is about what ended badly only."""

    BAD = [choice for choice in STATES if choice[0] in ("failed", "bounced", "unknown", "expired")]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [("", "All"), *self.BAD]  # type: ignore[attr-defined]


class MessageRulesForm(forms.Form):
    """The owner's rules for everything that is sent; a field for each kind says what happens when nobody can tell."""

    quiet_from = clock("No messages to clients from")
    quiet_until = clock("until")
    alarm_after = forms.IntegerField(
        label="Minutes", min_value=5, max_value=1440,
        help_text=(
            "So long after its moment the oldest message may wait before the owners are written to. The alarm does not "
            "go through the outbox: one mail an hour at most, and one when all is well again."
        ),
    )  # fmt: skip
    keep_messages = forms.IntegerField(
        label="Days", min_value=7, max_value=3650,
        help_text=(
            "So long after it ended a message keeps the address of who is neither client nor staff, and what the "
            "provider said. What was written in it is never kept. The line in the log stays."
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quiet_until"].help_text = (
            "By the clock of where the client is. What falls due inside waits for the end; what a client asks for on "
            "the phone goes at once. The same time twice: never quiet."
        )
        for kind, words in message_rules.KINDS.items():
            self.fields[_policy(kind)] = forms.ChoiceField(
                label=f"{ROOMS[kind.partition('.')[0]]}: {words}", choices=UnknownPolicy.WhenUnknown.choices,
                widget=forms.Select(attrs={"class": "form-select"}),
            )  # fmt: skip
        self.helper = helper(
            Fieldset("Quiet hours", Div("quiet_from", "quiet_until", css_class="row")),
            Fieldset("Alarm when messages are late", "alarm_after"),
            Fieldset("Forgetting", "keep_messages"),
        )
        self.policy_fields = [self[_policy(kind)] for kind in message_rules.KINDS]

    @staticmethod
    def initial_now() -> dict[str, Any]:
        kinds = {_policy(kind): policy for kind, policy in message_rules.policies().items()}
        return message_rules.now_in_force() | kinds

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in message_rules.SETTINGS}

    def policies(self) -> dict[str, str]:
        return {kind: self.cleaned_data[_policy(kind)] for kind in message_rules.KINDS}


def _policy(kind: str) -> str:
    return f"unknown-{kind}"

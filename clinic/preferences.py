"""What a client wants to be written about, and where: topic by topic, channel by channel.

    preferences.wants(client, "check_ins", "sms")   may this go out now: agreed, wanted, and the address works
    preferences.topic_of(message.kind)              "appointments" | "aftercare" | "check_ins" | "forms" | ""
    preferences.refusal(message)                    "" or why a message must not go out (the second look asks this)
    preferences.table(client)                       the rows of a preference page: topic x channel, ticked or not
    preferences.set_topic(client=, topic=, channel=, wanted=, by=, now=, source=)   one choice; never ends the others
    preferences.choose(client=, wanted=, by=, now=, source=)    a whole page of choices at once
    preferences.set_channel(client=, channel=, wanted=, by=, now=, source=)   STOP and START: the whole channel

A choice overrides nothing but itself: without a row the topic follows the consent for its channel. `settings.
MESSAGE_TOPICS` gives each kind of message its topic by the longest beginning, as MESSAGE_RENDERERS does for words.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from clinic import audit, clients, reachability
from clinic.audit import Actor
from clinic.compiled import Asked
from clinic.models import Client, Consent, Message, TopicChoice

Topic = TopicChoice.Topic
CHANNELS = ("email", "sms")


@dataclass(frozen=True, slots=True)
class Row:
    """One topic on a preference page: channel -> wanted. A channel that cannot be used is not in it."""

    topic: str
    label: str
    wanted: dict[str, bool]


def topic_of(kind: str) -> str:
    """What a kind of message is about; "" for what asks for no topic (answers to a client's own words)."""
    names = [name for name in settings.MESSAGE_TOPICS if kind.startswith(name)]
    return str(settings.MESSAGE_TOPICS[max(names, key=len)]) if names else ""


def wants(client: Client, topic: str, channel: str) -> bool:
    """May the clinic write about `topic` on `channel`: agreed to the channel, topic not stopped, address works."""
    return agreed(client, topic, channel) and reachability.works(client, channel)


def agreed(client: Client, topic: str, channel: str) -> bool:
    """The client's own word alone: a yes to the channel and no stop of the topic."""
    return clients.may_message(client, channel) and not _stopped(client, topic, channel)


def refusal(message: Message) -> str:
    """Why a message to a client must not go out, in words for the outbox; "" when nothing stands against it.

    What the client is waiting for at this moment (`at_once`, such as a link asked for on the phone) asks for no topic.
    """
    client = message.client
    if client is None:
        return ""
    if reachability.stopped(client, message.channel):
        return "the address does not work: ask for a new one"
    if message.context.get("at_once"):
        return ""
    stopped = _stopped(client, topic_of(message.kind), message.channel)
    return "the client stopped this topic on this channel" if stopped else ""


def reachable_by(client: Client, topic: str) -> list[str]:
    """The channels a message about `topic` may use; none means that somebody has to ring or write by post."""
    return [channel for channel in CHANNELS if wants(client, topic, channel)]


def table(client: Client) -> list[Row]:
    """Every topic with its channels, as a page shows them: only channels that have an address."""
    chosen = {
        (topic, channel): wanted
        for topic, channel, wanted in TopicChoice.objects.filter(client=client).values_list(
            "topic", "channel", "wanted"
        )
    }
    agreed = clients.channels_agreed(client)
    usable = [channel for channel in CHANNELS if reachability.address(client, channel)]
    return [
        Row(
            topic=value,
            label=str(label),
            wanted={channel: channel in agreed and chosen.get((value, channel), True) for channel in usable},
        )
        for value, label in Topic.choices
    ]


def set_topic(*, client: Client, topic: str, channel: str, wanted: bool, by: Actor, now: datetime, source: str) -> bool:
    """One choice. True when it changed something.

    A yes to a topic on a channel that was declined agrees to the channel too, for this topic alone: the other topics
    on it become a no, so that one tick never brings back what was stopped.
    """
    with audit.transaction():
        _hold(client)
        if channel not in clients.channels_agreed(client):
            if not wanted:
                return False
            for other in set(Topic.values) - {topic}:
                _write(client, other, channel, wanted=False, by=by, now=now, source=source)
            clients.set_channel(client=client, channel=channel, granted=True, by=by, now=now, source=source)
            _write(client, topic, channel, wanted=True, by=by, now=now, source=source)
            return True
        return _write(client, topic, channel, wanted=wanted, by=by, now=now, source=source)


def choose(*, client: Client, wanted: Collection[tuple[str, str]], by: Actor, now: datetime, source: str) -> int:
    """A whole preference page: (topic, channel) pairs that are ticked; all others of usable channels are a no.

    Nothing ticked on a channel ends the channel itself. Returns how many choices changed.
    """
    changed = 0
    with audit.transaction():
        _hold(client)
        before = {(row.topic, channel): is_on for row in table(client) for channel, is_on in row.wanted.items()}
        for channel in {channel for _, channel in before}:
            pairs = [pair for pair in before if pair[1] == channel]
            ticked = [pair for pair in pairs if pair in wanted]
            changed += sum((pair in ticked) != before[pair] for pair in pairs)
            if bool(ticked) != (channel in clients.channels_agreed(client)):
                clients.set_channel(client=client, channel=channel, granted=bool(ticked), by=by, now=now, source=source)
            if ticked:
                for topic, _ in pairs:
                    _write(client, topic, channel, wanted=(topic, channel) in ticked, by=by, now=now, source=source)
    return changed


def set_channel(*, client: Client, channel: str, wanted: bool, by: Actor, now: datetime, source: str) -> bool:
    """STOP and START: the whole channel. START brings back every topic on it. True when it changed something."""
    with audit.transaction():
        _hold(client)
        was = channel in clients.channels_agreed(client)
        if was != wanted:
            clients.set_channel(client=client, channel=channel, granted=wanted, by=by, now=now, source=source)
        lifted = 0
        if wanted:
            for choice in TopicChoice.objects.filter(client=client, channel=channel, wanted=False):
                lifted += _write(client, choice.topic, channel, wanted=True, by=by, now=now, source=source)
    return was != wanted or bool(lifted)


def _stopped(client: Client, topic: str, channel: str) -> bool:
    if not topic:
        return False
    return _TURNED_OFF(client.pk, topic, channel)


_TURNED_OFF = Asked(
    lambda client, topic, channel: TopicChoice.objects.filter(
        client=client, topic=topic, channel=channel, wanted=False
    ),
    -1, "(topic)", "(channel)",
)  # fmt: skip


def _hold(client: Client) -> None:
    """Two pages at once follow one another."""
    list(Client.objects.select_for_update().filter(pk=client.pk).values_list("pk"))


def _write(client: Client, topic: str, channel: str, *, wanted: bool, by: Actor, now: datetime, source: str) -> bool:
    before = TopicChoice.objects.filter(client=client, topic=topic, channel=channel).first()
    if wanted == (before.wanted if before else True):
        return False
    choice = before or TopicChoice(client=client, topic=Topic(topic), channel=Message.Channel(channel))
    choice.wanted, choice.source, choice.changed_at = wanted, Consent.Source(source), now
    choice.changed_by = audit.staff(by)
    choice.save()
    verb = "start" if wanted else "stop"
    audit.record(f"topic.{verb}", by=by, client=client, subject=choice, fields=[topic, channel])
    return True

"""At most one message a day: among the rows of one client, when they are promised and again when they go out.

Both channels of a message count as one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from clinic import audit, outbox, preferences
from clinic.models import Client, Message
from clinic.outbox import NotNow, NotWanted
from treatments import moments, wording
from treatments.moments import Moment, Place
from treatments.series import What

KIND = "aftercare."
_GONE = (Message.State.SENT, Message.State.UNKNOWN)
_WAITING = (Message.State.SCHEDULED, Message.State.SENDING)
_AGAIN_IN = timedelta(minutes=10)
# Rows that were written before they said what they are.
_SHIPPED = frozenset(row["key"] for row in wording.built_in()["lines"])
_WHAT_OF = {"pre_next": What.REMINDER, "same_day": What.ADVICE, "h48": What.HOME}


@dataclass(frozen=True, slots=True)
class Group:
    """One message on all its channels."""

    about: UUID | None
    key: str
    rows: tuple[Message, ...]

    @property
    def name(self) -> str:
        return f"{self.about}:{self.key}"

    @property
    def moment(self) -> Moment:
        first = min(self.rows, key=lambda row: row.due_at)
        return Moment(self.name, first.due_at, first.not_after, what=what_of(first))


def line_key(message: Message) -> str:
    """The line of a series that a message came from."""
    return message.key.split(":")[1] if message.key.count(":") > 1 else message.kind.removeprefix(KIND)


def what_of(message: Message) -> What:
    """What a row is."""
    said = message.context.get("what")
    return What(said) if said in list(What) else _WHAT_OF.get(line_key(message), What.CHECK_IN)


def kind_of(key: str, what: What) -> str:
    """The kind of row a line makes: a shipped line has one of its own, the clinic's lines that of what they are."""
    return f"{KIND}{key if key in _SHIPPED else what}"


def topic_of(key: str, what: What) -> str:
    """What a client may decline it as."""
    return preferences.topic_of(kind_of(key, what))


def rows_of(client: Client) -> QuerySet[Message]:
    """Every row of aftercare for a client."""
    return Message.objects.filter(client=client, kind__startswith=KIND).defer("recipient")


def arrange(
    *, client: Client, about: UUID, wanted: Sequence[Moment], place: Place, by: audit.Actor, now: datetime
) -> list[Moment]:
    """New messages of one session beside those the client has waiting: each on a day of its own.

    Waiting ones that are less important are moved, or taken back with their reason.
    """
    waiting = _groups(rows_of(client).filter(state=Message.State.SCHEDULED, not_after__gt=now).exclude(about_id=about))
    others = {group.name: group for group in waiting}
    asked = [*wanted, *(group.moment for group in waiting)]
    placed = moments.one_a_day(asked, place=place, taken=_taken(client, place, now))
    for before, after in zip(asked[len(wanted) :], placed[len(wanted) :], strict=True):
        if after.missed:
            _take_back(others[after.name], after.missed, by=by, now=now)
        elif after.due_at != before.due_at:
            for row in others[after.name].rows:
                outbox.move(row, due_at=after.due_at, not_after=after.not_after, by=by, now=now)
    return placed[: len(wanted)]


def _take_back(group: Group, reason: str, *, by: audit.Actor, now: datetime) -> None:
    outbox.cancel(about_id=group.about, key_prefix=f"{group.about}:{group.key}:", reason=reason, by=by, now=now)


def _taken(client: Client, place: Place, now: datetime) -> set[date]:
    """Days on which something went out, or is going out."""
    rows = rows_of(client).filter(state__in=(*_GONE, Message.State.SENDING), due_at__gt=now - timedelta(days=3))
    return {place.day(row.sent_at or row.body_started_at or now) for row in rows}


def _groups(rows: Iterable[Message]) -> list[Group]:
    found: dict[tuple[UUID | None, str], list[Message]] = defaultdict(list)
    for row in rows:
        found[row.about_id, line_key(row)].append(row)
    return [Group(about, key, tuple(each)) for (about, key), each in found.items()]


def check_turn(message: Message, *, place: Place, now: datetime) -> None:
    """Is it this message's day? NotNow or NotWanted when another went out today, or is due and more important.

    Every sender sees the same order, so of two that are due at once both let the same one go.
    """
    own = (message.about_id, line_key(message))
    rows = rows_of(_client(message)).filter(state__in=(*_GONE, *_WAITING), due_at__gt=now - moments.LONGEST_WAIT)
    for group in _groups(row for row in rows if (row.about_id, line_key(row)) != own):
        if any(_went_out_on(row, place.day(now), place) for row in group.rows):
            later = moments.next_day(now, _moment(message), place)
            if later > message.not_after:
                raise NotWanted(moments.ANOTHER)
            raise NotNow(moments.ANOTHER, until=later)
        if any(row.state in _WAITING and row.due_at <= now < row.not_after for row in group.rows) and _order(
            group.moment
        ) < _order(_moment(message)):
            raise NotNow(moments.ANOTHER, until=min(now + _AGAIN_IN, message.not_after))


def _client(message: Message) -> Client:
    assert message.client is not None
    return message.client


def _moment(message: Message) -> Moment:
    name = f"{message.about_id}:{line_key(message)}"
    return Moment(name, message.due_at, message.not_after, what=what_of(message))


def _order(moment: Moment) -> tuple[int, datetime, str]:
    return moment.what.rank, moment.due_at, moment.name


def _went_out_on(row: Message, day: date, place: Place) -> bool:
    went = row.sent_at or row.body_started_at
    return went is not None and place.day(went) == day

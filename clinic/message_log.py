"""The log of what the clinic sends: filtered, paged by moment and id (never counted), without a body or an address."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from clinic.access import charts_open_to
from clinic.message_words import happened, words_for
from clinic.models import Client, Message, User
from clinic.permissions import Permission

State = Message.State
PER_PAGE = 50
#: What waits for a person. An unknown one that is still being asked about is not among it yet.
ATTENTION = Q(state__in=(State.FAILED, State.EXPIRED)) | Q(state=State.UNKNOWN, parked_at__isnull=False)
#: Choices of the filter by state that mean several.
GROUPS: dict[str, tuple[str, Q]] = {
    "waiting": ("Waiting", Q(state__in=(State.SCHEDULED, State.SENDING))),
    "attention": ("Needs a person", ATTENTION),
    "bounced": ("Came back", Q(state=State.FAILED, end_reason__startswith="it came back")),
}
TO = {
    "clients": ("Clients", Q(client__isnull=False)),
    "staff": ("Staff", Q(user__isnull=False)),
    "others": ("Somebody else", Q(client=None, user=None)),
}
Answers = Callable[[Sequence[Message]], Mapping[int, datetime]]


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows of the log, newest first, and the marks to go on from on both sides."""

    rows: Sequence[Message]
    older: str
    newer: str


@dataclass(frozen=True, slots=True)
class Line:
    """One message as the log shows it to one reader."""

    row: Message
    what: str
    happened: str
    answered_at: datetime | None
    may_decide: bool


def matching(
    rows: QuerySet[Message],
    *,
    zone: ZoneInfo,
    state: str = "",
    kind: str = "",
    channel: str = "",
    to: str = "",
    client: Client | None = None,
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[Message]:
    """Those rows that fit every filter given; days are the clinic's, and the day a message was due."""
    if state:
        rows = rows.filter(GROUPS[state][1] if state in GROUPS else Q(state=state))
    if kind:
        rows = rows.filter(kind__startswith=kind) if kind.endswith(".") else rows.filter(kind=kind)
    if channel:
        rows = rows.filter(channel=channel)
    if to:
        rows = rows.filter(TO[to][1])
    if client is not None:
        rows = rows.filter(client=client)
    if since is not None:
        rows = rows.filter(due_at__gte=datetime.combine(since, time.min, zone))
    if until is not None:
        rows = rows.filter(due_at__lt=datetime.combine(until + timedelta(days=1), time.min, zone))
    return rows


def so_far(rows: QuerySet[Message], asked: Collection[str], *, now: datetime) -> QuerySet[Message]:
    """A log begins with what was due: what lies ahead is seen by asking for it, for a client or for days."""
    return rows if {"state", "since", "until", "client"} & set(asked) else rows.filter(due_at__lte=now)


def page(rows: QuerySet[Message], *, before: str = "", after: str = "", size: int = PER_PAGE) -> Slice:
    """The newest rows, those older than the mark `before` or newer than `after`; nonsense means the newest."""
    rows = rows.select_related("client", "user", "decided_by").defer("recipient", "context")
    if (mark := _read(after)) is not None:
        at, pk = mark
        ahead = rows.filter(due_at__gte=at).filter(Q(due_at__gt=at) | Q(pk__gt=pk)).order_by("due_at", "id")
        found = list(ahead[: size + 1])
        shown = found[:size][::-1]
        return Slice(shown, _mark(shown[-1]) if shown else "", _mark(shown[0]) if len(found) > size else "")
    mark = _read(before)
    if mark is not None:
        at, pk = mark
        # The first condition is implied by the second; it lets the database begin at the right place of the index.
        rows = rows.filter(due_at__lte=at).filter(Q(due_at__lt=at) | Q(pk__lt=pk))
    found = list(rows.order_by("-due_at", "-id")[: size + 1])
    shown = found[:size]
    return Slice(shown, _mark(shown[-1]) if len(found) > size else "", _mark(shown[0]) if mark and shown else "")


def _mark(row: Message) -> str:
    text = f"{row.due_at.isoformat()}|{row.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(mark: str | None) -> tuple[datetime, int] | None:
    """Where a mark stands; None for anything that is none."""
    if not mark or len(mark) > 100 or not mark.isascii():
        return None
    try:
        at, _, pk = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)).decode("ascii").partition("|")
        moment, number = datetime.fromisoformat(at), int(pk)
        return (moment, number) if moment.tzinfo and 0 <= number < 2**62 else None
    except (ValueError, OverflowError):
        return None


def may_decide(user: User, message: Message) -> bool:
    """What goes to staff (alarms, invitations, the seal of the audit) is the owner's to stop or send again."""
    if message.client_id is None:
        return user.can(Permission.STAFF_MANAGE) or not message.kind.startswith("staff.")
    return user.can(Permission.OUTBOX_READ)


def lines(rows: Sequence[Message], *, reader: User) -> list[Line]:
    """The rows in the words this reader may have. Two queries more than the rows themselves, however many they are."""
    opened = _charts(rows, reader)
    answers = answered(rows)
    acts = reader.can(Permission.OUTBOX_READ)
    return [
        Line(
            row=row,
            what=words_for(row.kind, clinical=row.client_id in opened),
            happened=happened(row),
            answered_at=answers.get(row.pk),
            may_decide=acts and may_decide(reader, row),
        )
        for row in rows
    ]


def _charts(rows: Sequence[Message], reader: User) -> set[int | None]:
    """The clients among these whose chart is open to the reader."""
    if not reader.can(Permission.CLINICAL_READ):
        return set()
    ids = {row.client_id for row in rows if row.client_id}
    # Messages to staff are about nobody in particular: no client is named in them.
    return {None, *charts_open_to(reader).filter(pk__in=ids).values_list("pk", flat=True)}


def answered(rows: Sequence[Message]) -> dict[int, datetime]:
    """When the question in a message was answered, as the rooms above tell (settings.MESSAGE_ANSWERS)."""
    found: dict[int, datetime] = {}
    for begin, name in settings.MESSAGE_ANSWERS.items():
        if asked := [row for row in rows if row.kind.startswith(begin) and row.about_id]:
            tell: Answers = import_string(name)
            found |= tell(asked)
    return found


COLUMNS = (
    "message", "kind", "to", "channel", "due", "state", "sent", "ended", "tries", "put off", "reason", "decision",
    "decided",
)  # fmt: skip


def exported(rows: QuerySet[Message], *, zone: ZoneInfo) -> Iterator[list[str]]:
    """The log as rows of a table: no name, no address, nothing of what a person wrote."""
    yield list(COLUMNS)
    names = (
        "public_id", "kind", "client_id", "user_id", "channel", "due_at", "state", "sent_at", "ended_at", "attempts",
        "deferrals", "end_reason", "decision", "decided_at",
    )  # fmt: skip
    for row in rows.order_by("-due_at", "-id").values(*names).iterator(chunk_size=2000):
        to = "client" if row["client_id"] else "staff" if row["user_id"] else "other"
        yield [
            safe(str(cell))
            for cell in (
                row["public_id"], words_for(row["kind"]), to, row["channel"], _when(row["due_at"], zone),
                str(State(row["state"]).label), _when(row["sent_at"], zone), _when(row["ended_at"], zone),
                row["attempts"], row["deferrals"], row["end_reason"], row["decision"], _when(row["decided_at"], zone),
            )
        ]  # fmt: skip


def safe(cell: str) -> str:
    """A spreadsheet runs what begins like a formula; a quote before it makes it text again."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else cell


def _when(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if moment else ""

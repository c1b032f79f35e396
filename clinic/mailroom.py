"""What the outbox page tells: how much waits, since when, what needs a person. Never a body, never an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from clinic.models import Heartbeat, Message, User
from clinic.outbox import ENDED_BADLY
from clinic.permissions import Permission

State = Message.State

#: The tabs of the page, in order.
GROUPS: dict[str, tuple[str, tuple[State, ...]]] = {
    "attention": ("Needs a person", ENDED_BADLY),
    "waiting": ("Waiting", (State.SCHEDULED, State.SENDING)),
    "sent": ("Sent", (State.SENT,)),
    "ended": ("Not sent", (State.CANCELLED,)),
}
ROOMS = {"intake": "Forms", "aftercare": "Aftercare", "staff": "To staff"}
KINDS = {
    "intake.invitation": "Health history link",
    "intake.locked": "A link was closed",
    "intake.urgent": "A form needs a look",
    "intake.arrived": "A form came in",
    "intake.consent.agreements": "Link to their agreements",
    "aftercare.same_day": "After the visit",
    "aftercare.h24": "How is it after a day?",
    "aftercare.h48": "Home plan, two days on",
    "aftercare.h72": "How is it after three days?",
    "aftercare.pre_next": "Reminder of the next visit",
    "aftercare.d7": "How is it after a week?",
    "aftercare.d14": "How is it after two weeks?",
    "aftercare.tip": "A tip, two days on",
    "aftercare.rebook": "Visits left in the plan",
    "aftercare.words": "A word from the therapist",
    "aftercare.check_in": "How is it now?",
    "aftercare.advice": "Advice after the visit",
    "aftercare.home": "Home plan",
    "aftercare.book": "Invitation to book",
    "aftercare.reminder": "Reminder of the next visit",
    "staff.call_back": "A call-back is due",
    "staff.invitation": "Invitation to the staff",
    "staff.password_reset": "New password",
    "staff.audit_head": "Seal of the audit trail",
    "staff.sweep_created": "Missing messages were found",
    "staff.emergency_access": "A record was opened in an emergency",
}
BEATS = {"worker": "Worker", "scheduler": "Scheduler", "sender": "Sender without a broker"}
STILL = timedelta(minutes=2)  # no beat for so long: stopped
LATE = timedelta(minutes=5)  # the oldest message waits so long: something is wrong


def may_decide(user: User, message: Message) -> bool:
    """What goes to staff (alarms, invitations, the seal of the audit) is the owner's to stop or send again."""
    return not message.kind.startswith("staff.") or user.can(Permission.STAFF_MANAGE)


def words_for(kind: str) -> str:
    """What a kind of message is, for people."""
    room, _, what = kind.partition(".")
    return KINDS.get(kind) or f"{ROOMS.get(room, room.capitalize())}: {what.replace('_', ' ')}"


@dataclass(frozen=True, slots=True)
class Filter:
    """What the reader asked to see; anything not on the lists counts as not asked."""

    group: str = "waiting"
    channel: str = ""
    room: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str], *, default: str) -> Filter:
        def one(name: str, known: Mapping[str, object] | list[str], otherwise: str = "") -> str:
            value = asked.get(name, "")
            return value if value in known else otherwise

        return cls(one("show", GROUPS, default), one("channel", Message.Channel.values), one("room", ROOMS))

    def rows(self) -> QuerySet[Message]:
        """The messages asked for: what waits by its moment, what is over newest first."""
        rows = Message.objects.filter(state__in=GROUPS[self.group][1])
        if self.channel:
            rows = rows.filter(channel=self.channel)
        if self.room:
            rows = rows.filter(kind__startswith=f"{self.room}.")
        order = ("next_attempt_at", "id") if self.group == "waiting" else ("-due_at", "-id")
        return rows.select_related("client", "user").defer("recipient", "context").order_by(*order)


@dataclass(frozen=True, slots=True)
class Beat:
    """When a process of the clinic was last heard of."""

    words: str
    at: datetime
    still: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """The page's numbers."""

    waiting: int
    attention: int
    sent_today: int
    oldest_due: datetime | None
    late: bool
    beats: list[Beat]


def summary(*, now: datetime) -> Summary:
    """How the outbox stands."""
    due = Message.objects.filter(state=State.SCHEDULED, next_attempt_at__lte=now)
    oldest = due.order_by("next_attempt_at").values_list("next_attempt_at", flat=True).first()
    waiting, attention = Q(state__in=GROUPS["waiting"][1]), Q(state__in=ENDED_BADLY)
    sent_today = Q(sent_at__gt=now - timedelta(days=1))
    counts = Message.objects.filter(waiting | attention | sent_today).aggregate(
        waiting=Count("pk", filter=waiting),
        attention=Count("pk", filter=attention),
        sent_today=Count("pk", filter=sent_today),
    )
    return Summary(
        **counts,
        oldest_due=oldest,
        late=bool(oldest and now - oldest > LATE),
        beats=[
            Beat(BEATS.get(row.name, row.name), row.beat_at, now - row.beat_at > STILL)
            for row in Heartbeat.objects.order_by("-name")
        ],
    )

"""How the outbox stands at this moment: what waits and since when, the last day by the hour, who is alive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncHour

from clinic import lateness, message_log
from clinic.hourchart import Hour
from clinic.models import Heartbeat, Message, Relay, User
from clinic.outbox import ENDED_BADLY
from clinic.permissions import Permission

State = Message.State
BEATS = {"worker": "Worker", "scheduler": "Scheduler", "sender": "Sender without a broker"}
STILL = timedelta(minutes=2)  # no beat for so long: stopped
HOURS = 24
MOST_COUNTED = 100  # the badge says "99+": counting on would only cost
_BARS = {State.SENT: "sent", State.FAILED: "failed", State.EXPIRED: "missed"}


def needs_a_person(user: User) -> QuerySet[Message]:
    """The work list: what ended badly and this person may decide about."""
    rows = Message.objects.filter(message_log.ATTENTION)
    if not user.can(Permission.OUTBOX_READ):
        return rows.none()
    return rows if user.can(Permission.STAFF_MANAGE) else rows.exclude(kind__startswith="staff.")


def count_for(user: User) -> int:
    """How many wait for this person's decision, up to MOST_COUNTED."""
    return needs_a_person(user).order_by()[:MOST_COUNTED].count()


@dataclass(frozen=True, slots=True)
class Beat:
    """When a process of the clinic was last heard of."""

    words: str
    at: datetime
    still: bool


@dataclass(frozen=True, slots=True)
class Provider:
    """Who carries a channel's messages, and until when it is left alone because it did not answer."""

    words: str
    failures: int = 0
    locked_out: bool = False
    away_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """The page's numbers."""

    due: int
    waiting: int
    sending: int
    attention: int
    sent_today: int
    oldest_due: datetime | None
    late_since: datetime | None
    beats: list[Beat]
    providers: list[Provider]

    @property
    def away(self) -> list[str]:
        """Channels whose provider does not answer."""
        return [provider.words for provider in self.providers if provider.away_until]

    @property
    def sentence(self) -> str:
        """The state in one line: what a screen reader is told when it changes, and only then."""
        if self.late_since:
            return "Messages are late."
        still = [beat.words.lower() for beat in self.beats if beat.still]
        if still:
            return f"Messages go out, but something stopped: {', '.join(still)}."
        if self.away:
            channels = " and ".join(self.away)
            return f"The provider for {channels} does not answer. Messages wait and are tried again by themselves."
        if not self.beats:
            return "No sender has been heard of yet."
        return "All well: messages go out on time."

    @property
    def well(self) -> bool:
        still = any(beat.still for beat in self.beats)
        return not self.late_since and bool(self.beats) and not still and not self.away


def summary(*, now: datetime) -> Summary:
    """How the outbox stands."""
    due = Q(state=State.SCHEDULED, next_attempt_at__lte=now)
    oldest = Message.objects.filter(due).order_by("next_attempt_at").values_list("next_attempt_at", flat=True).first()
    day = Message.objects.filter(state=State.SENT, ended_at__gt=now - timedelta(days=1))
    open_rows = Message.objects.filter(state__in=(State.SCHEDULED, State.SENDING, *ENDED_BADLY))
    counts = open_rows.aggregate(
        due=Count("pk", filter=due),
        waiting=Count("pk", filter=Q(state=State.SCHEDULED)),
        sending=Count("pk", filter=Q(state=State.SENDING)),
        attention=Count("pk", filter=message_log.ATTENTION),
    )
    return Summary(
        **counts,
        sent_today=day.count(),
        oldest_due=oldest,
        late_since=lateness.late_since(now),
        beats=beats(now),
        providers=providers(now),
    )


def beats(now: datetime) -> list[Beat]:
    """The processes that were ever heard of and not stopped on purpose."""
    return [
        Beat(BEATS.get(row.name, row.name), row.beat_at, now - row.beat_at > STILL)
        for row in Heartbeat.objects.order_by("-name")
    ]


def providers(now: datetime) -> list[Provider]:
    """One for each channel; one that never failed has no row."""
    known = {row.channel: row for row in Relay.objects.all()}
    found = []
    for channel, words in Message.Channel.choices:
        row = known.get(channel) or Relay(channel=channel)
        until = row.open_until if row.open_until and row.open_until > now else None
        found.append(Provider(str(words), row.failures, row.locked_out, until))
    return found


def by_hour(*, now: datetime) -> list[Hour]:
    """The last 24 hours, the present one last. By hours of UTC: none comes twice when the clocks change."""
    this = now.replace(minute=0, second=0, microsecond=0)
    first = this - timedelta(hours=HOURS - 1)
    ended = Message.objects.filter(ended_at__gte=first, state__in=list(_BARS)).order_by()
    rows = ended.annotate(hour=TruncHour("ended_at")).values_list("hour", "state").annotate(count=Count("pk"))
    found = {(hour, _BARS[State(state)]): count for hour, state, count in rows}
    hours = [first + timedelta(hours=n) for n in range(HOURS)]
    return [Hour(at, **{name: found.get((at, name), 0) for name in _BARS.values()}) for at in hours]

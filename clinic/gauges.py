"""The outbox in numbers, for the live page, `/healthz` and the owner's alarms. Nothing in them is about a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Sum
from django.utils import timezone

from clinic import claims
from clinic.models import Heartbeat, Message, OutboxCount, Relay

State = Message.State
DAY = timedelta(days=1)
#: An unknown message that nobody has settled for so long is an alarm of its own.
UNSETTLED = timedelta(minutes=30)
#: What is counted as it happens. "reconciled_…": who settled an unknown message; the relay, a resend, a person.
COUNTED = (
    "fence_refused",
    "reaper_rescued",
    "reconciled_relay",
    "reconciled_resend",
    "reconciled_person",
    "sweep_created",
)


@dataclass(frozen=True, slots=True)
class Gauges:
    """How the outbox stands at one moment, by the database's clock. Ages and differences in seconds."""

    at: datetime
    oldest_due_age_s: float
    backlog: int
    sending: int
    unknown: int
    unknown_over_30_min: int
    failed_24h: int
    expired_24h: int
    sent_24h: int
    counted_24h: dict[str, int]
    heartbeat_age_s: dict[str, float]
    relays: list[Relay]
    clock_difference_s: float


def count(name: str, number: int = 1) -> None:
    """Add to what happened in this hour. In the caller's transaction, so that what was undone is not counted."""
    if name not in COUNTED:
        raise ValueError(f"nobody counts {name}")
    hour = claims.database_now().replace(minute=0, second=0, microsecond=0)
    row, _ = OutboxCount.objects.get_or_create(name=name, hour=hour)
    OutboxCount.objects.filter(pk=row.pk).update(count=F("count") + number)


def read() -> Gauges:
    """Every number at once, each from an index."""
    now, here = claims.database_now(), timezone.now()
    due = Message.objects.filter(state=State.SCHEDULED, next_attempt_at__lte=now)
    oldest = due.order_by("next_attempt_at", "id").values_list("next_attempt_at", flat=True).first()
    unknown = Message.objects.filter(state=State.UNKNOWN)
    ended = Message.objects.filter(ended_at__gt=now - DAY)
    counted = OutboxCount.objects.filter(hour__gt=now - DAY).values_list("name").annotate(Sum("count"))
    return Gauges(
        at=now,
        oldest_due_age_s=(now - oldest).total_seconds() if oldest else 0.0,
        backlog=due.count(),
        sending=Message.objects.filter(state=State.SENDING).count(),
        unknown=unknown.count(),
        unknown_over_30_min=unknown.filter(ended_at__lt=now - UNSETTLED).count(),
        failed_24h=ended.filter(state=State.FAILED).count(),
        expired_24h=ended.filter(state=State.EXPIRED).count(),
        sent_24h=ended.filter(state=State.SENT).count(),
        counted_24h=dict.fromkeys(COUNTED, 0) | dict(counted),
        heartbeat_age_s={
            name: _age(beat_at, now) for name, beat_at in Heartbeat.objects.values_list("name", "beat_at")
        },
        relays=list(Relay.objects.order_by("channel")),
        clock_difference_s=(here - now).total_seconds(),
    )


def _age(then: datetime, now: datetime) -> float:
    return max(0.0, (now - then).total_seconds())

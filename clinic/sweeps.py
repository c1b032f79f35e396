"""The rounds that keep the outbox honest. All may run any number of times, anywhere, at once.

Each works through small batches, a transaction each: after a weekend's outage tens of thousands of rows are over at
once, and neither the memory nor the people who work meanwhile may notice. No row is read whole, so that one which
cannot be read is ended like the others.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from clinic import audit, claims, gauges, outbox, whereabouts
from clinic.delivery import quiet_failure
from clinic.models import ClinicSettings, Heartbeat, Message, MessageAttempt, User
from clinic.settling import SENDER, bare

log = logging.getLogger(__name__)

State = Message.State
BEAT_EVERY = timedelta(seconds=5)
BATCH = 100
MANY = 1000
#: What a round takes at most; the next one goes on where it stopped.
ROUND_SECONDS = 60.0
STOPPED = "the worker stopped"


def beat(name: str, *, detail: str = "") -> None:
    """Say that a process of the clinic is alive; at most every few seconds, by the database's clock."""
    now = claims.database_now()
    fresh = Heartbeat.objects.filter(name=name, beat_at__gt=now - BEAT_EVERY)
    if not fresh.exists():
        Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": now, "detail": detail[:200]})


def silence(name: str) -> None:
    """A process that was stopped on purpose is not missed."""
    Heartbeat.objects.filter(name=name).delete()


def sweep() -> dict[str, int]:
    """Every half minute: rescue what a dead worker held, end what came too late, tell staff what waits for them."""
    now = claims.database_now()
    for name in settings.STAFF_ROUNDS:
        import_string(name)(now=now)
    return {"rescued": rescue(now), "unknown": give_up(now), "expired": expire(now)}


def rescue(now: datetime) -> int:
    """Claimed, not past the fence, lease over: nothing went out, so it goes back into the queue."""
    rows = Message.objects.filter(state=State.SENDING, lease_until__lt=now, body_started_at=None)
    found = 0
    for message in bare(rows)[:MANY]:
        with quiet_failure("a rescue"), transaction.atomic():
            change = {"state": State.SCHEDULED, "next_attempt_at": now, "last_error": STOPPED, **claims.FREE}
            if rows.filter(pk=message.pk, lease_token=message.lease_token).update(**change):
                _note_try(message, now, phase="claim")
                gauges.count("reaper_rescued")
                found += 1
    if found:
        log.warning("%d messages of a stopped worker are back in the queue", found)
    return found


def give_up(now: datetime) -> int:
    """Past the fence, lease over: it may have arrived. clinic.reconciling asks the relay, or a person.

    The lease token stays, so that an answer which still comes can settle the row.
    """
    rows = Message.objects.filter(state=State.SENDING, lease_until__lt=now, body_started_at__isnull=False)
    found = 0
    for message in bare(rows)[:MANY]:
        with quiet_failure("giving up a message"), audit.transaction():
            changed = rows.filter(pk=message.pk, lease_token=message.lease_token).update(
                state=State.UNKNOWN, ended_at=now, attempts=message.attempts + 1, last_error=STOPPED,
                end_reason="the worker stopped while it was sending",
            )  # fmt: skip
            if changed:
                _note_try(message, message.body_started_at or now, phase="body")
                audit.record("message.unknown", by=SENDER, client=message.client, subject=message)
                found += 1
    if found:
        log.error("%d messages may or may not have arrived", found)
    return found


def _note_try(message: Message, started_at: datetime, *, phase: str) -> None:
    MessageAttempt.objects.create(
        message=message, started_at=started_at, phase=phase, note=STOPPED, worker=message.claimed_by
    )


def expire(now: datetime) -> int:
    """Its moment is past: worse than none. Shown as missed."""
    rows = Message.objects.filter(state=State.SCHEDULED, next_attempt_at__lte=now, not_after__lte=now)
    found, ends = 0, time.monotonic() + ROUND_SECONDS
    while time.monotonic() < ends:
        ended = _expire_some(rows, now)
        found += ended
        if not ended:
            break
    if found:
        log.error("%d messages missed their moment", found)
    return found


def _expire_some(rows: QuerySet[Message], now: datetime) -> int:
    with audit.transaction():
        # Others at the same work take other rows; on SQLite the transaction itself keeps them out.
        free = rows.order_by("next_attempt_at", "id").select_for_update(skip_locked=_can_skip(), of=("self",))
        some = list(bare(free)[:BATCH])
        Message.objects.filter(pk__in=[message.pk for message in some]).update(
            state=State.EXPIRED, ended_at=now, end_reason="its moment was past", **claims.FREE
        )
        for message in some:
            audit.record("message.expired", by=SENDER, client=message.client, subject=message)
    return len(some)


def _can_skip() -> bool:
    return bool(transaction.get_connection().features.has_select_for_update_skip_locked)


def hourly() -> dict[str, int]:
    """The proof that none is lost: every room that must have written messages looks whether they are all there."""
    now = claims.database_now()
    made = {}
    for name in settings.COMPLETENESS_SWEEPS:
        made[name] = 0
        with quiet_failure(name):  # one room's trouble does not keep the others from looking
            made[name] = int(import_string(name)(now=now))
    if total := sum(made.values()):
        log.error("%d messages that should have been there were missing and were made", total)
        with audit.transaction():
            gauges.count("sweep_created", total)
            _tell_owners(total, now)
    return made


def _tell_owners(total: int, now: datetime) -> None:
    for owner in User.objects.filter(is_owner=True, is_active=True):
        outbox.schedule(
            key=f"sweep-created:{now:%Y-%m-%dT%H}:{owner.public_id}", kind="staff.sweep_created", channel="email",
            due_at=now, not_after=now + timedelta(days=2), by=SENDER, now=now, user=owner, context={"made": total},
        )  # fmt: skip


def nightly() -> int:
    """Work out again when promised times are: clinic or client may have moved, or a country changed its clocks."""
    clinic = ClinicSettings.load()
    changed, last = 0, 0
    waiting = Message.objects.filter(state=State.SCHEDULED, attempts=0, deferrals=0)
    facts = ("local_date", "local_time", "time_zone", "due_at", "client__time_zone")
    promised = waiting.select_related("client").only(*facts).order_by("pk")
    while some := list(promised.filter(pk__gt=last)[: BATCH * 5]):
        last = some[-1].pk
        for message in some:
            zone, due = whereabouts.promised(message, clinic)
            if due != message.due_at or message.time_zone != zone:
                changed += waiting.filter(pk=message.pk, due_at=message.due_at).update(
                    time_zone=zone, due_at=due, next_attempt_at=due
                )
    return changed

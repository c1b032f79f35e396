"""The rounds that keep the outbox honest. All may run any number of times, anywhere, at once."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.module_loading import import_string

from clinic import audit, claims, quiet_hours
from clinic.delivery import SENDER
from clinic.models import ClinicSettings, Heartbeat, Message, MessageAttempt

log = logging.getLogger(__name__)

State = Message.State
BEAT_EVERY = timedelta(seconds=5)


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
    """Every half minute: rescue what a dead worker held, end what came too late."""
    now = claims.database_now()
    return {"rescued": rescue(now), "unknown": give_up(now), "expired": expire(now)}


def rescue(now: datetime) -> int:
    """Claimed, not past the fence, lease over: nothing went out, so it goes back into the queue."""
    found = Message.objects.filter(state=State.SENDING, lease_until__lt=now, body_started_at=None).update(
        state=State.SCHEDULED, next_attempt_at=now, lease_token=None, lease_until=None, last_error="the worker stopped"
    )
    if found:
        log.warning("%d messages of a stopped worker are back in the queue", found)
    return found


def give_up(now: datetime) -> int:
    """Past the fence, lease over: it may have arrived. Nobody sends it again but a person.

    The lease token stays, so that an answer which still comes can settle the row.
    """
    rows = Message.objects.filter(state=State.SENDING, lease_until__lt=now, body_started_at__isnull=False)
    found = 0
    for message in rows.select_related("client").defer("recipient"):
        with audit.transaction():
            changed = rows.filter(pk=message.pk, lease_token=message.lease_token).update(
                state=State.UNKNOWN, ended_at=now, attempts=message.attempts + 1, last_error="the worker stopped",
                end_reason="the worker stopped while it was sending",
            )  # fmt: skip
            if not changed:
                continue
            MessageAttempt.objects.create(
                message=message, started_at=message.body_started_at or now, phase="body",
                note="the worker stopped", worker=message.claimed_by,
            )  # fmt: skip
            audit.record("message.unknown", by=SENDER, client=message.client, subject=message)
            found += 1
    if found:
        log.error("%d messages may or may not have arrived: a person must look", found)
    return found


def expire(now: datetime) -> int:
    """Its moment is past: worse than none. Shown as missed."""
    rows = Message.objects.filter(state=State.SCHEDULED, next_attempt_at__lte=now, not_after__lte=now)
    found = 0
    for message in rows.select_related("client").defer("recipient"):
        with audit.transaction():
            if rows.filter(pk=message.pk).update(state=State.EXPIRED, ended_at=now, end_reason="its moment was past"):
                audit.record("message.expired", by=SENDER, client=message.client, subject=message)
                found += 1
    if found:
        log.error("%d messages missed their moment", found)
    return found


def hourly() -> dict[str, int]:
    """The proof that none is lost: every room that must have written messages looks whether they are all there."""
    now = claims.database_now()
    made = {name: int(import_string(name)(now=now)) for name in settings.COMPLETENESS_SWEEPS}
    for name, count in made.items():
        if count:
            log.error("%s made %d messages that should have been there", name, count)
    return made


def nightly() -> int:
    """Work out again when promised times are: the clinic may have moved, or a country changed its clocks."""
    clinic = ClinicSettings.load()
    changed = 0
    waiting = Message.objects.filter(state=State.SCHEDULED, attempts=0, deferrals=0).defer("recipient")
    for message in waiting.iterator(chunk_size=500):
        due = quiet_hours.resolve(message.local_date, message.local_time, clinic.zone)
        if due != message.due_at or message.time_zone != clinic.time_zone:
            changed += Message.objects.filter(pk=message.pk, state=State.SCHEDULED, due_at=message.due_at).update(
                time_zone=clinic.time_zone, due_at=due, next_attempt_at=due
            )
    return changed

"""What Celery runs. Tasks carry no argument and no result: the rows know everything."""

from __future__ import annotations

import threading
from typing import Any

from celery import shared_task
from celery.signals import beat_init
from django.conf import settings

from clinic import delivery, lateness, rounds, sweeps

WORKER = delivery.this_worker()


@shared_task(name="clinic.tasks.send_due")
def send_due() -> None:
    """Send what is due. Asked for every other second by the scheduler, and at once by whoever wrote a message."""
    sweeps.beat("worker")
    delivery.send_due(worker=WORKER, hands=settings.OUTBOX["hands"])


@shared_task(name="clinic.tasks.sweep")
def sweep() -> None:
    """Only the scheduler asks for this: so its running shows that the scheduler lives."""
    sweeps.beat("scheduler")
    rounds.run("sweep")


@shared_task(name="clinic.tasks.reconcile")
def reconcile() -> None:
    """Ask about what may or may not have arrived."""
    rounds.run("reconcile")


@shared_task(name="clinic.tasks.hourly")
def hourly() -> None:
    """Look whether every message that should exist does."""
    rounds.run("hourly")


@shared_task(name="clinic.tasks.nightly")
def nightly() -> None:
    """Work out promised times again; tell the owners the head of the audit; forget what is old."""
    rounds.run("nightly")


@beat_init.connect
def watch_beside_the_scheduler(**_: Any) -> None:
    """The scheduler runs no task itself; when no worker is left, it still sees that messages are late."""
    threading.Thread(target=_beside_the_scheduler, name="watch-lateness", daemon=True).start()


def _beside_the_scheduler() -> None:
    with delivery.quiet_failure("the scheduler's first beat"):
        sweeps.beat("scheduler")  # its first sweep comes half a minute after it started
    lateness.keep_watching()

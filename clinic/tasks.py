"""What Celery runs. Tasks carry no argument and no result: the rows know everything."""

from __future__ import annotations

from celery import shared_task

from clinic import delivery, rounds, sweeps

WORKER = delivery.this_worker()


@shared_task(name="clinic.tasks.send_due")
def send_due() -> None:
    """Send what is due. Asked for every other second by the scheduler, and at once by whoever wrote a message."""
    sweeps.beat("worker")
    delivery.send_due(worker=WORKER)


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

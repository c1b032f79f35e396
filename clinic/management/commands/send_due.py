"""`manage.py send_due [--loop]`: send what is due without a broker or a scheduler."""

from __future__ import annotations

import signal
import time
from argparse import ArgumentParser
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from clinic import delivery, sweeps

ROUND = 2.0  # seconds between looks
HOURLY = 3600.0


class Command(BaseCommand):
    help = "Send every message that is due. With --loop: go on for ever, sweeps included, until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="keep looking every other second")

    def handle(self, *args: Any, **options: Any) -> None:
        worker = delivery.this_worker()
        if not options["loop"]:
            sweeps.sweep()
            tally = delivery.send_due(worker=worker, seconds=24 * 3600)
            self.stdout.write(", ".join(f"{count} {what}" for what, count in sorted(tally.items())) or "nothing due")
            return
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write("sending what falls due; stop with Ctrl-C")
        loop(worker, stop)


def loop(worker: str, stop: Event, *, pause: float = ROUND) -> None:
    """Rounds until `stop`; a database that is away is waited for. A letter under way is finished first."""
    next_sweep = next_hourly = 0.0
    while not stop.is_set():
        with delivery.quiet_failure("a round of sending"):
            sweeps.beat("sender")
            if time.monotonic() >= next_sweep:
                next_sweep = time.monotonic() + settings.OUTBOX["sweep"]
                sweeps.sweep()
            if time.monotonic() >= next_hourly:
                next_hourly = time.monotonic() + HOURLY
                sweeps.hourly()
            delivery.send_due(worker=worker)
        stop.wait(pause)
    with delivery.quiet_failure("the end of sending"):
        sweeps.silence("sender")

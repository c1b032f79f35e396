"""`manage.py send_due [--loop]`: send what is due without a broker or a scheduler."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from threading import Event, Thread
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from clinic import delivery, rounds, sweeps


class Command(BaseCommand):
    help = "Send every message that is due. With --loop: go on for ever, all rounds included, until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="keep looking every other second")
        parser.add_argument("--threads", type=int, default=1, help="how many send at once (with --loop)")

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
        others = [Thread(target=send_on, args=(f"{worker}/{n}", stop)) for n in range(2, options["threads"] + 1)]
        for other in others:
            other.start()
        loop(worker, stop)
        for other in others:
            other.join()


def loop(worker: str, stop: Event, *, pause: float | None = None) -> None:
    """Rounds until `stop`; a database that is away is waited for. A letter under way is finished first."""
    while not stop.is_set():
        with delivery.quiet_failure("a round of sending"):
            sweeps.beat("sender")
            delivery.send_due(worker=worker, stop=stop, hands=settings.OUTBOX["hands"])
        with delivery.quiet_failure("a round over the outbox"):
            rounds.run_due()
        stop.wait(settings.OUTBOX["send"] if pause is None else pause)
    with delivery.quiet_failure("the end of sending"):
        sweeps.silence("sender")


def send_on(worker: str, stop: Event) -> None:
    """One more pair of hands: sends, and leaves the rounds to the first."""
    try:
        while not stop.is_set():
            with delivery.quiet_failure("a round of sending"):
                delivery.send_due(worker=worker, stop=stop)
            stop.wait(settings.OUTBOX["send"])
    finally:
        connections.close_all()

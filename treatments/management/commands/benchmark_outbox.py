"""`manage.py benchmark_outbox`: how fast the outbox is, on servers and in a clinic of its own."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand

from treatments.faults import filling, gate, speed, trial

PARTS = ("lateness", "throughput", "claims", "memory")


class Command(BaseCommand):
    help = (
        "Measure the outbox with two workers of two processes against a mail server of its own: lateness, throughput "
        "beside a bare smtplib loop, the claim and the workers' memory on a long queue. Prints met or NOT met a line."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--embedded", action="store_true", help="SQLite, file queue and send_due instead")
        parser.add_argument("--messages", type=int, default=2000, help="for the throughput (default 2000)")
        parser.add_argument("--rows", type=int, default=100_000, help="how long the long queue is (default 100000)")
        parser.add_argument("--only", choices=PARTS, action="append", help="only this part; may be repeated")
        parser.add_argument("--keep", action="store_true", help="keep the folder with the logs, and say where")
        parser.add_argument("--step", choices=("fill", "claims"), help=argparse.SUPPRESS)
        parser.add_argument("--due", type=float, default=0.0, help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["step"]:
            gate.check()
            self.stdout.write(self._step(options["step"], options["rows"], options["due"]))
            return
        parts = options["only"] or PARTS
        with trial.house(embedded=options["embedded"], keep=options["keep"]) as house:
            if options["keep"]:
                self._say(f"Logs are in {house.clinic.folder}")
            lines = self._measure(house, parts, options)
        if not all(line.met for line in lines):
            sys.exit(1)

    def _measure(self, house: trial.House, parts: Any, options: Any) -> list[speed.Line]:
        lines = []

        def keep(line: speed.Line) -> None:
            lines.append(line)
            self._say(str(line))

        limit = 6.0 if options["embedded"] else 3.0
        many = 200 if "lateness" in parts else 40
        late = speed.lateness(house, messages=many, seconds=60.0 if "lateness" in parts else 5.0, limit=limit)
        if "lateness" in parts:
            keep(late)
        if "throughput" in parts:
            processes = sum(len(speed.senders_of(child)) for child in house.clinic.workers)
            for relay in (speed.RELAY, 0.0):
                keep(speed.throughput(house, messages=options["messages"], processes=processes, relay=relay))
        house.clinic.stop()
        if "claims" in parts:
            for line in speed.claims(house, few=1000, many=options["rows"]):
                keep(line)
        if "memory" in parts:
            keep(speed.memory(house, rows=options["rows"], seconds=60.0))
        return lines

    def _step(self, step: str, rows: int, due: float) -> str:
        if step == "fill":
            return str(filling.copy_rows(rows, seconds=due))
        return json.dumps(filling.claim_times(rows))

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

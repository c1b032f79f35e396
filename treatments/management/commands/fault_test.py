"""`manage.py fault_test`: the proof that the outbox loses nothing and sends nothing twice."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from treatments.faults import trial, verdict


class Command(BaseCommand):
    help = (
        "Let messages fall due while workers are killed, the broker is flushed, the database crashes and the mail "
        "server refuses and hangs; print what was lost, sent twice, early or by night. Starts servers and a clinic of "
        "its own in temporary folders (needs PostgreSQL, Redis and requirements-dev.txt) and touches no other. "
        "Ends with 0 when all is well, with 1 when not."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--messages", type=int, default=2000, help="how many (default 2000; up to 400 runs quickly)"
        )
        parser.add_argument("--embedded", action="store_true", help="SQLite, file queue and send_due instead")
        parser.add_argument("--seed", type=int, default=1, help="when which fault happens (default 1)")
        parser.add_argument("--keep", action="store_true", help="keep the folder with the logs, and say where")

    def handle(self, *args: Any, **options: Any) -> None:
        found = trial.run(
            messages=options["messages"], embedded=options["embedded"], seed=options["seed"], keep=options["keep"],
            say=self._say,
        )  # fmt: skip
        figures = verdict.table(found)
        self._say("\n".join(verdict.as_lines({"embedded" if options["embedded"] else "PostgreSQL": figures})))
        if wrong := verdict.failures(figures):
            self._say(f"NOT met: {', '.join(wrong)}")
            sys.exit(1)
        self._say("met: nothing lost, nothing twice, nothing early, nothing in quiet hours")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

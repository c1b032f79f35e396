"""`manage.py fault_state`: how every message stands; one JSON line a row."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from clinic.models import Message
from treatments.faults import gate, seen


class Command(BaseCommand):
    help = "Print one JSON line {key, state, attempts} for each message of the outbox. Needs CLINIC_FAULT_TESTING=1."

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--seen", action="store_true",
            help="also `begun` (when its content went out, UNIX time) and `seen` (the outbox page asks for a decision)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        gate.check()
        rows = Message.objects.order_by("id").values("key", "state", "attempts")
        if options["seen"]:
            rows = Message.objects.order_by("id").values("key", "state", "attempts", "public_id", "body_started_at")
            shown = seen.by_the_owner()
        for row in rows.iterator(chunk_size=2000):
            if options["seen"]:
                begun = row.pop("body_started_at")
                row |= {"begun": begun.timestamp() if begun else None, "seen": str(row.pop("public_id")) in shown}
            self.stdout.write(json.dumps(row))

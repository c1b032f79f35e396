"""`manage.py fault_state`: how every message stands; one JSON line a row."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from clinic.models import Message
from treatments.faults import gate


class Command(BaseCommand):
    help = "Print one JSON line {key, state, attempts} for each message of the outbox. Needs CLINIC_FAULT_TESTING=1."

    def handle(self, *args: Any, **options: Any) -> None:
        gate.check()
        rows = Message.objects.order_by("id").values("key", "state", "attempts")
        for row in rows.iterator(chunk_size=2000):
            self.stdout.write(json.dumps(row))

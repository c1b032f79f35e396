"""`manage.py fault_enqueue`: end sessions whose messages fall due in given seconds; one JSON line a message."""

from __future__ import annotations

import json
import time
import uuid
from argparse import ArgumentParser
from datetime import timedelta
from random import Random
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic import request_context
from treatments.faults import ended, gate, people


class Command(BaseCommand):
    help = (
        "Book, start and end sessions through the ordinary verbs so that their messages (e-mail) fall due within given "
        "seconds; some are rolled back. Prints one JSON line {key, due} for each committed message, as soon as it is. "
        "Each session took place so long ago that its last message falls due at the wished moment, and its end is "
        "reported now. By night the clinic is moved to a time zone where it is noon. Needs CLINIC_FAULT_TESTING=1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sessions", type=int, default=100, help="how many sessions (default 100)")
        parser.add_argument("--start", type=float, default=10.0, help="seconds until the first is due (default 10)")
        parser.add_argument("--within", type=float, default=60.0, help="seconds from first to last due (default 60)")
        parser.add_argument(
            "--rollback", type=float, default=0.1, help="share of the sessions whose end is rolled back (default 0.1)"
        )
        parser.add_argument("--seed", type=int, default=1, help="which are rolled back, and the jitter (default 1)")
        parser.add_argument(
            "--quiet", default="", metavar="FROM-UNTIL", help="quiet hours in seconds from now, such as 30-45"
        )
        parser.add_argument("--at", type=float, default=0.0, help="count from this moment (UNIX time) instead of now")

    def handle(self, *args: Any, **options: Any) -> None:
        gate.check()
        count, share = options["sessions"], options["rollback"]
        if count < 1 or not 0 <= share < 1 or options["within"] < 0:
            raise CommandError("--sessions must be 1 or more, --rollback at least 0 and below 1, --within 0 or more.")
        random = Random(options["seed"])  # noqa: S311 - to be repeatable
        now = timezone.now()
        clinic = people.bring_the_day(now)
        crowd = people.gather(
            name=uuid.uuid4().hex[:8], clients=count, now=now,
            therapists=ended.therapists_needed(count, options["within"]),
        )  # fmt: skip
        lead = ended.lead_of_last(crowd, now=now)
        zero = timezone.now() if not options["at"] else now + timedelta(seconds=options["at"] - time.time())
        if options["quiet"]:
            begins, ends = (zero + timedelta(seconds=float(each)) for each in options["quiet"].split("-"))
            people.keep_quiet(clinic, begins, ends)
        visits = ended.plan(
            crowd, begins=zero + timedelta(seconds=options["start"]), seconds=options["within"],
            rolled_back=round(count * share), random=random,
        )  # fmt: skip
        token = request_context.set_current(request_context.Origin(agent="fault_enqueue"))
        try:
            for rows in ended.hold(visits, lead):
                for row in rows:
                    self.stdout.write(json.dumps({"key": row.key, "due": row.due_at.isoformat()}))
                self.stdout.flush()
        finally:
            request_context.reset(token)

"""`manage.py fault_enqueue`: end sessions whose messages fall due in given seconds; one JSON line a message."""

from __future__ import annotations

import json
import os
import uuid
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
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

    requires_system_checks: list[str] = []

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
        parser.add_argument("--processes", type=int, default=1, help="how many do it side by side (default 1)")
        parser.add_argument("--gather", action="store_true", help="only make tables, people and a guess of the pace")
        parser.add_argument("--at", type=float, default=0.0, help="count from this moment (UNIX time) instead of now")

    def handle(self, *args: Any, **options: Any) -> None:
        gate.check()
        count, share = options["sessions"], options["rollback"]
        if count < 1 or not 0 <= share < 1 or options["within"] < 0:
            raise CommandError("--sessions must be 1 or more, --rollback at least 0 and below 1, --within 0 or more.")
        if options["gather"]:
            call_command("migrate", verbosity=0)
            call_command("createcachetable", verbosity=0)
        now = timezone.now()
        clinic = people.bring_the_day(now)
        needed = ended.therapists_needed(count, options["within"])
        crowd = people.gather(name=uuid.uuid4().hex[:8], clients=count, therapists=needed, now=now)
        if options["gather"]:
            each = sorted(ended.probe(crowd, now=now).seconds for _ in range(15))
            self.stdout.write(json.dumps({"seconds_each": each[10]}))
            return
        lead = ended.probe(crowd, now=now).lead
        zero = datetime.fromtimestamp(options["at"], UTC) if options["at"] else timezone.now()
        if options["quiet"]:
            begins, ends = (zero + timedelta(seconds=float(each)) for each in options["quiet"].split("-"))
            people.keep_quiet(clinic, begins, ends)
        visits = ended.plan(
            crowd, begins=zero + timedelta(seconds=options["start"]), seconds=options["within"],
            rolled_back=round(count * share), random=Random(options["seed"]),  # noqa: S311 - to be repeatable
        )  # fmt: skip
        side_by_side(options["processes"], lambda share: self._hold(visits[share :: options["processes"]], lead))

    def _hold(self, visits: list[ended.Visit], lead: timedelta) -> None:
        token = request_context.set_current(request_context.Origin(agent="fault_enqueue"))
        try:
            for rows in ended.hold(visits, lead):
                for row in rows:
                    self.stdout.write(json.dumps({"key": row.key, "due": row.due_at.isoformat()}))
                self.stdout.flush()
        finally:
            request_context.reset(token)


def side_by_side(processes: int, work: Callable[[int], None]) -> None:
    """Do each share, all but the first in a process of its own."""
    if processes > 1:  # a connection belongs to one process
        connections.close_all()
    made = []
    for share in range(1, processes):
        if not (pid := os.fork()):
            work(share)
            os._exit(0)
        made.append(pid)
    work(0)
    if any(os.waitpid(pid, 0)[1] for pid in made):
        raise CommandError("One of the processes failed.")

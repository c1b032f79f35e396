"""`manage.py outbox_after_restore --since WHEN`: after a backup was restored, so that nothing is sent twice."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic import audit, claims, restoring
from clinic.models import ClinicSettings


class Command(BaseCommand):
    help = (
        "Run once after the database came back from a backup, before the clinic is started: messages that the database "
        "which was lost may have sent are asked about, or put before a person, instead of being sent again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", required=True, help="when the backup was taken, such as 2026-11-20T03:00")
        parser.add_argument("--until", help="when the old system last ran (default: now)")

    def handle(self, *args: Any, **options: Any) -> None:
        now = claims.database_now()
        since = _moment(options["since"])
        until = _moment(options["until"]) if options["until"] else now
        if not since <= until <= now:
            raise CommandError("The backup comes first, then the end of the old system, then now.")
        found = restoring.doubt(since=since, until=until, by=audit.SystemActor("restore"), now=now)
        self.stdout.write(f"{found} messages may have been sent already and are asked about.")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"“{text}” is not a moment such as 2026-11-20T03:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ClinicSettings.load().zone)

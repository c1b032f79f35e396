"""Check the audit chain from its first row to its last."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import import_string

from clinic import audit


class Command(BaseCommand):
    help = (
        "Reads the whole audit trail and names every row that was changed, or before which one is missing. "
        "Prints the newest row as ID:HASH; keep that line on another machine and give it back with --anchor, "
        "so that rows cut off at the end are found too."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anchor", action="append", default=[], metavar="ID:HASH", help="a line printed earlier")

    def handle(self, *args: Any, **options: Any) -> None:
        count, breaks = audit.verify(self._anchors(options["anchor"]))
        for broken in breaks:
            self.stderr.write(f"row {broken.event_id}: {broken.why}")
        if breaks:
            raise CommandError(f"The audit trail is broken in {len(breaks)} places ({count} rows read).", returncode=1)
        differing = [line for name in settings.AUDIT_WITNESSES for line in import_string(name)()]
        for line in differing:
            self.stderr.write(line)
        if differing:
            raise CommandError(f"{len(differing)} records are not what the audit says.", returncode=1)
        number, digest = audit.head()
        self.stdout.write(f"The audit trail holds: {count} rows. Newest: {number}:{digest}")

    def _anchors(self, given: list[str]) -> dict[int, str]:
        anchors = {}
        for text in given:
            number, _, digest = text.strip().partition(":")
            if not number.isdigit() or len(digest) != 64:
                raise CommandError(f"“{text}” is not an anchor: write ID:HASH as it was printed.", returncode=2)
            anchors[int(number)] = digest
        return anchors

"""Loads the shipped catalogue of conditions; safe to run again and again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from conditions import loading


class Command(BaseCommand):
    """`manage.py load_catalogue [--dry-run]`"""

    help = "Loads the shipped catalogue of conditions. The clinic's own edits are never overwritten."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="show what would change, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        dry_run = options["dry_run"]
        outcomes = loading.load(now=timezone.now(), dry_run=dry_run)
        for outcome in outcomes:
            for line in outcome.lines():
                self.stdout.write(line)
        changed = [outcome for outcome in outcomes if outcome.changed]
        if not changed:
            self.stdout.write(f"Catalogue: {len(outcomes)} conditions, nothing changed.")
            return
        created = sum(outcome.created for outcome in outcomes)
        updated = sum(len(outcome.updated) for outcome in outcomes)
        kept = sum(len(outcome.kept) for outcome in outcomes)
        start = "Dry run, nothing was written. Would be" if dry_run else "Catalogue:"
        self.stdout.write(f"{start} {created} new, {updated} fields updated, {kept} kept as the clinic wrote them.")

"""Publishes the questionnaires that come with the product."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic import audit
from intake.questionnaires import VersionTaken, publish_shipped


class Command(BaseCommand):
    """Idempotent; a version that is published is never altered."""

    help = "Publishes the health history and the check before each visit as frozen versions."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = publish_shipped(by=audit.SYSTEM, now=timezone.now())
        except VersionTaken as error:
            raise CommandError(str(error)) from error
        for version, is_new in found:
            word = "published" if is_new else "is there"
            self.stdout.write(f"{version.questionnaire.slug} {version.version}: {word} ({version.checksum[:12]})")

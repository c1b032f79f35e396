"""Who may run the commands that invent people: a database made for it, never a clinic's."""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import CommandError


def check() -> None:
    """Refuse outside test settings."""
    if settings.PRODUCTION or not settings.FAULT_TESTING:
        raise CommandError(
            "This command invents clients and sessions, so it runs only in a clinic made for tests: set "
            "CLINIC_FAULT_TESTING=1 and a DATABASE_URL of its own. Production refuses that setting."
        )

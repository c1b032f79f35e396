"""What may be forgotten: ended sessions, old sign-in attempts, short links long over."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings

from clinic import short_links

#: How long sign-in attempts are kept: they hold addresses of people.
ATTEMPTS_KEPT = timedelta(days=90)


def forget_old(*, now: datetime) -> int:
    """Delete ended sessions and sign-in attempts older than ATTEMPTS_KEPT; returns how many attempts."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    short_links.forget_old(now=now)
    before = now - ATTEMPTS_KEPT
    return sum(
        model.objects.filter(attempt_time__lt=before).delete()[0]
        for model in (AccessAttempt, AccessFailureLog, AccessLog)
    )

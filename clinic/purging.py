"""What messages leave behind is forgotten after a while: addresses, contexts, files. The line in the log stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from clinic import message_rules, transports
from clinic.models import ClinicSettings, Message, OutboxCount, Reply

BATCH = 500
ENDINGS = (".eml", ".txt", ".tmp")


def forget_old(*, now: datetime) -> dict[str, int]:
    """Everything older than the clinic keeps it; returns how many rows and files."""
    before = now - timedelta(days=message_rules.days_kept(ClinicSettings.load()))
    OutboxCount.objects.filter(hour__lt=before).delete()
    return {"rows": _rows(before, now), "replies": _replies(before), "files": _files(before)}


def _rows(before: datetime, now: datetime) -> int:
    """Who it was for stands in the row's client or member of staff; what was said was never kept."""
    old = Message.objects.filter(ended_at__lt=before, purged_at=None)
    forgotten = 0
    while some := list(old.order_by("ended_at").values_list("pk", flat=True)[:BATCH]):
        forgotten += old.filter(pk__in=some).update(recipient=None, context={}, last_error="", purged_at=now)
    return forgotten


def _replies(before: datetime) -> int:
    """What people wrote to the clinic by text: gone once somebody has looked after it. That a text came in stays."""
    return Reply.objects.filter(done_at__lt=before).delete()[0]


def _files(before: datetime) -> int:
    removed = 0
    for folder in (Path(settings.OUTBOX_DIR), transports.drafts_folder()):
        if not folder.is_dir():
            continue
        for file in folder.iterdir():
            if file.suffix in ENDINGS and file.is_file() and file.stat().st_mtime < before.timestamp():
                file.unlink(missing_ok=True)
                removed += 1
    return removed

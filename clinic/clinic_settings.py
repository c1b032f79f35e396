"""What the owner changes for the whole clinic."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clinic import audit
from clinic.models import ClinicSettings, User

EDITABLE = (
    "name", "phone", "email", "address", "about", "country", "time_zone", "emergency_number", "crisis_line",
    "quiet_from", "quiet_until", "day_starts", "day_ends", "accepts_new_clients", "require_mfa", "own_clients_only",
    "forms_first", "remind_first", "remind_second", "remind_check", "tell_overdue_after",
    "alarm_after", "keep_messages",
    "privacy_notice", "privacy_notice_es", "cancellation_policy", "cancellation_policy_es",
)  # fmt: skip


def change(*, changes: Mapping[str, Any], by: User, now: datetime) -> set[str]:
    """Change the clinic's settings; returns the names of those that really changed."""
    with audit.transaction():
        ClinicSettings.load()
        row = ClinicSettings.objects.select_for_update().get(id=1)
        changed = {name for name in EDITABLE if name in changes and getattr(row, name) != changes[name]}
        if changed:
            for name in changed:
                setattr(row, name, changes[name])
            row.full_clean()
            row.save(update_fields=changed)
            audit.record("settings.change", by=by, subject=row, fields=changed)
    return changed

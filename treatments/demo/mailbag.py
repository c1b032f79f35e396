"""The demo's messages whose time has passed: they went out then, as the log shows; the rest waits for the worker."""

from __future__ import annotations

from datetime import datetime

from clinic.models import Message, MessageAttempt


def settle(*, now: datetime) -> None:
    """Close every message due before `now` as the outbox would have: sent, but for one refused and one unclear."""
    past = list(Message.objects.filter(due_at__lte=now, state=Message.State.SCHEDULED).order_by("due_at", "id"))
    recent = past[-12:]
    for message in past:
        message.state, message.sent_at, message.attempts = Message.State.SENT, message.due_at, 1
        message.reply_code, message.resolved_by = 250, "demo"
        message.ended_at = message.due_at
    for rows, state, words in ((recent[:1], "failed", "550 mailbox unavailable"), (recent[1:2], "unknown", "")):
        for row in rows:
            row.state, row.sent_at, row.reply_code, row.last_error = state, None, 550 if words else None, words
            row.body_started_at = None if words else row.due_at
            row.ended_at = row.due_at if words else None
            row.resolved_by = ""
    changed = [
        "state", "sent_at", "attempts", "reply_code", "resolved_by", "ended_at", "last_error", "body_started_at",
    ]  # fmt: skip
    Message.objects.bulk_update(past, changed, batch_size=200)
    MessageAttempt.objects.bulk_create(
        [
            MessageAttempt(message=row, started_at=row.due_at, phase="done" if row.sent_at else "reply", worker="demo")
            for row in past
        ]
    )

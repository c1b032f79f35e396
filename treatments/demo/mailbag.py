"""The demo's messages whose time has passed: they went out then, as the log shows; the rest waits for the worker."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from clinic.models import Client, Message, MessageAttempt

#: What became of the newest of them, so that the work list has a story: state, code, what was said, why it ended.
TROUBLES: tuple[dict[str, Any], ...] = (
    {"state": "failed", "reply_code": 550, "last_error": "rcpt: mailbox unavailable", "end_reason": "refused for good"},
    {"state": "unknown", "last_error": "body: TimeoutError", "end_reason": "no answer after it was sent"},
    {"state": "expired", "attempts": 0, "end_reason": "its moment was past"},
    {
        "state": "failed", "reply_code": 451, "attempts": 8, "last_error": "data: try again later",
        "end_reason": "refused too often",
    },
    {
        "state": "unknown", "last_error": "the worker stopped", "reply_code": None,
        "end_reason": "the worker stopped while it was sending",
    },
)  # fmt: skip


def deliver(*, client: Client, until: datetime) -> None:
    """What was due for one client by a moment of the story went out then, before anything else happened."""
    rows = list(Message.objects.filter(client=client, state=Message.State.SCHEDULED, due_at__lte=until))
    for row in rows:
        row.state, row.sent_at, row.ended_at, row.attempts = Message.State.SENT, row.due_at, row.due_at, 1
        row.reply_code, row.resolved_by = 250, "demo"
    changed = ["state", "sent_at", "ended_at", "attempts", "reply_code", "resolved_by"]
    Message.objects.bulk_update(rows, changed, batch_size=200)
    tries = [MessageAttempt(message=row, started_at=row.due_at, phase="done", worker="demo") for row in rows]
    MessageAttempt.objects.bulk_create(tries)


def settle(*, now: datetime) -> None:
    """Close every message due before `now` as the outbox would have: sent, but for some that need a person."""
    past = list(Message.objects.filter(due_at__lte=now, state=Message.State.SCHEDULED).order_by("due_at", "id"))
    for message in past:
        message.state, message.sent_at, message.attempts = Message.State.SENT, message.due_at, 1
        message.reply_code, message.resolved_by = 250, "demo"
        message.ended_at = message.due_at
    to_clients = [message for message in past if message.client_id][-60:]
    for row, trouble in zip(to_clients[:: max(1, len(to_clients) // len(TROUBLES))], TROUBLES, strict=False):
        row.sent_at, row.reply_code, row.resolved_by = None, None, ""
        for name, value in trouble.items():
            setattr(row, name, value)
        if row.state == Message.State.UNKNOWN:
            row.body_started_at = row.parked_at = row.due_at
    changed = [
        "state", "sent_at", "attempts", "reply_code", "resolved_by", "ended_at", "last_error", "body_started_at",
        "parked_at", "end_reason",
    ]  # fmt: skip
    Message.objects.bulk_update(past, changed, batch_size=200)
    MessageAttempt.objects.bulk_create(
        [
            MessageAttempt(
                message=row, started_at=row.due_at, phase="done" if row.sent_at else "reply", code=row.reply_code,
                note=row.last_error, worker="demo",
            )
            for row in past
            if row.attempts
        ]
    )  # fmt: skip

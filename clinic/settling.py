"""What became of one try, written down: the row, the try, the trail, in one transaction and once."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from clinic import audit, claims, gauges, reachability
from clinic.claims import FREE, Claim
from clinic.compiled import Compiled
from clinic.models import Message, MessageAttempt
from clinic.transports import Report, Verdict

log = logging.getLogger(__name__)

State = Message.State
SENDER = audit.SystemActor("outbox")
# An answer that was heard is written down even if the database is away for some minutes.
PATIENCE = (0.5, 1, 2, 5, 10, 20, 30, 60, 60, 60)
#: The phase of a try that our own database ended: its waits are short, and the relay has no part in it.
DATABASE = "database"
DATABASE_WAITS = (2, 10, 30, 60)
UNREADABLE = "it cannot be read with the configured keys"


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a claimed message does not go out now: for good (`state`), or until a moment (`until`)."""

    reason: str
    state: str = ""
    until: datetime | None = None


def bare(rows: QuerySet[Message] | None = None) -> QuerySet[Message]:
    """Rows without what somebody wrote: one that cannot be read can still be ended and told of."""
    rows = Message.objects.all() if rows is None else rows
    return rows.select_related("client").only(
        "public_id", "kind", "channel", "state", "attempts", "deferrals", "max_attempts", "not_after", "resends",
        "claimed_by", "body_started_at", "lease_token", "message_id", "client", "client__id",
    )  # fmt: skip


def hold(held: Claim, hold: Hold) -> str:
    """Give the row back until later, or end it. Neither is a try."""
    message = bare().get(pk=held.pk)
    if hold.until is not None:
        # Waiting on purpose is no trouble: what went wrong at an earlier try no longer counts as lateness.
        later = {"next_attempt_at": hold.until, "deferrals": message.deferrals + 1, "last_error": ""}
        _mine(held).update(state=State.SCHEDULED, **later, **FREE)
        return "deferred"
    with audit.transaction():
        if _mine(held).update(state=hold.state, ended_at=held.at, end_reason=hold.reason[:200], **FREE):
            audit.record(f"message.{hold.state}", by=SENDER, client=message.client, subject=message, reason=hold.reason)
    return str(hold.state)


def unreadable(held: Claim) -> str:
    """Nothing opens the row: put it before a person and go on with the others."""
    log.error("message %s: %s", held.pk, UNREADABLE)
    return hold(held, Hold(UNREADABLE, state=State.FAILED))


_BARE = Compiled(lambda pk: bare().filter(pk=pk), stand_in=0, field=lambda: Message._meta.pk)


def settle(held: Claim, report: Report, worker: str, **proof: str) -> str:
    """Write down what the provider said, with the try, in one transaction."""
    with audit.transaction():
        message = _BARE.first(held.pk)
        if message is None:
            raise Message.DoesNotExist
        MessageAttempt.objects.create(
            message=message, started_at=held.at, phase=report.phase, code=report.code, note=report.note, worker=worker,
            provider_id=report.provider_id,
        )  # fmt: skip
        if report.verdict == Verdict.TAKEN_BACK:
            gauges.count("fence_refused")
            claims.release(held)
            return str(report.verdict)
        # The database's clock says when; only where a wait is counted from it, it is asked first.
        at_once = report.verdict == Verdict.ACCEPTED
        change = _change(message, report, Now() if at_once else claims.database_now())
        rows = Message.objects.filter(pk=held.pk, lease_token=held.token)
        # A late answer still settles a row that was given up on; nothing else touches one that is not ours.
        late = [State.UNKNOWN, State.SCHEDULED] if report.verdict == Verdict.ACCEPTED else []
        if not rows.filter(state__in=[State.SENDING, *late]).update(**change, **(proof if "sent_at" in change else {})):
            return "lost"
        if change["state"] in (State.SENT, State.FAILED, State.UNKNOWN):
            audit.record(f"message.{change['state']}", by=SENDER, client=message.client, subject=message)
        if report.bad_address and message.client is not None:
            reachability.refused(
                client=message.client, channel=message.channel, reason=f"refused {report.code or ''}".strip(),
                by=SENDER, now=held.at,
            )  # fmt: skip
        if change.get("resolved_by") == "resend":
            gauges.count("reconciled_resend")
    log.info("message %s %s %s %s", message.public_id, message.kind, report.verdict, report.code or report.note)
    return str(report.verdict)


def _change(message: Message, report: Report, now: Any) -> dict[str, Any]:
    """The columns that a report turns into."""
    said = {"reply_code": report.code, "last_error": f"{report.phase}: {report.note}".rstrip(": ")[:200]}
    tried = {"attempts": message.attempts + 1, **said}
    match report.verdict:
        case Verdict.ACCEPTED:
            by = "resend" if message.resends else "250"
            sent = {"state": State.SENT, "sent_at": now, "ended_at": now, "resolved_by": by, "last_error": ""}
            return {**tried, **sent, "end_reason": "", "parked_at": None}
        case Verdict.UNKNOWN:
            # The lease token stays: should the answer still come, it may settle the row.
            return {**tried, "state": State.UNKNOWN, "ended_at": now, "end_reason": "no answer after it was sent"}
        case Verdict.REFUSED:
            return {**tried, "state": State.FAILED, "ended_at": now, "end_reason": "refused for good", **FREE}
        case Verdict.LATER if message.attempts + 1 >= message.max_attempts:
            return {**tried, "state": State.FAILED, "ended_at": now, "end_reason": "refused too often", **FREE}
        case Verdict.LATER:
            wait = _step(settings.OUTBOX["backoff"], message.attempts)
            return {**tried, "state": State.SCHEDULED, "next_attempt_at": _after(now, wait, message), **FREE}
        case _:  # nobody there, or our own login is wrong: not a try
            steps = DATABASE_WAITS if report.phase == DATABASE else settings.OUTBOX["unreachable"]
            wait = steps[-1] if report.verdict == Verdict.LOCKED_OUT else _step(steps, message.deferrals)
            again = {"state": State.SCHEDULED, "deferrals": message.deferrals + 1}
            return {**said, **again, "next_attempt_at": _after(now, wait, message), **FREE}


def _step(steps: Any, done: int) -> float:
    return float(steps[min(done, len(steps) - 1)])


def _after(now: datetime, seconds: float, message: Message) -> datetime:
    """Half to all of the wait, so that many do not come back at once; a last try before its use ends."""
    waited = now + timedelta(seconds=seconds * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, hides nothing
    last = message.not_after - timedelta(minutes=1)
    return min(waited, last) if last > now else waited


def _mine(held: Claim) -> QuerySet[Message]:
    return Message.objects.filter(pk=held.pk, lease_token=held.token, state=State.SENDING)


def persistently(write: Callable[[], str], *, pause: Callable[[float], None] = time.sleep) -> str:
    """Write, and write again while the database is away: what the relay took must not be forgotten."""
    for seconds in PATIENCE:
        try:
            return write()
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block:
                raise
            log.error("the database is away (%s), trying again in %s s", type(error).__name__, seconds)
            connection.close()
            pause(seconds)
    return write()

"""How a message goes out once: claim, look again, hand over as far as the fence, let go, write down.

    scheduled --claim--> sending --fence--> (content goes out) --answer--> sent
        ^                   |                      |
        +--- not taken -----+                      +--- no answer, or the worker died --> unknown, for a person

Whatever kills a worker before the fence costs nothing but time (clinic.sweeps puts the row back); after it, the row
says that nobody can know, and is not sent again by itself.
"""

from __future__ import annotations

import logging
import random
import socket
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils.module_loading import import_string

from clinic import audit, claims, letters, outbox, preferences, quiet_hours
from clinic.claims import Claim
from clinic.models import ClinicSettings, Consent, Message, MessageAttempt
from clinic.outbox import NotWanted, Rendered
from clinic.transports import Carriers, Report, Verdict

log = logging.getLogger(__name__)

State = Message.State
SENDER = audit.SystemActor("outbox")
# An answer that was heard is written down even if the database is away for some minutes.
PATIENCE = (0.5, 1, 2, 5, 10, 20, 30, 60, 60, 60)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a claimed message does not go out now: for good (`state`), or until a moment (`until`)."""

    reason: str
    state: str = ""
    until: datetime | None = None


def this_worker() -> str:
    """Who claims, for the log of tries."""
    return f"{socket.gethostname()}:{random.SystemRandom().randrange(10**6):06d}"


def send_due(*, worker: str, seconds: float = 30.0) -> Counter[str]:
    """Send what is due, one row after the other, for at most so many seconds. Returns what became of how many.

    A provider that cannot be reached ends the run for its channel: the next run tries again with another row.
    """
    tally: Counter[str] = Counter()
    channels = set(Message.Channel.values)
    ends = time.monotonic() + seconds
    with Carriers() as carriers:
        while channels and time.monotonic() < ends:
            held = claims.claim(worker=worker, channels=channels)
            if held is None:
                break
            outcome = deliver(held, carriers, worker=worker)
            tally[outcome] += 1
            if outcome in (Verdict.UNREACHABLE, Verdict.LOCKED_OUT):
                channels.discard(held.channel)
    return tally


def deliver(held: Claim, carriers: Carriers, *, worker: str) -> str:
    """See one claimed row to an end or back into the queue; never raises for one row what would stop the others."""
    fenced = False

    def fence() -> bool:
        nonlocal fenced
        fenced = claims.fence(held)
        return fenced

    try:
        message = Message.objects.select_related("client", "user", "created_by").defer("recipient").get(pk=held.pk)
        if hold := _look_again(message, held.at):
            return _hold(held, message, hold)
        rendered = render(message, held.at)
        letter = _letter(message, rendered, held.at)
        report = carriers.of(held.channel).send(letter, fence)
    except NotWanted as unwanted:
        return _hold(held, message, Hold(unwanted.reason, state=State.CANCELLED))
    except letters.BadAddress as error:
        return _hold(held, message, Hold(str(error), state=State.FAILED))
    except InvalidToken:
        return _unreadable(held)
    except Exception as error:  # one row's trouble is not the next one's
        log.error("message %s: %s at %s", held.pk, type(error).__name__, _place(error))
        verdict = Verdict.UNKNOWN if fenced else Verdict.LATER
        return _persistently(partial(_settle, held, Report(verdict, "error", note=type(error).__name__), worker))
    proof = {"body_sha256": letter.sha256, "template_version": rendered.template[:40]}
    return _persistently(partial(_settle, held, report, worker, **proof))


def render(message: Message, now: datetime) -> Rendered:
    """The message's words, from the room its kind belongs to: the longest entry that its kind begins with."""
    names = [name for name in settings.MESSAGE_RENDERERS if message.kind.startswith(name)]
    if not names:
        raise LookupError(f"nobody renders {message.kind}")
    renderer: Callable[[Message, datetime], Rendered] = import_string(settings.MESSAGE_RENDERERS[max(names, key=len)])
    return renderer(message, now)


def agreed(message: Message) -> bool:
    """The client's latest word on this channel is yes. Staff need no consent."""
    if message.client_id is None:
        return True
    return Consent.objects.filter(
        client=message.client_id, kind=message.channel, superseded_at=None, granted=True
    ).exists()


def _look_again(message: Message, now: datetime) -> Hold | None:
    """What may have changed between the promise and this moment."""
    if message.client and message.client.archived_at:
        return Hold("the client's record was archived", state=State.CANCELLED)
    if message.user and not message.user.is_active:
        return Hold("no longer a member of staff", state=State.CANCELLED)
    if not agreed(message):
        return Hold("no consent for this channel", state=State.CANCELLED)
    if why := preferences.refusal(message):
        return Hold(why, state=State.CANCELLED)
    if outbox.keeps_quiet(message):
        clinic = ClinicSettings.load()
        allowed = quiet_hours.first_allowed(now, outbox.window_of(clinic), clinic.zone)
        if allowed > now:
            return Hold("quiet hours", until=allowed)
    return None


def _letter(message: Message, rendered: Rendered, now: datetime) -> letters.Letter:
    clinic = ClinicSettings.load()
    address = address_of(message)
    to = letters.phone_number(address) if message.channel == "sms" else letters.email_address(address)
    return letters.Letter(
        key=message.key,
        message_id=message.message_id,
        to=to,
        subject=letters.one_line(rendered.subject) or clinic.name,
        text=rendered.text,
        html=rendered.html,
        sender=settings.DEFAULT_FROM_EMAIL,
        sender_name=clinic.name,
        reply_to=clinic.email,
        unsubscribe=(clinic.email or settings.DEFAULT_FROM_EMAIL) if message.client_id else "",
        date=now,
        name=str(message.public_id),
    )


def address_of(message: Message) -> str:
    """Where it goes, as the record says now. May raise InvalidToken."""
    if message.client:
        return message.client.mobile if message.channel == "sms" else message.client.email
    if message.user:
        return message.user.phone if message.channel == "sms" else message.user.email
    known: Any = message.recipient or {}
    return str(known.get("mobile" if message.channel == "sms" else "email", ""))


def _hold(held: Claim, message: Message, hold: Hold) -> str:
    """Give the row back until later, or end it. Neither is a try."""
    if hold.until is not None:
        _mine(held).update(state=State.SCHEDULED, next_attempt_at=hold.until, deferrals=message.deferrals + 1, **_FREE)
        return "deferred"
    with audit.transaction():
        ended = _mine(held).update(state=hold.state, ended_at=held.at, end_reason=hold.reason[:200], **_FREE)
        if ended:
            audit.record(f"message.{hold.state}", by=SENDER, client=message.client, subject=message, reason=hold.reason)
    return str(hold.state)


def _unreadable(held: Claim) -> str:
    """No configured key opens the row: put it before a person and go on with the others."""
    _mine(held).update(
        state=State.FAILED, ended_at=held.at, end_reason="it cannot be read with the configured keys", **_FREE
    )
    log.error("message %s cannot be read with the configured keys", held.pk)
    return str(State.FAILED)


def _settle(held: Claim, report: Report, worker: str, **proof: str) -> str:
    """Write down what the provider said, with the try, in one transaction."""
    with audit.transaction():
        message = Message.objects.select_related("client").defer("recipient").get(pk=held.pk)
        MessageAttempt.objects.create(
            message=message, started_at=held.at, phase=report.phase, code=report.code, note=report.note, worker=worker
        )
        if report.verdict == Verdict.TAKEN_BACK:
            return str(report.verdict)
        now = claims.database_now()
        change = _change(message, report, now)
        rows = Message.objects.filter(pk=held.pk, lease_token=held.token)
        # A late answer still settles a row that the reaper gave up on; nothing else touches one that is not ours.
        states = [State.SENDING, State.UNKNOWN] if report.verdict == Verdict.ACCEPTED else [State.SENDING]
        if not rows.filter(state__in=states).update(**change, **(proof if "sent_at" in change else {})):
            return "lost"
        if change["state"] in (State.SENT, State.FAILED, State.UNKNOWN):
            audit.record(f"message.{change['state']}", by=SENDER, client=message.client, subject=message)
    log.info("message %s %s %s %s", message.public_id, message.kind, report.verdict, report.code or report.note)
    return str(report.verdict)


def _change(message: Message, report: Report, now: datetime) -> dict[str, Any]:
    """The columns that a report turns into."""
    said = {"reply_code": report.code, "last_error": f"{report.phase}: {report.note}".rstrip(": ")[:200]}
    tried = {"attempts": message.attempts + 1, **said}
    match report.verdict:
        case Verdict.ACCEPTED:
            sent = {"state": State.SENT, "sent_at": now, "ended_at": now, "resolved_by": "250", "last_error": ""}
            return {**tried, **sent, "end_reason": ""}
        case Verdict.UNKNOWN:
            # The lease token stays: should the answer still come, it may settle the row.
            return {**tried, "state": State.UNKNOWN, "ended_at": now, "end_reason": "no answer after it was sent"}
        case Verdict.REFUSED:
            return {**tried, "state": State.FAILED, "ended_at": now, "end_reason": "refused for good", **_FREE}
        case Verdict.LATER if message.attempts + 1 >= message.max_attempts:
            return {**tried, "state": State.FAILED, "ended_at": now, "end_reason": "refused too often", **_FREE}
        case Verdict.LATER:
            wait = settings.OUTBOX["backoff"][min(message.attempts, len(settings.OUTBOX["backoff"]) - 1)]
            return {**tried, "state": State.SCHEDULED, "next_attempt_at": _after(now, wait, message), **_FREE}
        case _:  # nobody there, or our own login is wrong: not a try
            steps = settings.OUTBOX["unreachable"]
            wait = steps[min(message.deferrals, len(steps) - 1)]
            if report.verdict == Verdict.LOCKED_OUT:
                wait = steps[-1]
                log.error("the provider for %s refuses the clinic's own login (%s)", message.channel, report.code)
            return {
                **said, "state": State.SCHEDULED, "deferrals": message.deferrals + 1,
                "next_attempt_at": _after(now, wait, message), **_FREE,
            }  # fmt: skip


def _after(now: datetime, seconds: float, message: Message) -> datetime:
    """Half to all of the wait, so that many do not come back at once; a last try before its use ends."""
    waited = now + timedelta(seconds=seconds * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, hides nothing
    last = message.not_after - timedelta(minutes=1)
    return min(waited, last) if last > now else waited


_FREE: dict[str, Any] = {"lease_token": None, "lease_until": None, "body_started_at": None}


def _mine(held: Claim) -> Any:
    return Message.objects.filter(pk=held.pk, lease_token=held.token, state=State.SENDING)


def _persistently(write: Callable[[], str], *, pause: Callable[[float], None] = time.sleep) -> str:
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


def _place(error: BaseException) -> str:
    """File and line of an error, without its words: those may hold what a client wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"


@contextmanager
def quiet_failure(what: str) -> Iterator[None]:
    """For rounds that go on: a database or disk that is away is logged, the next round tries again."""
    try:
        yield
    except Exception as error:
        log.error("%s failed: %s at %s", what, type(error).__name__, _place(error))
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()

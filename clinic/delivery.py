"""How a message goes out once: claim, look again, hand over as far as the fence, let go, write down.

    scheduled --claim--> sending --fence--> (content goes out) --answer--> sent
        ^                   |                      |
        +--- not taken -----+                      +--- no answer, or the worker died --> unknown

Whatever kills a worker before the fence costs nothing but time (clinic.sweeps puts the row back); after it, the row
says that nobody can know. clinic.reconciling then asks the relay, or a person. clinic.settling writes all this down.
"""

from __future__ import annotations

import logging
import random
import socket
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, connections
from django.db.models import QuerySet
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from clinic import claims, letters, outbox, preferences, request_context, sms_length, unsubscribing, whereabouts
from clinic.breaker import Watch
from clinic.claims import Claim
from clinic.compiled import Asked, Compiled
from clinic.models import ClinicSettings, Consent, Message
from clinic.outbox import NotNow, NotWanted, Rendered
from clinic.settling import DATABASE, Hold, hold, persistently, settle, unreadable
from clinic.transports import Carriers, Report, Verdict

log = logging.getLogger(__name__)

#: What is said to somebody who has just said no.
WITHOUT_CONSENT = frozenset({"reply.stop"})

State = Message.State
#: A letter takes a moment: one that is begun so shortly before quiet hours would arrive in them.
UNDER_WAY = timedelta(seconds=5)
#: So many one after the other, and others join in.
MUCH = 5


def this_worker() -> str:
    """Who claims, for the log of tries."""
    return f"{socket.gethostname()}:{random.SystemRandom().randrange(10**6):06d}"


def send_due(*, worker: str, seconds: float = 30.0, stop: Event | None = None, hands: int = 1) -> Counter[str]:
    """Send what is due, one row after the other, for at most so many seconds. Returns what became of how many.

    A provider that cannot be reached ends the run for its channel: the next run tries again with another row. When
    there is much to do, so many `hands` join in, each with a connection of its own: most of a letter's time is the
    relay's.
    """
    tally: Counter[str] = Counter()
    ends = time.monotonic() + seconds
    with ThreadPoolExecutor(max(1, hands - 1)) as others:
        joined: list[Future[Counter[str]]] = []
        for number, outcome in enumerate(_outcomes(worker, ends, stop), 1):
            tally[outcome] += 1
            if number == MUCH:
                joined = [others.submit(_join_in, f"{worker}/{n}", ends, stop) for n in range(2, hands + 1)]
        for each in joined:
            tally += each.result()
    return tally


def _join_in(worker: str, ends: float, stop: Event | None) -> Counter[str]:
    tally: Counter[str] = Counter()
    try:
        with quiet_failure("a helping hand"):
            for outcome in _outcomes(worker, ends, stop):
                tally[outcome] += 1
    finally:
        connections.close_all()
    return tally


def _outcomes(worker: str, ends: float, stop: Event | None) -> Iterator[str]:
    """Claim and deliver until nothing is due or the time is over."""
    watch = Watch()
    with Carriers() as carriers:
        while watch.channels and time.monotonic() < ends and not (stop and stop.is_set()):
            held = claims.claim(worker=worker, channels=watch.channels)
            if held is None:
                break
            if not watch.lets(held.channel):
                claims.release(held)
                continue
            with request_context.reading():  # the clinic's settings and the like once for each message
                outcome = deliver(held, carriers, worker=worker, watch=watch)
            yield outcome


def deliver(held: Claim, carriers: Carriers, *, worker: str, watch: Watch | None = None) -> str:
    """See one claimed row to an end or back into the queue; never raises for one row what would stop the others."""
    proof: dict[str, str] = {}
    fenced = False

    def fence() -> bool:
        nonlocal fenced
        fenced = claims.fence(held, before=silence)
        return fenced

    try:
        message = _read(held.pk)
        if reason := _look_again(message, held.at):
            return persistently(partial(hold, held, reason))
        silence = _silence_after(message, held.at)
        rendered = render(message, held.at)
        letter = _letter(message, rendered, held.at)
        proof = {"body_sha256": letter.sha256, "template_version": rendered.template[:40]}
        report = carriers.of(held.channel).send(letter, fence)
    except NotWanted as unwanted:
        return persistently(partial(hold, held, Hold(unwanted.reason, state=State.CANCELLED)))
    except NotNow as later:
        return persistently(partial(hold, held, Hold(later.reason, until=later.until)))
    except letters.Unsendable as error:
        return persistently(partial(hold, held, Hold(str(error), state=State.FAILED)))
    except (InvalidToken, Unreadable):
        return persistently(partial(unreadable, held))
    except Exception as error:  # one row's trouble is not the next one's
        log.error("message %s: %s at %s", held.pk, type(error).__name__, _place(error))
        report, watch = _trouble(error, fenced=fenced), None
    outcome = persistently(partial(settle, held, report, worker, **proof))
    if watch:
        with quiet_failure("a note about the provider"):
            watch.learn(held.channel, report)
    return outcome


class Unreadable(Exception):
    """What stands in the row is not what was written there."""


def _read(pk: int) -> Message:
    try:
        message = _ROW.first(pk)
    except ValueError as error:  # not JSON, not a date, not a number: SQLite keeps whatever it is given
        raise Unreadable from error
    if message is None:
        raise Message.DoesNotExist
    if not isinstance(message.context, dict):
        raise Unreadable
    return message


def _rows(pk: Any) -> QuerySet[Message]:
    return Message.objects.select_related("client", "user", "created_by").defer("recipient").filter(pk=pk)


_ROW = Compiled(_rows, stand_in=0, field=lambda: Message._meta.pk)


def _trouble(error: Exception, *, fenced: bool) -> Report:
    """What an unforeseen error means: after the fence nobody knows; a database that is away is no try of the row's."""
    name = type(error).__name__
    if fenced:
        return Report(Verdict.UNKNOWN, "error", note=name)
    if isinstance(error, OperationalError | InterfaceError):
        return Report(Verdict.UNREACHABLE, DATABASE, note=name)
    return Report(Verdict.LATER, "error", note=name)


def render(message: Message, now: datetime) -> Rendered:
    """The message's words, from the room its kind belongs to: the longest entry that its kind begins with."""
    names = [name for name in settings.MESSAGE_RENDERERS if message.kind.startswith(name)]
    if not names:
        raise LookupError(f"nobody renders {message.kind}")
    renderer: Callable[[Message, datetime], Rendered] = import_string(settings.MESSAGE_RENDERERS[max(names, key=len)])
    return renderer(message, now)


def agreed(message: Message) -> bool:
    """The client's latest word on this channel is yes. Staff need no consent, and "no more texts" is the last text."""
    if message.client_id is None or message.kind in WITHOUT_CONSENT:
        return True
    return _GRANTED(message.client_id, message.channel)


_GRANTED = Asked(
    lambda client, kind: Consent.objects.filter(client=client, kind=kind, superseded_at=None, granted=True),
    -1, "(kind)",
)  # fmt: skip


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
        silence = whereabouts.silence_of(message.client, clinic)
        for moment in (now, now + UNDER_WAY):
            allowed = silence.first_allowed(moment)
            if allowed > moment:
                return Hold("quiet hours", until=allowed)
    return None


def _silence_after(message: Message, now: datetime) -> datetime | None:
    """When it would be too late in the evening for this message, should the relay be slow."""
    if not outbox.keeps_quiet(message):
        return None
    clinic = ClinicSettings.load()
    return whereabouts.silence_of(message.client, clinic).next(now)


def _letter(message: Message, rendered: Rendered, now: datetime) -> letters.Letter:
    clinic = ClinicSettings.load()
    address = address_of(message)
    to = letters.phone_number(address) if message.channel == "sms" else letters.email_address(address)
    text, html = rendered.text, rendered.html
    if message.channel == "sms" and (parts := sms_length.measure(text).parts) > sms_length.MOST_PARTS:
        raise letters.TooLong(f"too long for a text: it would take {parts} parts")
    if link := unsubscribing.link_of(message) if message.channel == "email" else "":
        text, html = _with_way_out(message, rendered, link)
    return letters.Letter(
        key=message.key,
        message_id=message.message_id,
        to=to,
        subject=letters.one_line(rendered.subject) or clinic.name,
        text=text,
        html=html,
        sender=settings.DEFAULT_FROM_EMAIL,
        sender_name=clinic.name,
        reply_to=clinic.email,
        unsubscribe_link=link,
        unsubscribe=(clinic.email or settings.DEFAULT_FROM_EMAIL) if message.client_id else "",
        date=now,
        name=str(message.public_id),
    )


def _with_way_out(message: Message, rendered: Rendered, link: str) -> tuple[str, str]:
    """The last line of every mail to a client, in their language: how to get no more of these."""
    with translation.override(message.client.language if message.client else None):
        html = rendered.html or letters.to_html(rendered.text, title=rendered.subject)
        return letters.with_last_line(rendered.text, html, gettext("No more messages about this"), link)


def address_of(message: Message) -> str:
    """Where it goes, as the record says now. May raise InvalidToken."""
    if message.client:
        return message.client.mobile if message.channel == "sms" else message.client.email
    if message.user:
        return message.user.phone if message.channel == "sms" else message.user.email
    known: Any = message.recipient or {}
    return str(known.get("mobile" if message.channel == "sms" else "email", ""))


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

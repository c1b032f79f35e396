"""When messages are late the owners must hear of it, though what sends messages is the very thing that is stuck.

Every process looks: the worker's sweep, the loop without a broker, the scheduler, and the web server when a page or the
health check is asked for. Whoever sees it first claims one row and writes straight to the mail server, past the queue:
one alarm an hour at most, and one mail when all is well again.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Case, F, Q, When
from django.urls import reverse

from clinic import audit, claims, letters, links, outbox, transports
from clinic.delivery import quiet_failure
from clinic.models import ClinicSettings, Heartbeat, Lateness, Message, User

log = logging.getLogger(__name__)

WATCHER = audit.SystemActor("outbox")
AGAIN = timedelta(hours=1)  # between two alarms
TRY_AGAIN = timedelta(minutes=5)  # when the mail server did not take the alarm
WEB_EVERY = 30.0  # seconds between two looks of one web process
Words = tuple[str, str]


def late_since(now: datetime) -> datetime | None:
    """When the message was due that waits longest past its time, if that is longer ago than the owner allows.

    Waiting for its moment, for the end of quiet hours or for a second since somebody pressed “send again” is not late.
    """
    cut = now - timedelta(minutes=ClinicSettings.load().alarm_after)
    # A row that nobody had trouble with counts from when it might go: waiting on purpose moves that moment.
    ready = Case(When(last_error="", then=F("next_attempt_at")), default=F("due_at"))
    rows = Message.objects.filter(state=Message.State.SCHEDULED, due_at__lte=cut).annotate(ready=ready)
    rows = rows.filter(Q(decided_at=None) | Q(decided_at__lte=cut), ready__lte=cut)
    return rows.order_by("ready").values_list("ready", flat=True).first()


def watch() -> bool:
    """Look, and write to the owners when it is time. True when this process wrote."""
    now = claims.database_now()
    late = late_since(now)
    if late is None:
        return _all_well(now)
    Lateness.objects.get_or_create(id=1)
    Lateness.objects.filter(id=1, noticed_at=None).update(late_since=late, noticed_at=now)
    if not _claim(now):
        return False
    log.error("messages are late since %s", late.isoformat())
    if not _tell(_late_words(now)):
        return False
    with audit.transaction():
        Lateness.objects.filter(id=1).update(told_at=now)
        audit.record("message.late_alarm", by=WATCHER, reason=f"late since {late:%Y-%m-%d %H:%M} UTC")
    return True


def _claim(now: datetime) -> bool:
    """Of all processes that see it, one writes."""
    free = Q(claimed_at=None) | Q(claimed_at__lte=now - TRY_AGAIN)
    silent = Q(told_at=None) | Q(told_at__lte=now - AGAIN)
    return bool(Lateness.objects.filter(free & silent, id=1).update(claimed_at=now))


def _all_well(now: datetime) -> bool:
    row = Lateness.objects.filter(id=1, noticed_at__isnull=False).first()
    if row is None or row.noticed_at is None:
        return False
    over = Lateness.objects.filter(id=1, noticed_at=row.noticed_at)
    if not over.update(late_since=None, noticed_at=None, claimed_at=None):
        return False
    if row.told_at is None or row.told_at < row.noticed_at:
        return False  # nobody heard of it: nothing to take back
    _tell(_well_words(row.late_since or row.noticed_at))
    audit.record("message.late_over", by=WATCHER)
    return True


def known() -> datetime | None:
    """Since when messages are known to be late: for the owners' banner, from the one row."""
    return Lateness.objects.filter(id=1, noticed_at__isnull=False).values_list("late_since", flat=True).first()


def _tell(words: Words) -> bool:
    """Straight to the mail server, one mail to each owner. True when it took one."""
    clinic = ClinicSettings.load()
    subject, text = words
    carrier = transports.email_carrier()
    taken = False
    try:
        for owner in User.objects.filter(is_owner=True, is_active=True):
            key = f"alarm:{uuid.uuid4()}"
            letter = letters.Letter(
                key=key, message_id=f"<{uuid.uuid4().hex}@{outbox.site_host()}>", to=owner.email, subject=subject,
                text=text, sender=settings.DEFAULT_FROM_EMAIL, sender_name=clinic.name, date=claims.database_now(),
                name=key.replace(":", "-"),
            )  # fmt: skip
            with quiet_failure("an alarm to an owner"):
                report = carrier.send(letter, lambda: True)
                taken = taken or report.verdict == transports.Verdict.ACCEPTED
                log.warning("alarm to an owner: %s %s", report.verdict, report.code or report.note)
    finally:
        carrier.close()
    return taken


def _late_words(now: datetime) -> Words:
    clinic = ClinicSettings.load()
    waiting = Message.objects.filter(state=Message.State.SCHEDULED, due_at__lte=now).count()
    since = known() or now
    beats = [
        f"- {row.name}: last heard of {row.beat_at.astimezone(clinic.zone):%d %B, %H:%M}"
        for row in Heartbeat.objects.order_by("name")
    ]
    text = (
        f"Messages of {clinic.name} do not go out. The oldest was due {since.astimezone(clinic.zone):%d %B, %H:%M}; "
        f"{waiting} wait now.\n\nWhat was heard of the programs that send:\n\n"
        + ("\n".join(beats) or "- nothing yet")
        + f"\n\nHow it stands at this moment:\n\n{links.absolute(reverse('clinic:outbox_live'))}\n\n"
        "Nothing is lost: everything waits and goes out when the cause is gone. You are told once an hour at most, and "
        "once when all is well again.\n"
    )
    return f"Messages of {clinic.name} are late", text


def _well_words(since: datetime) -> Words:
    clinic = ClinicSettings.load()
    local = since.astimezone(clinic.zone)
    text = (
        f"Messages of {clinic.name} go out again. They were late since {local:%d %B, %H:%M}.\n\n"
        f"What was missed or refused meanwhile stands here:\n\n{links.absolute(reverse('clinic:outbox_list'))}\n"
    )
    return f"Messages of {clinic.name} go out again", text


_next_look = 0.0


def watch_from_the_web() -> None:
    """The last resort, when worker and scheduler are both dead: looks beside the request, which never waits for it."""
    global _next_look
    if not settings.WATCH_FROM_THE_WEB or time.monotonic() < _next_look:
        return
    _next_look = time.monotonic() + WEB_EVERY
    beside(_once)


def beside(work: Callable[[], None]) -> None:
    """Run in a thread of its own, which ends with the process."""
    threading.Thread(target=work, name="watch-lateness", daemon=True).start()


def _once() -> None:
    try:
        with quiet_failure("a look at late messages"):
            watch()
    finally:
        if not connection.in_atomic_block:
            connection.close()


def keep_watching(every: float = 30.0, *, stop: threading.Event | None = None) -> None:
    """For the scheduler, which runs no task itself: a look every half minute until the process ends."""
    stop = stop or threading.Event()
    while not stop.wait(every):
        _once()

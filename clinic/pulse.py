"""Is the clinic well? One word for each part, for monitors; nothing here is about a person. Answers within a second.

A part is ok, late (it lives, but not as it should) or stopped. Whoever has the token also gets figures.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from clinic import claims, lateness
from clinic.models import Heartbeat, Message

OK, LATE, STOPPED = "ok", "late", "stopped"
SLOW = timedelta(minutes=1)  # no beat for so long: late
STILL = timedelta(minutes=5)  # no beat for so long: stopped
PATIENCE = 0.8  # seconds for everything outside the database
DATABASE_MS = 800
KNOWN_FOR = 2.0  # seconds an answer about the broker is used again, however many ask


@dataclass(slots=True)
class Pulse:
    """What was found: a word for each part, and figures for who may see them."""

    parts: dict[str, str] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """The worst of all parts."""
        return max(self.parts.values(), key=[OK, LATE, STOPPED].index, default=OK)


def feel() -> Pulse:
    """Database, broker, whoever sends, the scheduler, and how late messages are."""
    found = Pulse()
    try:
        with _impatient():
            _inside(found)
    except DatabaseError:
        found.parts = {"database": STOPPED}
    found.parts["broker"] = OK if broker_answers() else STOPPED
    return found


def _inside(found: Pulse) -> None:
    """What the database knows: the beats and the queue, in four short queries."""
    now = claims.database_now()
    beats = {row.name: row.beat_at for row in Heartbeat.objects.all()[:50]}
    ages = {name: max(0, int((now - at).total_seconds())) for name, at in beats.items()}
    # `send_due --loop` does the work of both: where it runs, neither worker nor scheduler is missed.
    sender = ages.get("sender")
    late = lateness.late_since(now)
    waiting = Message.objects.filter(state=Message.State.SCHEDULED, next_attempt_at__lte=now)
    oldest = waiting.order_by("next_attempt_at").values_list("next_attempt_at", flat=True).first()
    found.parts = {
        "database": OK,
        "worker": _word(ages.get("worker"), sender),
        "scheduler": _word(ages.get("scheduler"), sender),
        "messages": LATE if late else OK,
    }
    found.figures = {
        "beat_age_s": ages,
        "oldest_due_s": _age(oldest, now),
        "late_s": _age(late, now),
    }


def _age(then: datetime | None, now: datetime) -> int:
    return max(0, int((now - then).total_seconds())) if then else 0


def _word(own: int | None, instead: int | None) -> str:
    ages = [age for age in (own, instead) if age is not None]
    if not ages or min(ages) > STILL.total_seconds():
        return STOPPED
    return LATE if min(ages) > SLOW.total_seconds() else OK


@contextmanager
def _impatient() -> Iterator[None]:
    """A database that is there but busy answers in time or counts as stopped."""
    with transaction.atomic():
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            before = cursor.fetchone()[0]
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{DATABASE_MS}ms"])
        yield
        with connection.cursor() as cursor:  # a transaction round this one must not go on in a hurry
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])


_heard: tuple[float, bool] = (0.0, False)


def broker_answers() -> bool:
    """Does the broker take messages? Asked in a thread: a name that does not resolve must not hold the answer up."""
    global _heard
    if time.monotonic() < _heard[0]:
        return _heard[1]
    answers: list[bool] = []
    asking = threading.Thread(target=lambda: answers.append(_ask_broker()), name="ask-broker", daemon=True)
    asking.start()
    asking.join(PATIENCE)
    _heard = (time.monotonic() + KNOWN_FOR, bool(answers and answers[0]))
    return _heard[1]


def _ask_broker() -> bool:
    kind = urlsplit(settings.CELERY_BROKER_URL).scheme
    if kind == "filesystem":
        folder = Path(str(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_in"]))
        return not folder.exists() or os.access(folder, os.W_OK)
    if not kind.startswith(("redis", "rediss")):
        return True
    line = redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_connect_timeout=0.5, socket_timeout=0.5)
    try:
        return bool(line.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        line.close()

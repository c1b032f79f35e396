"""Whose turn it is: worker, scheduler and `send_due --loop` share the rounds, so that each is done once and none is
missed when one of them is away. The rounds themselves may run twice without harm; this only saves the work.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.request import urlopen

from django.conf import settings
from django.db.models import Q

from clinic import anchors, claims, gauges, lateness, purging, reconciling, sweeps, tidy
from clinic.delivery import quiet_failure
from clinic.models import OutboxRound

log = logging.getLogger(__name__)

#: A round that was begun and never finished is begun again after so long.
LOST = timedelta(minutes=10)
#: The hour (UTC) of the nightly round.
NIGHT = 3
PING_SECONDS = 3.0
#: With a message waiting longer than this the outside world is not told that all is well.
TOO_LATE = 300.0


def run_due() -> list[str]:
    """Do each round that is due and that nobody else has begun; returns their names."""
    done = [name for name in ("sweep", "reconcile", "hourly") if run(name)]
    if claims.database_now().hour == NIGHT and run("nightly"):
        done.append("nightly")
    return done


def run(name: str) -> bool:
    """Do one round, unless somebody did it a moment ago."""
    work, every = _ROUNDS[name]
    begun = _take_turn(name, timedelta(seconds=every()))
    if begun is None:
        return False
    work()
    OutboxRound.objects.filter(name=name, begun_at=begun).update(done_at=claims.database_now())
    return True


def _take_turn(name: str, every: timedelta) -> datetime | None:
    """The moment of this turn, or None. A little early counts: two clocks of the same period must not halve it."""
    now = claims.database_now()
    OutboxRound.objects.get_or_create(name=name, defaults={"begun_at": now - every, "done_at": now - every})
    finished = Q(done_at__isnull=False, begun_at__lte=now - every * 0.9)
    lost = Q(done_at=None, begun_at__lte=now - min(every, LOST))
    return now if OutboxRound.objects.filter(finished | lost, name=name).update(begun_at=now, done_at=None) else None


def _sweep() -> None:
    sweeps.sweep()
    with quiet_failure("a look at late messages"):
        lateness.watch()
    if settings.DEAD_MAN_URL and gauges.read().oldest_due_age_s < TOO_LATE:
        _ping(settings.DEAD_MAN_URL)


def _ping(address: str) -> None:
    """Tell a watcher outside that a good pass was made; its own troubles are none of ours."""
    try:
        urlopen(address, timeout=PING_SECONDS).close()  # noqa: S310 - the operator's own address
    except (OSError, ValueError) as error:
        log.warning("the watcher outside was not reached (%s)", type(error).__name__)


def _nightly() -> None:
    now = claims.database_now()
    sweeps.nightly()
    anchors.send(now=now)
    tidy.forget_old(now=now)
    purging.forget_old(now=now)


_ROUNDS: dict[str, tuple[Callable[[], Any], Callable[[], float]]] = {
    "sweep": (_sweep, lambda: settings.OUTBOX["sweep"]),
    "reconcile": (reconciling.reconcile, lambda: settings.OUTBOX["reconcile"]),
    "hourly": (sweeps.hourly, lambda: settings.OUTBOX["hourly"]),
    "nightly": (_nightly, lambda: 86_400.0),
}

"""The nudge: asks a worker to look now. It may fail and may not matter: somebody looks every few seconds anyway.

It is given from web requests, so it waits for nothing: a connection of its own with short limits, and after a failure
a pause in which nobody tries.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from django.conf import settings
from kombu.pools import producers

from clinic.celery import app

log = logging.getLogger(__name__)

TASK = "clinic.tasks.send_due"
EXPIRES = 10
PAUSE = 30.0  # seconds without nudges after the broker did not answer
LIMIT = 0.15  # seconds for each of connecting and answering; a try may need two of them

_not_before = 0.0
_lines: dict[str, Any] = {}


def nudge() -> None:
    """Ask a worker to look now; never raises, and never waits long."""
    global _not_before
    if time.monotonic() < _not_before:
        return
    try:
        with producers[_line()].acquire(block=False) as producer:
            app.send_task(TASK, expires=EXPIRES, retry=False, producer=producer, ignore_result=True)
    except Exception as error:  # whatever a broker can raise, a request never fails for it
        _not_before = time.monotonic() + PAUSE
        log.warning("the broker takes no nudge (%s); the next look will find the message", type(error).__name__)


def _line() -> Any:
    """How to reach the broker in a hurry. Kept: kombu finds its pool of open connections by it."""
    address = settings.CELERY_BROKER_URL
    if address not in _lines:
        options = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
        if address.startswith("redis"):
            options |= {"socket_connect_timeout": LIMIT, "socket_timeout": LIMIT, "max_retries": 0}
        _lines[address] = app.connection_for_write(address, transport_options=options, connect_timeout=LIMIT)
    return _lines[address]

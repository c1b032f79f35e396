"""Several letters under way at once in one process."""

import threading
import time
import uuid
from types import SimpleNamespace

from clinic import claims, delivery


def test_more_hands_join_in_when_there_is_much_to_do(monkeypatch, settings):
    """Each takes other rows and gives its database connection back; with little to do nobody joins in."""
    rows, workers, lock, closed = list(range(40)), set(), threading.Lock(), []

    def claim(*, worker, channels):
        with lock:
            workers.add(worker)
            return claims.Claim(rows.pop(), uuid.uuid4(), "email", None) if rows else None

    monkeypatch.setattr(delivery, "Watch", lambda: SimpleNamespace(channels={"email"}, lets=lambda channel: True))
    monkeypatch.setattr(delivery.claims, "claim", claim)
    monkeypatch.setattr(delivery, "deliver", lambda *args, **kwargs: time.sleep(0.01) or "accepted")
    monkeypatch.setattr(delivery.connections, "close_all", lambda: closed.append(1))
    assert delivery.send_due(worker="w", hands=3) == {"accepted": 40}
    assert workers == {"w", "w/2", "w/3"}
    assert len(closed) == 2
    rows[:], workers = [1, 2], set()
    assert delivery.send_due(worker="w", hands=3) == {"accepted": 2}
    assert workers == {"w"}

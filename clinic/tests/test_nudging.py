"""The nudge after a commit: it may be lost, it may never hold up who gave it."""

import socket
import time

import pytest
from django.db import transaction

from clinic import nudging
from clinic.models import Message
from clinic.tests.outbox_world import put


@pytest.fixture(autouse=True)
def rested(monkeypatch):
    monkeypatch.setattr(nudging, "_not_before", 0.0)


def seconds_of_a_nudge():
    began = time.monotonic()
    nudging.nudge()
    return time.monotonic() - began


def test_it_never_raises_and_rests_after_a_failure(monkeypatch):
    calls = []

    def fail(*args, **kwargs):
        calls.append(args)
        raise OSError("broker away")

    monkeypatch.setattr(nudging.app, "send_task", fail)
    nudging.nudge()
    nudging.nudge()
    assert len(calls) == 1


@pytest.fixture(params=["closed", "silent"])
def dead_broker(request, settings):
    """A port where nobody listens, and one where somebody takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if request.param == "closed":
            server.close()
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{port}/0"
        settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 0.3}
        yield


def test_a_dead_broker_costs_less_than_half_a_second_once(dead_broker, caplog):
    nudging._line()  # importing the client is not what is measured
    assert seconds_of_a_nudge() <= 0.4
    assert "the broker takes no nudge" in caplog.text
    assert max(seconds_of_a_nudge() for _ in range(100)) < 0.01


@pytest.mark.django_db(transaction=True)
def test_a_change_is_kept_whatever_the_broker_does(desk, dead_broker):
    with transaction.atomic():
        put(desk)
    assert Message.objects.get().state == "scheduled"


def test_a_living_broker_gets_the_task_without_arguments(settings):
    settings.CELERY_BROKER_URL = "memory://nudged"
    nudging.nudge()
    with nudging.app.connection_for_write("memory://nudged") as line, line.SimpleQueue("clinic") as queue:
        message = queue.get(block=False)
        message.ack()
    assert message.headers["task"] == nudging.TASK
    assert message.headers["expires"] is not None
    assert message.payload[:2] == [[], {}]

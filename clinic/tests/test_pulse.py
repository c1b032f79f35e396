"""The health check: one word for each part, figures only with the token, an answer within a second."""

import json
import socket
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic import pulse, sweeps
from clinic.models import Heartbeat, Message
from clinic.tests.test_outbox_page import put

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def broker_not_known(monkeypatch):
    monkeypatch.setattr(pulse, "_heard", (0.0, False))


@pytest.fixture
def alive():
    for name in ("worker", "scheduler"):
        sweeps.beat(name)


def parts(client, **headers):
    answer = client.get("/healthz", headers=headers)
    return answer.status_code, answer.json()


def test_all_well(client, alive, clinic_settings):
    assert parts(client) == (200, {
        "status": "ok",
        "parts": {"database": "ok", "broker": "ok", "worker": "ok", "scheduler": "ok", "messages": "ok"},
    })  # fmt: skip


@pytest.mark.parametrize(("seconds", "word"), [(30, "ok"), (90, "late"), (600, "stopped")])
def test_a_beat_grows_old(client, clinic_settings, seconds, word):
    sweeps.beat("scheduler")
    Heartbeat.objects.create(name="worker", beat_at=timezone.now() - timedelta(seconds=seconds))
    status, found = parts(client)
    assert (status, found["status"], found["parts"]["worker"]) == (200 if word == "ok" else 503, word, word)


def test_a_process_nobody_ever_heard_of_is_not_well(client, clinic_settings):
    assert parts(client)[1]["parts"]["worker"] == "stopped"


def test_the_loop_without_a_broker_does_for_both(client, clinic_settings):
    sweeps.beat("sender")
    assert parts(client)[0] == 200


def test_late_messages_show_without_a_figure(client, alive, desk):
    row = put(user=desk, kind="staff.call_back")
    due = timezone.now() - timedelta(minutes=20)
    Message.objects.filter(pk=row.pk).update(due_at=due, next_attempt_at=due)
    status, found = parts(client)
    assert (status, found["status"], found["parts"]["messages"]) == (503, "late", "late")
    assert set(found) == {"status", "parts"} and not any(letter.isdigit() for letter in json.dumps(found))


def test_figures_need_the_token_from_the_environment(client, alive, clinic_settings, settings):
    settings.HEALTH_TOKEN = "open-sesame"  # noqa: S105
    for given in ("", "Bearer", "Bearer wrong", "Basic open-sesame"):
        assert "figures" not in parts(client, authorization=given)[1]
    figures = parts(client, authorization="Bearer open-sesame")[1]["figures"]
    assert set(figures) == {"beat_age_s", "oldest_due_s", "late_s"}
    settings.HEALTH_TOKEN = ""
    assert "figures" not in parts(client, authorization="Bearer ")[1]


def test_without_a_database_it_says_stopped(client, monkeypatch):
    def gone(found):
        raise OperationalError

    monkeypatch.setattr(pulse, "_inside", gone)
    assert parts(client) == (503, {"status": "stopped", "parts": {"database": "stopped", "broker": "ok"}})


def test_a_broker_that_is_away_answers_within_a_second(client, alive, clinic_settings, settings):
    with socket.socket() as listening:  # takes the connection and never says a word
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{listening.getsockname()[1]}/0"
        began = time.monotonic()
        status, found = parts(client)
        assert time.monotonic() - began < 1.5
    assert (status, found["parts"]["broker"], found["status"]) == (503, "stopped", "stopped")
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    pulse._heard = (0.0, False)
    assert parts(client)[1]["parts"]["broker"] == "stopped"


def test_the_file_queue_must_be_writable(client, settings, tmp_path, monkeypatch):
    settings.CELERY_BROKER_URL = "filesystem://localhost//"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_in": str(tmp_path)}
    assert pulse.broker_answers()
    pulse._heard = (0.0, False)
    monkeypatch.setattr(pulse.os, "access", lambda path, mode: False)
    assert not pulse.broker_answers()


def test_it_is_cheap_however_much_waits(client, alive, desk):
    counts = []
    for upto in (1, 30):
        for number in range(Message.objects.count(), upto):
            put(f"k:{number}", user=desk, kind="staff.call_back")
        with CaptureQueriesContext(connection) as queries:
            client.get("/healthz")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12

"""The rounds: what is over ends, what hangs is freed, promised times follow the clinic's zone."""

import ast
import inspect
import os
import subprocess
import sys
from datetime import time, timedelta
from pathlib import Path
from threading import Event

import pytest
from django.core.management import call_command

from clinic import audit, claims, outbox, sweeps, tasks
from clinic.management.commands import send_due
from clinic.models import Heartbeat, Message

ROOT = Path(__file__).resolve().parents[2]


def notice(desk, due, **changes):
    facts = {"key": "k:1", "not_after": due + timedelta(hours=1)} | changes
    return outbox.schedule(
        kind="staff.notice", channel="email", due_at=due, by=audit.SYSTEM, now=due, user=desk, **facts
    )


@pytest.mark.django_db
def test_what_came_too_late_is_missed_and_never_sent(desk):
    now = claims.database_now()
    message = notice(desk, now - timedelta(days=1))
    assert sweeps.sweep() == {"rescued": 0, "unknown": 0, "expired": 1}
    assert sweeps.sweep()["expired"] == 0
    message.refresh_from_db()
    assert (message.state, message.get_state_display()) == ("expired", "Missed")


@pytest.mark.django_db
def test_nightly_moves_promised_times_with_the_clinic(clinic_settings, client_ann, now):
    message = outbox.schedule(
        key="k", kind="aftercare.h24", channel="email", due_at=now + timedelta(days=1, hours=1),
        not_after=now + timedelta(days=3), by=audit.SYSTEM, now=now, client=client_ann,
    )  # fmt: skip
    assert message.local_time == time(10)
    assert sweeps.nightly() == 0
    clinic_settings.time_zone = "Europe/Vienna"
    clinic_settings.save()
    assert sweeps.nightly() == 1
    message.refresh_from_db()
    assert message.due_at == message.next_attempt_at == now + timedelta(days=1)


@pytest.mark.django_db
def test_tasks_leave_their_beats(settings):
    settings.COMPLETENESS_SWEEPS = []
    for task in (tasks.send_due, tasks.sweep, tasks.reconcile, tasks.hourly, tasks.nightly):
        task()
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"worker", "scheduler"}


@pytest.mark.django_db
def test_beats_are_not_written_at_every_round(django_assert_num_queries):
    sweeps.beat("worker")
    with django_assert_num_queries(2):
        sweeps.beat("worker")


@pytest.mark.django_db
def test_send_due_sends_without_a_broker(desk, capsys, settings):
    settings.MESSAGE_RENDERERS = {"staff.": "clinic.tests.test_delivery.render"}
    notice(desk, claims.database_now())
    call_command("send_due")
    assert "1 accepted" in capsys.readouterr().out
    assert Message.objects.get().state == "sent"


@pytest.mark.django_db
def test_the_loop_goes_on_when_a_round_fails(monkeypatch, settings, caplog):
    settings.COMPLETENESS_SWEEPS = []
    stop, rounds = Event(), []

    def fails(**kwargs):
        rounds.append(kwargs)
        if len(rounds) == 2:
            stop.set()
        raise OSError("SECRET of a client")

    monkeypatch.setattr(send_due.delivery, "send_due", fails)
    send_due.loop("w", stop, pause=0)
    assert len(rounds) == 2
    assert "SECRET" not in caplog.text


#: Words that make a broker wait, or try by itself. What a broker keeps for later it delivers again and again, or loses.
WAITING = {"eta", "countdown", "apply_async", "retry_backoff", "autoretry_for", "default_retry_delay"}


def waiting_words(tree):
    """Line and word wherever a call, a decorator, a dictionary or an attribute asks for it."""
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg=word) | ast.Constant(value=word) | ast.Attribute(attr=word):
                if isinstance(word, str) and word in WAITING:
                    yield node.lineno, word
            case ast.Call(func=ast.Attribute(attr="retry" | "s" | "signature" | "delay")):
                yield node.lineno, node.func.attr


@pytest.mark.lint
def test_nothing_is_ever_scheduled_in_the_broker():
    files = [file for app in ("clinic", "conditions", "intake", "treatments") for file in (ROOT / app).rglob("*.py")]
    files = [file for file in files if not {"tests", "migrations"} & set(file.parts)]
    assert len(files) > 200
    found = {str(file): list(waiting_words(ast.parse(file.read_text(encoding="utf-8")))) for file in files}
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "line",
    ["t.apply_async(countdown=5)", "t(eta=x)", "send({'eta': 1})", "@task(autoretry_for=(E,))\ndef f(): ...",
     "self.retry()", "t.delay(1)"],
)  # fmt: skip
def test_the_search_finds_every_way_of_waiting(line):
    assert list(waiting_words(ast.parse(line)))


def test_celery_only_says_look_now(settings):
    lease = settings.OUTBOX["lease"]
    assert settings.CELERY_TASK_ACKS_LATE and settings.CELERY_TASK_REJECT_ON_WORKER_LOST
    assert settings.CELERY_TASK_IGNORE_RESULT and not settings.CELERY_TASK_PUBLISH_RETRY
    assert settings.CELERY_WORKER_PREFETCH_MULTIPLIER == 1
    assert lease < settings.CELERY_TASK_TIME_LIMIT
    assert {"send-due", "sweep", "reconcile", "hourly", "nightly"} <= set(settings.CELERY_BEAT_SCHEDULE)
    for tick in settings.CELERY_BEAT_SCHEDULE.values():
        assert tick["options"]["expires"] > 0
        assert not set(tick) & {"args", "kwargs"}


def test_the_broker_hands_nothing_out_twice_while_it_is_worked_on():
    """Redis hands out again what is not acknowledged in time: later than any task may take."""
    asked = "from clinic import settings as s; o = s.CELERY_BROKER_TRANSPORT_OPTIONS; "
    asked += "print(o['visibility_timeout'] > s.CELERY_TASK_TIME_LIMIT, o['max_retries'], o['socket_connect_timeout'])"
    environment = os.environ | {"REDIS_URL": "redis://127.0.0.1:9/0", "CLINIC_OUTBOX_LEASE": "5000"}
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "0", "0.3"], done.stderr


def test_tasks_take_no_arguments():
    for task in (tasks.send_due, tasks.sweep, tasks.reconcile, tasks.hourly, tasks.nightly):
        assert not inspect.signature(task.run).parameters

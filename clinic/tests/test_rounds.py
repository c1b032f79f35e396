"""Rounds are shared: each is done once by whoever comes first, and none is missed when somebody dies in it."""

from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import time_machine

from clinic import claims, rounds, sweeps
from clinic.models import Message, OutboxRound
from clinic.tests.outbox_world import many

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_rooms(settings):
    settings.COMPLETENESS_SWEEPS = []


def earlier(**ago):
    moment = claims.database_now() - timedelta(**ago)
    OutboxRound.objects.update(begun_at=moment, done_at=moment)


def test_the_first_does_the_round_and_the_second_has_nothing_to_do():
    assert rounds.run_due()[:3] == ["sweep", "reconcile", "hourly"]
    assert rounds.run_due() == []


def test_each_comes_again_after_its_own_time():
    rounds.run_due()
    earlier(seconds=31)
    assert rounds.run_due() == ["sweep"]
    earlier(seconds=61)
    assert rounds.run_due()[:2] == ["sweep", "reconcile"]


def test_a_round_that_failed_or_was_killed_is_begun_again(monkeypatch):
    def fails():
        raise RuntimeError("killed")

    monkeypatch.setitem(rounds._ROUNDS, "hourly", (fails, lambda: 3600.0))
    with pytest.raises(RuntimeError):
        rounds.run("hourly")
    assert not rounds.run("hourly")
    OutboxRound.objects.update(begun_at=claims.database_now() - timedelta(minutes=11))
    with pytest.raises(RuntimeError):
        rounds.run("hourly")


def test_a_wrong_clock_makes_no_round_come_early():
    rounds.run_due()
    with time_machine.travel(claims.database_now() + timedelta(days=2)):
        assert rounds.run_due() == []


def test_the_nightly_round_is_done_at_night_by_whoever_looks(monkeypatch):
    now = claims.database_now()
    monkeypatch.setattr(rounds.claims, "database_now", lambda: now.replace(hour=12))
    assert "nightly" not in rounds.run_due()
    monkeypatch.setattr(rounds.claims, "database_now", lambda: now.replace(hour=3) + timedelta(days=1))
    assert "nightly" in rounds.run_due()
    assert "nightly" not in rounds.run_due()


@pytest.fixture
def watcher(settings):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.heard += 1
            self.send_response(server.answer)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.heard, server.answer = 0, 200
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    settings.DEAD_MAN_URL = f"http://127.0.0.1:{server.server_port}/ping"
    yield server
    server.shutdown()
    server.server_close()


def test_a_good_pass_is_told_outside_and_a_late_one_is_not(watcher, desk):
    assert rounds.run("sweep")
    assert watcher.heard == 1
    now = claims.database_now()
    many(desk, 1, due=now - timedelta(minutes=6), not_after=now + timedelta(days=1))
    earlier(minutes=1)
    assert rounds.run("sweep")
    assert watcher.heard == 1


@pytest.mark.parametrize("answer", [500, None])
def test_a_watcher_in_trouble_troubles_nobody(watcher, settings, answer):
    watcher.answer = answer or 200
    if answer is None:
        settings.DEAD_MAN_URL = "http://127.0.0.1:9/"
    assert rounds.run("sweep")
    assert OutboxRound.objects.get(name="sweep").done_at


def test_the_hourly_round_tells_the_owner_what_it_had_to_make(owner, settings):
    settings.COMPLETENESS_SWEEPS = [f"{__name__}.fails", f"{__name__}.makes_two"]
    assert sweeps.hourly() == {settings.COMPLETENESS_SWEEPS[0]: 0, settings.COMPLETENESS_SWEEPS[1]: 2}
    assert sweeps.hourly()
    told = Message.objects.get(kind="staff.sweep_created")
    assert (told.user, told.context) == (owner, {"made": 2})
    assert rounds.gauges.read().counted_24h["sweep_created"] == 4


def fails(*, now):
    raise RuntimeError("one room in trouble")


def makes_two(*, now):
    return 2

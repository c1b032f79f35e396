"""Processes that die are replaced, together with what they had started; nothing is left over."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from clinic.supervisor import LONGEST_PAUSE, Child, Supervisor
from clinic.testing_server import HEALTH_TOKEN, ROOT, own_services, running_clinic, wait_until

SLEEP = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
# A child that starts a grandchild and ignores being asked to end.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
helper = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"])
print(helper.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def hangup_heard():
    """A suite started with nohup hands "ignore SIGHUP" down to every clinic it starts, which would then respect it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def eventually(condition, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def supervisor():
    made = Supervisor([Child("one", SLEEP), Child("two", SLEEP)], say=lambda text: None)
    yield made
    made.stop()


def test_dead_child_is_started_again_and_the_other_left_alone(supervisor):
    supervisor.look_after()
    one, two = (child.process.pid for child in supervisor.children)
    os.kill(one, signal.SIGKILL)
    eventually(lambda: supervisor.children[0].has_fallen)
    supervisor.look_after()
    eventually(lambda: supervisor.look_after() or supervisor.children[0].process is not None)
    assert supervisor.children[0].process.pid != one
    assert supervisor.children[1].process.pid == two


def test_everything_a_dead_child_had_started_is_cleared_away(tmp_path):
    child = Child("stubborn", [sys.executable, "-S", "-c", STUBBORN])
    with open(tmp_path / "pid", "wb") as out:
        child.process = subprocess.Popen(child.command, stdout=out, start_new_session=True)
    eventually(lambda: (tmp_path / "pid").read_text().endswith("\n"))
    helper = int((tmp_path / "pid").read_text())
    os.kill(child.process.pid, signal.SIGKILL)
    eventually(lambda: child.has_fallen)
    assert is_alive(helper)
    child.clear_away()
    eventually(lambda: not is_alive(helper))


def test_stop_ends_all(supervisor):
    supervisor.look_after()
    pids = [child.process.pid for child in supervisor.children]
    supervisor.stop()
    assert not any(is_alive(pid) for pid in pids)


def test_pause_grows_but_never_beyond_its_limit():
    child = Child("falling", SLEEP, started_at=100.0)
    pauses = []
    for _ in range(8):
        child.plan_restart(now=101.0)
        pauses.append(child.start_after - 101.0)
    assert pauses == sorted(pauses)
    assert pauses[0] < 1 and pauses[-1] == LONGEST_PAUSE


def test_child_that_was_healthy_is_started_at_once():
    child = Child("healthy", SLEEP, started_at=100.0, falls=5)
    child.plan_restart(now=1000.0)
    assert child.start_after == 1000.0


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """The folder of a clinic that has been started once: each test begins with a copy."""
    var = tmp_path_factory.mktemp("prepared") / "var"
    with running_clinic(var, "--empty"):
        pass
    return var


@pytest.fixture
def var(prepared, tmp_path):
    return shutil.copytree(prepared, tmp_path / "var")


def processes_of(clinic):
    """Name → pid of the supervisor's children, and every pid of their groups."""
    listing = subprocess.run(["ps", "-ewwo", "pid=,ppid=,pgid=,args="], capture_output=True, text=True).stdout
    rows = [line.split(None, 3) for line in listing.splitlines()]
    children = {int(row[0]): row[3] for row in rows if int(row[1]) == clinic.process.pid}
    words = {"web": "gunicorn", "worker": " worker ", "scheduler": " beat ", "sender": " send_due "}
    names = {name: pid for name, word in words.items() for pid, line in children.items() if word in line}
    return names, {int(row[0]) for row in rows if int(row[2]) in children}


def age_of_worker(clinic):
    """Seconds since the worker last did what the scheduler asked for."""
    try:
        question = urllib.request.Request(
            clinic.address + "/healthz", headers={"Authorization": f"Bearer {HEALTH_TOKEN}"}
        )
        try:
            with urllib.request.urlopen(question, timeout=5) as answer:
                found = json.load(answer)
        except urllib.error.HTTPError as unwell:
            found = json.load(unwell)
        return found["figures"]["beat_age_s"].get("worker", 1_000)
    except (OSError, KeyError):
        return 1_000


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_killed_processes_come_back_within_ten_seconds_without_orphans(tmp_path):
    with own_services("kill") as services, running_clinic(tmp_path / "var", "--empty", **services) as clinic:
        wait_until(lambda: len(processes_of(clinic)[0]) == 4, clinic=clinic)
        for name in ("web", "worker", "scheduler", "sender"):
            before, group = processes_of(clinic)
            os.kill(before[name], signal.SIGKILL)
            took = wait_until(
                lambda name=name, old=before[name]: processes_of(clinic)[0].get(name, old) != old,
                clinic=clinic,
                seconds=10,
            )
            took += wait_until(lambda: clinic.status() == 200, clinic=clinic, seconds=10 - took)
            assert took < 10
            gone = group - processes_of(clinic)[1]
            assert before[name] in gone
            assert not any(is_alive(pid) for pid in gone)
        left = processes_of(clinic)[1]
        assert len(left) >= 3
    assert clinic.process.returncode == 0
    assert not any(is_alive(pid) for pid in left)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_killed_worker_and_scheduler_work_again(tmp_path):
    with own_services("again") as services, running_clinic(tmp_path / "var", "--empty", **services) as clinic:
        wait_until(lambda: age_of_worker(clinic) < 5, clinic=clinic)
        for name in ("worker", "scheduler"):
            os.kill(processes_of(clinic)[0][name], signal.SIGKILL)
        killed = time.monotonic()
        wait_until(lambda: age_of_worker(clinic) + 1 < time.monotonic() - killed, clinic=clinic, seconds=30)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.once
def test_ending_the_supervisor_ends_everything(var, number):
    if number == signal.SIGKILL and sys.platform != "linux":
        pytest.skip("only Linux tells children that their parent was killed")
    with running_clinic(var, "--empty") as clinic:
        _, pids = processes_of(clinic)
        clinic.process.send_signal(number)
        clinic.process.wait(timeout=20)
        eventually(lambda: not any(is_alive(pid) for pid in pids), seconds=15)
    assert clinic.status() == 0


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_second_supervisor_in_the_same_folder_is_refused(var):
    with running_clinic(var, "--empty") as clinic:
        done = subprocess.run(
            [sys.executable, "manage.py", "up", "--port", "0"],
            cwd=ROOT,
            env=clinic.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1
    assert "is running already" in done.stderr

"""For tests of the running whole: `manage.py up` as a person would start it, in a folder of its own.

`own_services` gives it a database and a broker of its own, of the kind the suite runs on.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
#: Filling the demo clinic on a busy machine takes most of it.
START_SECONDS = 230.0


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


HEALTH_TOKEN = "opens-the-figures-of-the-health-check"


@dataclass
class RunningClinic:
    """The supervisor's process, where its pages are, and where it keeps its things."""

    process: subprocess.Popen[bytes]
    port: int
    var: Path
    environment: Mapping[str, str]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """Everything it has said so far."""
        return (self.var / "up.log").read_text(encoding="utf-8", errors="replace")

    def status(self, path: str = "/healthz") -> int:
        """What a GET answers; 0 when nobody does."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=5) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError:
            return 0

    def manage(self, *arguments: str) -> str:
        """Run another command of this clinic and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def clinic_environment(var: Path, *, port: int, **extra: str) -> dict[str, str]:
    """This process's environment without what the test settings have put there."""
    own = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DJANGO_ALLOW_ASYNC_UNSAFE"}
    kept = {name: value for name, value in os.environ.items() if name not in own and not name.startswith("CLINIC_")}
    ours = {
        "CLINIC_NO_BOOTSTRAP": "1",
        "CLINIC_IGNORE_DOTENV": "1",
        "CLINIC_VAR": str(var),
        "CLINIC_PORT": str(port),
        "CLINIC_OWNER_EMAIL": "olga@riverside.example",
        "CLINIC_HEALTH_TOKEN": HEALTH_TOKEN,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return kept | ours | extra


@contextmanager
def own_services(name: str) -> Iterator[dict[str, str]]:
    """DATABASE_URL and REDIS_URL for a running clinic: empty on the embedded default, else made here and removed."""
    with _own_database(name) as database, _own_broker() as broker:
        yield database | broker


@contextmanager
def _own_database(name: str) -> Iterator[dict[str, str]]:
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield {}
        return
    import psycopg2

    own = f"clinic_{name}_{os.getpid()}"
    line = psycopg2.connect(url)
    line.autocommit = True
    try:
        with line.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{own}"')
            try:
                yield {"DATABASE_URL": urlunsplit(urlsplit(url)._replace(path=f"/{own}"))}
            finally:
                cursor.execute(f'DROP DATABASE IF EXISTS "{own}" WITH (FORCE)')
    finally:
        line.close()


@contextmanager
def _own_broker() -> Iterator[dict[str, str]]:
    url = os.environ.get("REDIS_URL", "")
    if not url:
        yield {}
        return
    import redis

    taken = urlsplit(url).path.strip("/") or "0"
    for number in range(15, -1, -1):
        own = urlunsplit(urlsplit(url)._replace(path=f"/{number}"))
        line: Any = redis.Redis.from_url(own)
        # An empty one: somebody else's messages are not ours to eat. The mark keeps a run beside this one out.
        if str(number) != taken and line.dbsize() == 0 and line.set("taken-by-test", os.getpid(), nx=True):
            break
        line.close()
    else:
        raise RuntimeError("no empty Redis database is left for the test")
    try:
        yield {"REDIS_URL": own}
    finally:
        line.flushdb()
        line.close()


@contextmanager
def running_clinic(var: Path, *arguments: str, **extra: str) -> Iterator[RunningClinic]:
    """`manage.py up <arguments>` until the block ends; `extra` goes into its environment (EMAIL_URL and so on)."""
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    port = free_port()
    environment = clinic_environment(var, port=port, **extra)
    with open(var / "up.log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port), *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    clinic = RunningClinic(process=process, port=port, var=var, environment=environment)
    try:
        wait_until(lambda: clinic.status() == 200, clinic=clinic)
        yield clinic
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(condition: object, *, clinic: RunningClinic, seconds: float = START_SECONDS) -> float:
    """Wait for `condition()`; returns how long it took, fails with the clinic's log."""
    assert callable(condition)
    started = time.monotonic()
    while not condition():
        waited = time.monotonic() - started
        assert clinic.process.poll() is None, f"it has ended:\n{clinic.log[-4000:]}"
        assert waited < seconds, f"not within {seconds:.0f} s:\n{clinic.log[-4000:]}"
        time.sleep(0.1)
    return time.monotonic() - started

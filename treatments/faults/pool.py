"""The clinic that is put to the test: a database of its own, workers, a scheduler; all of them can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from clinic.supervisor import Child

#: How long the outbox waits, scaled down so that a test of minutes sees every wait end.
SCALED = {
    "CLINIC_EMAIL_TIMEOUT": "1",
    "CLINIC_EMAIL_COMMAND_TIMEOUT": "1",
    "CLINIC_EMAIL_REPLY_TIMEOUT": "4",
    "CLINIC_OUTBOX_LEASE": "10",
    "CLINIC_OUTBOX_BACKOFF": "1,2,3,4,5,6",
    "CLINIC_OUTBOX_UNREACHABLE": "1,1,2,2",
    "CLINIC_OUTBOX_BREAKER_FIRST": "2",
    "CLINIC_OUTBOX_BREAKER_LONGEST": "4",
    "CLINIC_OUTBOX_GRACE": "6",
    "CLINIC_OUTBOX_SWEEP": "2",
    "CLINIC_OUTBOX_RECONCILE": "2",
}
WORKERS = 2
_OURS = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DJANGO_SETTINGS_MODULE")


class Clinic:
    """One clinic's environment and its processes, kept alive by `look_after`."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder, self.var = folder, folder / "var"
        for each in ("queue/messages", "queue/control", "outbox", "static"):
            (self.var / each).mkdir(parents=True)
        kept = {name: each for name, each in os.environ.items() if name not in _OURS and not name.startswith("CLINIC_")}
        self.environment = kept | {
            "CLINIC_NO_BOOTSTRAP": "1", "CLINIC_IGNORE_DOTENV": "1", "CLINIC_FAULT_TESTING": "1",
            "CLINIC_VAR": str(self.var), "CLINIC_LOG_LEVEL": "WARNING", "DJANGO_SETTINGS_MODULE": "clinic.settings",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser", **environment,
        }  # fmt: skip
        pool = ["--pool", "prefork", "--concurrency", "2"] if environment.get("REDIS_URL") else ["--pool", "solo"]
        celery = [sys.executable, "-m", "celery", "--quiet", "--app", "clinic", "--workdir", str(settings.BASE_DIR)]
        flags = ["--without-mingle", "--without-gossip", "-l", "WARNING"]
        self.workers = [
            self._child(f"worker-{at}", [*celery, "worker", *pool, "-n", f"worker-{at}@clinic", *flags])
            for at in range(WORKERS)
        ]
        self.senders = [*self.workers, self._child("sender", [*self._manage, "send_due", "--loop"])]
        schedule = ["-s", str(self.var / "beat"), "--pidfile=", "-l", "WARNING"]
        self.scheduler = self._child("scheduler", [*celery, "beat", *schedule])
        self.fallen = 0  # ended by themselves

    @property
    def _manage(self) -> list[str]:
        return [sys.executable, str(settings.BASE_DIR / "manage.py")]

    def _child(self, name: str, command: Sequence[str]) -> Child:
        return Child(name, command, self.environment, log=self.folder / f"{name}.log")

    def manage(self, *arguments: str) -> subprocess.Popen[str]:
        """One of its commands, begun; its standard output is to be read."""
        return subprocess.Popen(  # noqa: S603
            [*self._manage, *arguments], env=self.environment, stdout=subprocess.PIPE, text=True
        )

    def ask(self, *arguments: str) -> list[str]:
        """One of its commands, done: the lines it printed."""
        process = self.manage(*arguments)
        said, _ = process.communicate()
        if process.returncode:
            raise CommandError(f"{arguments[0]} failed.")
        return said.splitlines()

    @property
    def children(self) -> list[Child]:
        return [*self.senders, self.scheduler]

    def look_after(self) -> None:
        """Start what is not running, at once."""
        for child in self.children:
            if child.has_fallen:
                self.fallen += 1
                child.clear_away()
            if child.process is None:
                child.start(now=time.monotonic())

    def kill_one_of(self, child: Child) -> None:
        """-9 to one process of a worker's pool; the worker itself must see to it."""
        if child.process is not None and (pids := children_of(child.process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pids[0], signal.SIGKILL)

    def start_workers(self) -> None:
        """Workers and scheduler, without the sender that needs no broker."""
        for child in (*self.workers, self.scheduler):
            child.start(now=time.monotonic())

    def stop(self) -> None:
        """SIGTERM, time to finish, then no more."""
        for child in self.children:
            child.signal(signal.SIGTERM)
        gives_up = time.monotonic() + 10
        while time.monotonic() < gives_up and any(each.process and not each.has_fallen for each in self.children):
            time.sleep(0.05)
        for child in self.children:
            child.clear_away()

    def log_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")


def children_of(pid: int) -> list[int]:
    """The processes that this one started."""
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def memory_of(pids: Mapping[str, int]) -> dict[str, float]:
    """Resident memory in MB of each."""
    found = {}
    for name, pid in pids.items():
        with suppress(OSError, StopIteration):
            lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
            found[name] = int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024
    return found

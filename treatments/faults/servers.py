"""Servers of a fault test's own, on free ports in a temporary folder: nobody else's is ever stopped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

PATIENCE = 60.0


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool], what: str, *, seconds: float = PATIENCE) -> None:
    """Look again and again until it holds."""
    gives_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > gives_up:
            raise CommandError(f"{what} did not come within {seconds:.0f} seconds.")
        time.sleep(0.05)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class OwnPostgres:
    """A cluster made for this test; as root it runs as the user postgres."""

    def __init__(self) -> None:
        found = shutil.which("initdb") or max(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")), default="")
        if not found:
            raise CommandError("PostgreSQL's programs are not on this machine: install them, or use --embedded.")
        self.programs, self.port = Path(found).resolve().parent, free_port()
        self.folder = Path(mkdtemp(prefix="clinic-fault-pg-"))
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.as_user:
            shutil.chown(self.folder, "postgres")
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "clinic", "--auth=trust", "-E", "UTF8", "--no-sync")
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "clinic", "clinic")

    @property
    def url(self) -> str:
        return f"postgres://clinic@127.0.0.1:{self.port}/clinic"

    def start(self) -> None:
        # Its processes are killed, the machine is not: what was written is there, synced to the disk or not.
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder} -c fsync=off"
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-w", "-o", options, "start"
        )

    def crash(self) -> None:
        """Without a word to anybody, as when the power fails."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def close(self) -> None:
        self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self.as_user, str(self.programs / program), *arguments]
        done = subprocess.run(  # noqa: S603 - our own words
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            raise CommandError(f"{program}: {done.stderr.strip()}")


class OwnRedis:
    """A broker that keeps nothing over a restart."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise CommandError("redis-server is not on this machine: install it, or use --embedded.")
        self.program, self.folder, self.port = program, folder, free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [
            self.program,
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(self.folder),
        ]
        self.process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(lambda: listens(self.port), "Redis")

    def flush(self) -> None:
        import redis

        line: Any = redis.Redis.from_url(self.url)
        line.flushall()
        line.close()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    close = kill


class Sink:
    """The mail server that only takes notes, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.port, self.journal = free_port(), folder / "accepted.jsonl"
        self.journal.touch()
        command = [sys.executable, "-m", "treatments.faults.sink", str(self.port), str(self.journal)]
        self.process = subprocess.Popen(  # noqa: S603
            command, cwd=settings.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        if self.process.stdout.readline().strip() != "ready":
            raise CommandError("The mail server of the test did not start: pip install -r requirements-dev.txt")

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def tell(self, **order: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def accepted(self) -> list[dict[str, Any]]:
        """What it took, in order."""
        return [json.loads(line) for line in self.journal.read_text(encoding="utf-8").splitlines()]

    def close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process.wait()

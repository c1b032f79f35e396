"""Keeps the clinic's processes running together: web, worker, sender, scheduler.

Each child leads a session of its own, so that a dead one is cleared away with everything it had started before it is
started anew. No Django here: the supervisor must stay small and alive whatever happens to the rest.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

#: A child that lived this long is healthy again: its next fall is answered at once.
HEALTHY_SECONDS = 20.0
#: Never wait longer than this before starting a dead child again.
LONGEST_PAUSE = 6.0
#: What a child gets to finish its work after SIGTERM.
GRACE_SECONDS = 10.0
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _die_with(parent: int) -> Callable[[], None]:
    """For the moment between fork and exec: ask Linux to end this child when the supervisor is killed outright."""

    def ask() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return ask


@dataclass
class Child:
    """One process to keep alive, and how it has fared."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    pass_fds: Sequence[int] = ()
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    falls: int = 0
    start_after: float = 0.0

    def start(self, *, now: float) -> None:
        with open(self.log, "ab") if self.log else contextlib.nullcontext() as said:
            # Only one thread runs here, so preexec_fn is safe.
            self.process = subprocess.Popen(  # noqa: S603 - our own commands
                self.command,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
                pass_fds=self.pass_fds,
                preexec_fn=_die_with(os.getpid()),
            )
        self.started_at = now

    def signal(self, number: signal.Signals) -> None:
        """To the leader only: it tells its own children, so that work in hand can end well."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def clear_away(self) -> None:
        """Kill whatever is left of the child's group, then reap it."""
        if self.process is None:
            return
        # ProcessLookupError: nobody left. PermissionError is how macOS says the same of a zombie.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    @property
    def has_fallen(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def plan_restart(self, *, now: float) -> None:
        """At once after a healthy life; a little later each time when it keeps falling."""
        self.falls = 0 if now - self.started_at > HEALTHY_SECONDS else self.falls + 1
        self.start_after = now + min(LONGEST_PAUSE, 0.0 if self.falls == 0 else 0.5 * 2 ** (self.falls - 1))


class Supervisor:
    """Runs until told to stop, then leaves nothing behind."""

    def __init__(self, children: Sequence[Child], *, say: Callable[[str], None]) -> None:
        self.children = children
        self.say = say
        self.stopping = False

    def run(self) -> None:
        """Start all children and keep them up until SIGINT, SIGTERM or SIGHUP."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # nohup has set SIGHUP aside on purpose.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._ask_to_stop)
        try:
            while not self.stopping:
                self.look_after()
                time.sleep(0.2)
        finally:
            self.stop()

    def look_after(self) -> None:
        """One round: clear away the dead, start what should run."""
        now = time.monotonic()
        for child in self.children:
            if child.has_fallen and child.process is not None:
                code = child.process.returncode
                child.clear_away()
                child.plan_restart(now=now)
                self.say(f"{child.name} stopped ({_cause(code)}); starting it again.")
            if child.process is None and now >= child.start_after and not self.stopping:
                child.start(now=now)

    def stop(self) -> None:
        """SIGTERM to all, time to finish, then SIGKILL to every group."""
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and any(
            child.process is not None and not child.has_fallen for child in self.children
        ):
            time.sleep(0.05)
        for child in self.children:
            child.clear_away()

    def _ask_to_stop(self, number: int, frame: object) -> None:
        if self.stopping:  # asked twice: do not wait any longer
            for child in self.children:
                child.signal(signal.SIGKILL)
        self.stopping = True


def _cause(code: int) -> str:
    if code < 0:
        return signal.Signals(-code).name
    return f"exit {code}"

"""One fault test from beginning to end: set up, let messages fall due, break things, wait, look."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from subprocess import Popen
from tempfile import mkdtemp

from django.core.management.base import CommandError

from treatments.faults.pool import SCALED, Clinic
from treatments.faults.servers import OwnPostgres, OwnRedis, Sink
from treatments.faults.verdict import Evidence, Fault

ROLLED_BACK = 0.1
ANSWERS_AFTER = 0.05  # seconds a relay takes
REFUSED = 0.3
SCRIBES = 2  # processes that end sessions side by side
STARTS_WITHIN = 6.0  # seconds until they do


@dataclass(frozen=True, slots=True)
class Size:
    """How much, how long, how often."""

    messages: int
    within: float  # seconds in which they fall due
    kills: int
    away: float  # seconds a broker, a relay stays away
    quiet: float
    patience: float  # seconds for the last stragglers


def size_of(messages: int) -> Size:
    """Full: two minutes and twenty kills. Quick: what fits into half a minute."""
    if messages <= 400:
        return Size(messages, within=16.0, kills=4, away=1.5, quiet=2.0, patience=40.0)
    return Size(messages, within=120.0, kills=20, away=6.0, quiet=10.0, patience=90.0)


@dataclass(slots=True)
class House:
    """The clinic under test with the servers round it."""

    clinic: Clinic
    sink: Sink
    postgres: OwnPostgres | None = None
    redis: OwnRedis | None = None


@contextmanager
def house(*, embedded: bool, keep: bool = False, environment: Mapping[str, str] | None = None) -> Iterator[House]:
    """Everything a test runs against, gone afterwards; `keep` leaves the logs."""
    folder = Path(mkdtemp(prefix="clinic-fault-"))
    with ExitStack() as ends:
        if not keep:
            ends.callback(shutil.rmtree, folder, ignore_errors=True)
        sink = Sink(folder)
        ends.callback(sink.close)
        urls = {"DATABASE_URL": f"sqlite:///{folder / 'var' / 'db.sqlite3'}", "REDIS_URL": "", "EMAIL_URL": sink.url}
        made = House(clinic=None, sink=sink)  # type: ignore[arg-type]  # comes in a moment
        if not embedded:
            made.postgres, made.redis = OwnPostgres(), OwnRedis(folder)
            ends.callback(made.postgres.close)
            ends.callback(made.redis.close)
            urls |= {"DATABASE_URL": made.postgres.url, "REDIS_URL": made.redis.url}
        made.clinic = Clinic(folder, **urls, **(environment or {}))
        ends.callback(made.clinic.stop)
        yield made


@dataclass
class Trial:
    """What is done to one house, when; and what was seen meanwhile."""

    house: House
    size: Size
    seed: int
    say: Callable[[str], None]
    committed: dict[str, tuple[float, float]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    quiet: tuple[float, float] = (0.0, 0.0)

    def run(self) -> Evidence:
        clinic, size = self.house.clinic, self.size
        self.house.sink.tell(delay=ANSWERS_AFTER, refuse=REFUSED)
        pace = json.loads(clinic.ask("fault_enqueue", "--gather", *self._sessions())[-1])["seconds_each"]
        self._keep_alive(until=0)
        self.zero = float(int(time.time() + STARTS_WITHIN + pace * size.messages / SCRIBES))
        begins = self.zero + int(0.4 * size.within)
        self.quiet = (begins, begins + size.quiet)
        scribe, reader = self._write_down()
        for todo in sorted(self._plan(), key=lambda each: each[0]):
            self._keep_alive(until=self.zero + todo[0])
            todo[1]()
        self._keep_alive(until=self.zero + size.within)
        reader.join()
        if scribe.wait():
            raise CommandError("fault_enqueue failed.")
        self.house.sink.tell(refuse=0.0)
        self._wait_for_the_last()
        clinic.stop()
        rows = [json.loads(line) for line in clinic.ask("fault_state", "--seen")]
        return Evidence(self.committed, self.house.sink.accepted(), rows, self.faults, self.quiet)

    def _sessions(self) -> list[str]:
        return [f"--sessions={round(self.size.messages / (1 - ROLLED_BACK))}", f"--within={self.size.within}"]

    def _write_down(self) -> tuple[Popen[str], threading.Thread]:
        """A process that ends the sessions, and a thread that notes what it says is committed."""
        begins, ends = (int(each - self.zero) for each in self.quiet)
        process = self.house.clinic.manage(
            "fault_enqueue", *self._sessions(), "--start=0", f"--at={self.zero}", f"--quiet={begins}-{ends}",
            f"--rollback={ROLLED_BACK}", f"--seed={self.seed}", f"--processes={SCRIBES}",
        )  # fmt: skip
        reader = threading.Thread(target=self._read, args=(process,), daemon=True)
        reader.start()
        return process, reader

    def _read(self, process: Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said = json.loads(line)
            self.committed[said["key"]] = (datetime.fromisoformat(said["due"]).timestamp(), time.time())

    def _plan(self) -> list[tuple[float, Callable[[], None]]]:
        """Seconds after the first message is due → what is done."""
        size, random = self.size, Random(self.seed)  # noqa: S311 - to be repeatable
        span = 0.95 * size.within / size.kills
        plan: list[tuple[float, Callable[[], None]]] = []
        for number in range(size.kills):
            at = span * (number + random.random())
            plan.append((at, self._kill))
        plan += [(span * (number + random.random()), self._kill_a_child) for number in range(0, size.kills, 2)]
        plan.append((0.15 * size.within, self._kill_the_scheduler))
        plan.append((0.25 * size.within, self._broker_goes))
        plan.append((0.25 * size.within + size.away, self._broker_comes))
        plan.append((0.65 * size.within, self._database_goes))
        plan.append((0.75 * size.within, self._relay_hangs))
        plan.append((0.75 * size.within + size.away, self._relay_answers))
        return plan

    def _keep_alive(self, *, until: float) -> None:
        self.house.clinic.look_after()
        while (left := until - time.time()) > 0:
            time.sleep(min(0.05, left))
            self.house.clinic.look_after()

    def _note(self, what: str, begins: float) -> None:
        self.faults.append(Fault(what, begins, time.time()))
        self.say(f"  {begins - self.zero:6.1f} s  {what}")

    def _kill(self) -> None:
        """Whoever has been at it longest: one that has just begun has nothing in hand."""
        child = min(self.house.clinic.senders, key=lambda each: each.started_at)
        begins = time.time()
        child.clear_away()
        self._note(f"kill -9 {child.name}", begins)

    def _kill_a_child(self) -> None:
        if self.house.redis is not None:
            begins = time.time()
            child = min(self.house.clinic.workers, key=lambda each: each.started_at)
            self.house.clinic.kill_one_of(child)
            self._note(f"kill -9 one process of {child.name}'s pool", begins)

    def _kill_the_scheduler(self) -> None:
        begins = time.time()
        self.house.clinic.scheduler.clear_away()
        self._note("kill -9 scheduler", begins)

    def _broker_goes(self) -> None:
        begins = time.time()
        if self.house.redis is not None:
            self.house.redis.flush()
            self.house.redis.kill()
            self._note("Redis flushed and killed", begins)
            return
        for path in (self.house.clinic.var / "queue" / "messages").glob("*"):
            path.unlink(missing_ok=True)
        self._note("the file queue emptied", begins)

    def _broker_comes(self) -> None:
        if self.house.redis is not None:
            begins = time.time()
            self.house.redis.start()
            self._note("Redis started", begins)

    def _database_goes(self) -> None:
        begins = time.time()
        if self.house.postgres is not None:
            self.house.postgres.crash()
            self.house.postgres.start()
            self._note("PostgreSQL crashed and started", begins)

    def _relay_hangs(self) -> None:
        self.hung = time.time()
        self.house.sink.tell(hang=True)

    def _relay_answers(self) -> None:
        self.house.sink.tell(hang=False)
        self._note("SMTP hung", self.hung)

    def _wait_for_the_last(self) -> None:
        """Until every committed message was accepted or has an end that staff see."""
        gives_up = time.time() + self.size.patience
        while time.time() < gives_up:
            self._keep_alive(until=time.time() + 0.5)
            rest = self.committed.keys() - {each["key"] for each in self.house.sink.accepted()}
            # What was accepted by a worker that died is before a person only when its lease has ended.
            if len(rest) <= len(self.faults) and not self._open():
                return

    def _open(self) -> bool:
        """Something waits, is on its way, or is unknown and still being asked about."""
        rows = (json.loads(line) for line in self.house.clinic.ask("fault_state", "--seen"))
        return any(
            row["state"] in ("scheduled", "sending") or (row["state"] == "unknown" and not row["seen"]) for row in rows
        )


def run(*, messages: int, embedded: bool, seed: int, keep: bool, say: Callable[[str], None]) -> Evidence:
    """The whole test against one kind of clinic."""
    with house(embedded=embedded, keep=keep, environment=SCALED) as made:
        if keep:
            say(f"Logs are in {made.clinic.folder}")
        return Trial(made, size_of(messages), seed, say).run()

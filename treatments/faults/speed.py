"""How fast the outbox is: beside a bare loop in the same run, on a long queue, and from due to accepted."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from clinic.supervisor import Child
from treatments.faults.pool import children_of, memory_of
from treatments.faults.servers import wait_for
from treatments.faults.trial import House
from treatments.faults.verdict import share

#: What a mail server across the network takes to answer.
RELAY = 0.05


@dataclass(frozen=True, slots=True)
class Line:
    """One figure, what it must be, and whether it is."""

    words: str
    met: bool

    def __str__(self) -> str:
        return f"{'met    ' if self.met else 'NOT met'}  {self.words}"


def lateness(house: House, *, messages: int, seconds: float, limit: float) -> Line:
    """From due to accepted, for messages spread over a minute, by everything that `up` runs."""
    clinic = house.clinic
    house.sink.tell(keep_as=str(clinic.folder / "sample.eml"))
    clinic.look_after()
    spread = [f"--sessions={messages}", f"--within={seconds}", "--rollback=0"]
    pace = json.loads(clinic.ask("fault_enqueue", "--gather", *spread)[-1])["seconds_each"]
    lead = 8.0 + pace * messages / 2
    said = [json.loads(line) for line in clinic.ask("fault_enqueue", *spread, f"--start={lead}", "--processes=2")]
    due = {each["key"]: datetime.fromisoformat(each["due"]).timestamp() for each in said}
    known = time.time()
    wait_for(lambda: len(house.sink.accepted()) >= len(due), "The last message", seconds=lead + seconds + 120)
    late = [each["at"] - due[each["key"]] for each in house.sink.accepted()]
    words = (
        f"due → accepted, {len(due)} over {seconds:.0f} s: p50 {share(late, 0.5):.2f} s, p95 {share(late, 0.95):.2f} s"
    )
    if known > min(due.values()):
        words += " (some were due before all were written down)"
    return Line(f"{words} (at most {limit:.0f} s)", share(late, 0.95) <= limit)


def throughput(house: House, *, messages: int, processes: int, relay: float) -> Line:
    """The same pool beside as many bare loops, before and after it; the relay takes so many seconds to answer."""
    house.clinic.stop()
    house.sink.tell(delay=relay)
    before = _bare(house, messages, processes)
    house.clinic.ask("benchmark_outbox", "--step=fill", f"--rows={messages}", "--due=-60")
    start = len(house.sink.accepted())
    house.clinic.start_workers()
    wait_for(lambda: len(house.sink.accepted()) - start >= messages, "The last message", seconds=900)
    rate = _rate([each["at"] for each in house.sink.accepted()[start:]])
    house.clinic.stop()
    bare = (before + _bare(house, messages, processes)) / 2
    house.sink.tell(delay=0.0)
    words = f"a relay that answers in {1000 * relay:.0f} ms" if relay else "a relay that answers at once"
    ratio = f"{rate:.0f}/s of the {bare:.0f}/s of as many bare loops: {rate / bare:.0%} (at least 50 %)"
    return Line(f"{words}, {processes} processes: {ratio}", rate >= 0.5 * bare)


def _bare(house: House, messages: int, processes: int) -> float:
    start = len(house.sink.accepted())
    sample = house.clinic.folder / "sample.eml"
    command = [sys.executable, "-m", "treatments.faults.bare", str(house.sink.port), str(messages // processes)]
    running = [subprocess.Popen([*command, str(sample)], cwd=settings.BASE_DIR) for _ in range(processes)]  # noqa: S603
    for each in running:
        each.wait()
    return _rate([each["at"] for each in house.sink.accepted()[start:]])


def _rate(times: list[float]) -> float:
    """Messages a second while all were at it: not while they began, not while the last ran dry."""
    times.sort()
    first, last = len(times) * 3 // 10, len(times) * 9 // 10
    return (last - first) / (times[last] - times[first])


def claims(house: House, *, few: int, many: int) -> list[Line]:
    """The claim on a short and on a long queue."""
    found = [
        json.loads(house.clinic.ask("benchmark_outbox", "--step=claims", f"--rows={rows}")[-1]) for rows in (few, many)
    ]
    short, long = (each["ms"] for each in found)
    words = f"a claim takes {short:.2f} ms with {few} rows due, {long:.2f} ms with {many} (at most half as much again)"
    plan = " / ".join(line.strip() for line in found[1]["plan"].splitlines() if "message_claim" in line)
    return [
        Line(words, long <= 1.5 * short + 0.2),
        Line(f"its plan uses the partial index: {plan or found[1]['plan']}", found[1]["partial"]),
    ]


def memory(house: House, *, rows: int, seconds: float) -> Line:
    """The workers' memory on a long queue, from when all are warm to the end."""
    house.clinic.ask("benchmark_outbox", "--step=fill", f"--rows={rows}", "--due=-60")
    house.clinic.look_after()
    start = len(house.sink.accepted())
    wait_for(lambda: len(house.sink.accepted()) - start >= 500, "The first messages", seconds=300)
    pids = {f"{child.name}:{pid}": pid for child in house.clinic.workers for pid in senders_of(child)}
    before = memory_of(pids)
    sent = len(house.sink.accepted())
    time.sleep(seconds)
    after = memory_of(pids)
    sent = len(house.sink.accepted()) - sent
    growth = max(after[name] / before[name] for name in after) - 1
    sizes = ", ".join(f"{before[name]:.0f} → {after[name]:.0f}" for name in after)
    return Line(
        f"memory of the workers (MB), {rows} rows due, {sent} sent meanwhile: {sizes}; {growth:+.0%} (at most +20 %)",
        growth <= 0.2 and len(after) == len(before),
    )


def senders_of(child: Child) -> list[int]:
    if child.process is None:
        return []
    return children_of(child.process.pid) or [child.process.pid]

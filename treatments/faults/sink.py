"""A mail server that only takes notes: when it accepted which message. Refuses, hangs and dawdles when told to.

    python -m treatments.faults.sink PORT JOURNAL

A process of its own, without Django. Told by JSON lines on standard input: {"refuse": 0.3}, {"hang": true},
{"delay": 0.05}, {"keep_as": "a file for the next letter"}. Writes one JSON line {key, message_id, at} into the journal
before it answers 250.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

IN_A_ROW = 5  # nobody is refused more often in succession: the test is of faults, not of giving up
BUSY = "451 4.3.2 try again later"


class Notes:
    """aiosmtpd's handler."""

    def __init__(self, journal: Path) -> None:
        self.journal = journal.open("a", encoding="utf-8", buffering=1)
        self.refuse = 0.0
        self.delay = 0.0
        self.keep_as = ""
        self.answering = asyncio.Event()
        self.answering.set()
        self.refused: Counter[str] = Counter()
        self.random = random.Random(1)  # noqa: S311 - to be repeatable

    def told(self, line: str) -> None:
        order: dict[str, Any] = json.loads(line)
        self.refuse = order.get("refuse", self.refuse)
        self.delay = order.get("delay", self.delay)
        self.keep_as = order.get("keep_as", self.keep_as)
        if "hang" in order:
            (self.answering.clear if order["hang"] else self.answering.set)()

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, said: list[str]) -> list[str]:  # noqa: N802
        session.host_name = name
        await self.answering.wait()
        return said

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        await self.answering.wait()
        envelope.refused_at_the_end = False
        if self.random.random() < self.refuse and self.refused[address] < IN_A_ROW:
            self.refused[address] += 1
            if self.random.random() < 0.5:
                return BUSY
            envelope.refused_at_the_end = True
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Half of those that are hung upon, or cut off meanwhile, were accepted all the same: nobody can tell."""
        if envelope.refused_at_the_end:
            return BUSY
        before = self.random.random() < 0.5
        if not before:
            await self._dawdle()
        headers = BytesHeaderParser().parsebytes(envelope.content)
        note = {"key": headers["X-Message-Key"], "message_id": headers["Message-ID"], "at": time.time()}
        self.journal.write(json.dumps(note) + "\n")
        if self.keep_as:
            Path(self.keep_as).write_bytes(envelope.content)
            self.keep_as = ""
        self.refused.pop(envelope.rcpt_tos[0], None)
        if before:
            await self._dawdle()
        return "250 OK"

    async def _dawdle(self) -> None:
        if self.delay:
            await asyncio.sleep(self.delay)
        await self.answering.wait()


async def serve(port: int, journal: Path) -> None:
    """Until standard input ends: with whoever started it."""
    loop = asyncio.get_running_loop()
    notes = Notes(journal)
    server = await loop.create_server(lambda: SMTP(notes, loop=loop, hostname="sink.example"), "127.0.0.1", port)
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    async with server:
        print("ready", flush=True)
        while line := await orders.readline():
            notes.told(line.decode())


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))

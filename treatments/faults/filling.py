"""Many due rows at once, and how long it takes to claim one of them. Steps of benchmark_outbox, inside its clinic."""

from __future__ import annotations

import statistics
import time
import uuid
from datetime import timedelta
from typing import Any

from django.db import connection

from clinic import claims
from clinic.models import Message

BATCH = 2000
CLAIMS = 300


def copy_rows(count: int, *, seconds: float) -> int:
    """So many more rows like those the sessions made, due in so many seconds. Returns how many wait now."""
    patterns = list(Message.objects.filter(kind__startswith="aftercare.").defer("recipient")[:200])
    due = claims.database_now() + timedelta(seconds=seconds)
    for begin in range(0, count, BATCH):
        some = range(begin, min(begin + BATCH, count))
        Message.objects.bulk_create(
            _copy(patterns[at % len(patterns)], due + timedelta(microseconds=at)) for at in some
        )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE clinic_message")
    return Message.objects.filter(state="scheduled").count()


def _copy(pattern: Message, due: Any) -> Message:
    name = uuid.uuid4().hex
    return Message(
        key=f"copy:{name}", message_id=f"<{name}@copies.example>", client_id=pattern.client_id, kind=pattern.kind,
        channel=pattern.channel, about_type=pattern.about_type, about_id=pattern.about_id, context=pattern.context,
        time_zone=pattern.time_zone, local_date=pattern.local_date, local_time=pattern.local_time, due_at=due,
        next_attempt_at=due, not_after=due + timedelta(days=2), created_at=pattern.created_at,
    )  # fmt: skip


def claim_times(rows: int) -> dict[str, Any]:
    """Median time of a claim while so many rows are due, and the database's plan for it. Leaves no row behind."""
    Message.objects.filter(key__startswith="copy:").delete()
    copy_rows(rows, seconds=-60)
    took = []
    for _ in range(CLAIMS):
        begun = time.perf_counter()
        held = claims.claim(worker="benchmark", channels={"email", "sms"})
        took.append(time.perf_counter() - begun)
        assert held is not None
    plan = plan_of_a_claim()
    Message.objects.filter(key__startswith="copy:").delete()
    return {"rows": rows, "ms": 1000 * statistics.median(took), "plan": plan, "partial": "message_claim" in plan}


def plan_of_a_claim() -> str:
    """What the database says it does to find the next row, caught from a real claim."""
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as caught:
        claims.claim(worker="benchmark", channels={"email", "sms"})
    statement = next(each["sql"] for each in caught if "UPDATE clinic_message" in each["sql"])
    explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    with connection.cursor() as cursor:
        cursor.execute(explain + statement)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())

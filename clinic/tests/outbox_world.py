"""For tests of the outbox: words for any kind that begins with "test.", rows in bulk, a relay that follows a script."""

from datetime import timedelta

from clinic import audit, claims, outbox
from clinic.models import Message
from clinic.outbox import Rendered
from clinic.transports import Report, Verdict

RENDERERS = {"test.": "clinic.tests.outbox_world.render"}


def render(message, now):
    if message.kind == "test.broken":
        raise ValueError("SECRET body of a client")
    return Rendered("Hello", f"Dear person, {message.key} at {now:%H:%M}", template="t/1")


def put(user, key="k:1", *, kind="test.hello", **changes):
    """One message to somebody of the staff, due a second ago."""
    now = claims.database_now()
    facts = {"channel": "email", "due_at": now - timedelta(seconds=1), "not_after": now + timedelta(days=1)} | changes
    return outbox.schedule(key=key, kind=kind, user=user, by=audit.SYSTEM, now=now, **facts)


def many(user, count, *, due, not_after, prefix="m"):
    """Rows as `schedule` writes them, without asking it a thousand times."""
    return Message.objects.bulk_create(
        [
            Message(
                key=f"{prefix}:{n:05}", message_id=f"<{prefix}{n}@clinic.test>", kind="test.hello", channel="email",
                user=user, time_zone="UTC", local_date=due.date(), local_time=due.time(), due_at=due,
                next_attempt_at=due + timedelta(milliseconds=n), not_after=not_after, created_at=due,
            )
            for n in range(count)
        ],
        batch_size=500,
    )  # fmt: skip


class Relay:
    """Answers each letter with the next verdict it was told, then accepts."""

    def __init__(self, *verdicts):
        self.verdicts, self.sent, self.asked = list(verdicts), [], 0

    def send(self, letter, fence):
        self.asked += 1
        verdict = self.verdicts.pop(0) if self.verdicts else Verdict.ACCEPTED
        if verdict in (Verdict.UNREACHABLE, Verdict.LOCKED_OUT):
            return Report(verdict, "connect", 535 if verdict == Verdict.LOCKED_OUT else None, "nobody there")
        if not fence():
            return Report(Verdict.TAKEN_BACK, "fence")
        if verdict == Verdict.ACCEPTED:
            self.sent.append(letter)
        return Report(verdict, "body", {Verdict.ACCEPTED: 250, Verdict.LATER: 450}.get(verdict))

    def close(self):
        pass

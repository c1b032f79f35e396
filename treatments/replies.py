"""What a client texted back, kept where it belongs: an answer to the last open question, or words for the therapist.

Named in settings.REPLY_TAKER; the foundation has found out whose number it is and hands over.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext

from clinic import audit, reply_messages, text_messages
from clinic.models import Client, ClinicSettings, Message
from clinic.outbox import NotWanted, Rendered
from clinic.reply_words import Meaning, Means
from treatments import call_backs, check_ins, warning_words, wording, working_hours
from treatments.errors import Refused
from treatments.models import Session, Task

DIGITS = {Means.BETTER: "1", Means.SAME: "2", Means.WORSE: "3"}
ANSWERS = {"reply.ok": "sms_reply_ok", "reply.worse": "sms_reply_worse"}
READ_WITHIN = timedelta(hours=4)  # of open time
LONGEST = 1000


def take(*, client: Client, means: Meaning, text: str, by: audit.Actor, now: datetime) -> str:
    """Keep one text of one client; returns the kind of message that answers it."""
    with audit.transaction():
        if means.means in DIGITS and (kind := _answered(client, means, now=now)):
            return kind
        pass_on(client=client, text=text, by=by, now=now)
    return "reply.received"


def _answered(client: Client, means: Meaning, *, now: datetime) -> str:
    """The answer to the newest open question; "" when none is open, and a person reads what was texted."""
    kind = "reply.worse" if means.means == Means.WORSE else "reply.ok"
    try:
        asked = check_ins.answer_by_text(client=client, digit=DIGITS[means.means], now=now)
        if means.rest:
            check_ins.add(check_in=asked, text=means.rest[:LONGEST], now=now, how=" by text")
    except check_ins.AnsweredAlready:
        return kind if not means.rest else ""
    except Refused:
        return ""
    return "reply.worse" if asked.tasks.filter(done_at=None).exists() else kind


def pass_on(*, client: Client, text: str, by: audit.Actor, now: datetime) -> Task:
    """Words for the therapist who saw the client last; nobody's, if nobody has yet. The desk sees that they came.

    A word of the warning list makes it a call-back; the word stands with it as the match it is, never as a diagnosis.
    """
    sessions = Session.objects.filter(client=client).select_related("therapist").defer("plan")
    seen = sessions.filter(starts_at__lte=now).order_by("-starts_at").first() or sessions.order_by("starts_at").first()
    clinic = ClinicSettings.load()
    due = working_hours.after(now, READ_WITHIN, opens=clinic.day_starts, closes=clinic.day_ends, zone=clinic.zone)
    warnings = warning_words.matches(text)
    with audit.transaction():
        task = Task.objects.create(
            client=client, session=seen, kind=Task.Kind.CALL_BACK if warnings else Task.Kind.REPLY,
            assigned_to=seen.therapist if seen else None, created_at=now, due_at=due,
            detail="\n".join([f"By text: “{text[:LONGEST]}”", *map(str, warnings)]),
        )  # fmt: skip
        audit.record("task.make", by=by, client=client, subject=task)
        call_backs.tell(task=task, by=by, now=now)
    return task


def render(message: Message, now: datetime) -> Rendered:
    """The document's answer to an answer."""
    if message.client is None or message.kind not in ANSWERS:
        raise NotWanted("there is nothing to answer")
    words = wording.wordings()[ANSWERS[message.kind]]
    values = dict.fromkeys(wording.PLACEHOLDERS, "") | reply_messages.values() | {"first_name": message.client.called}
    with translation.override(message.client.language):
        text = text_messages.written(gettext(words.text), values, fill=wording.fill)
        return Rendered(subject="", text=text, template=words.version)

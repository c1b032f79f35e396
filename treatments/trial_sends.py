"""A message of a series sent to the person who writes it: through the outbox, marked as a test, about nobody."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from clinic import letters, outbox, tries
from clinic.models import Message, User
from clinic.outbox import NotWanted, Rendered
from treatments import editions, previews
from treatments.errors import Refused
from treatments.models import Series
from treatments.previews import Asked

KIND = "staff.series_test"
MOST, WITHIN = 10, timedelta(hours=1)
LASTS = timedelta(hours=1)


class TooMany(Refused):
    words = f"That were {MOST} tests within an hour. Please wait a while."


class NoAddress(Refused):
    words = "There is no number of yours. Write it where staff are listed, under your name."


class NotSent(Refused):
    words = "This line is not sent on that channel."


def send(*, version: Series, key: str, channel: str, asked: Asked, by: User, now: datetime) -> Message:
    """Put one message to oneself into the outbox. Raises NotSent, NoAddress, TooMany, or NotReady for faulty words."""
    line = previews.line_of(version, key)
    if line is None or channel not in line.channels:
        raise NotSent
    if channel == Message.Channel.SMS and not by.phone:
        raise NoAddress
    previews.read(version, line, channel, asked, now)
    if tries.counted(f"series-test:{by.pk}", seconds=int(WITHIN.total_seconds())) > MOST:
        raise TooMany
    return outbox.schedule(
        key=f"series-test:{uuid.uuid4()}", kind=KIND, channel=channel, due_at=now, not_after=now + LASTS, by=by,
        now=now, user=by,
        context={
            "series": version.number, "line": key, "condition": asked.condition, "language": asked.language,
            "first_visit": asked.first_visit, "home_plan": asked.home_plan,
        },
    )  # fmt: skip


def render(message: Message, now: datetime) -> Rendered:
    """The words as they stand when it goes out; NotWanted when the draft or the line is gone."""
    said = message.context
    version = editions.numbered(said["series"])
    line = previews.line_of(version, said["line"]) if version else None
    if version is None or line is None or message.channel not in line.channels:
        raise NotWanted("this version is gone")
    asked = Asked(said["condition"], said["language"], said["first_visit"], said["home_plan"])
    try:
        found = previews.read(version, line, message.channel, asked, now)
    except previews.NotReady as refused:
        raise NotWanted("its words have faults") from refused
    if message.channel == Message.Channel.SMS:
        return Rendered(subject="", text=f"TEST {found.text}", template=found.template)
    subject = f"[Test] {found.subject}"
    html = found.html.replace("<title>", "<title>[Test] ", 1) or letters.to_html(found.text, title=subject)
    return Rendered(subject=subject, text=found.text, html=html, template=found.template)

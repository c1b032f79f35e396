"""What ends a message before it goes out: an answer, a booking, the next session, a wish.

Each takes back only what has not begun to go out, with a reason the desk may read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from clinic import audit, outbox
from clinic.models import Client, Message
from treatments import daily, editions, series
from treatments.models import CheckIn, Session, Timeline
from treatments.series import OnlyIf, What

ANSWERED = "answered already"
CALL_FIRST = "the client's answer asks for a call first"
BOOKED = OnlyIf.NOTHING_BOOKED.unmet
CAME = "the next visit came first"


def on_answer(*, check_in: CheckIn, by: audit.Actor, now: datetime) -> int:
    """A check-in is answered: not asked again, nor what waited for an answer; after "worse" nothing cheerful."""
    session = check_in.session
    timeline = Timeline.objects.filter(session=session).select_related("series").first()
    lines = editions.lines_of(editions.series_of(timeline))
    unasked = {line.key for line in lines if OnlyIf.NO_ANSWER in line.only_if} | {check_in.moment}
    own = _waiting(session.client).filter(about_id=session.public_id)
    stopped = _stop((row for row in own if daily.line_key(row) in unasked), ANSWERED, by=by, now=now)
    if check_in.feeling == CheckIn.Feeling.WORSE or check_in.reaction:
        stopped += on_call_due(client=session.client, by=by, now=now)
    return stopped


def on_call_due(*, client: Client, by: audit.Actor, now: datetime) -> int:
    """Somebody is to ring the client first, whatever it was in the answer: nothing cheerful until then."""
    cheerful = (row for row in _waiting(client) if daily.what_of(row).is_cheerful)
    return _stop(cheerful, CALL_FIRST, by=by, now=now)


def on_booking(*, client: Client, by: audit.Actor, now: datetime) -> int:
    """The client booked: whatever is sent only while nothing is booked is taken back."""
    rows = [row for row in _waiting(client) if _waits_for_nothing_booked(row)]
    return _stop(rows, BOOKED, by=by, now=now)


def on_next_session(*, session: Session, by: audit.Actor, now: datetime) -> int:
    """A session is done: what is still to come of earlier ones is not asked or said any more."""
    earlier = Session.objects.filter(client=session.client_id, starts_at__lt=session.starts_at).values("public_id")
    rows = _waiting(session.client).filter(about_id__in=earlier)
    return _stop((row for row in rows if daily.what_of(row) != What.REMINDER), CAME, by=by, now=now)


def _waits_for_nothing_booked(row: Message) -> bool:
    version = editions.numbered(row.context.get("series", 0))
    line = series.find(editions.lines_of(version), daily.line_key(row)) if version else None
    return line is not None and OnlyIf.NOTHING_BOOKED in line.only_if


def _waiting(client: Client) -> QuerySet[Message]:
    return daily.rows_of(client).filter(state__in=(Message.State.SCHEDULED, Message.State.SENDING))


def _stop(rows: Iterable[Message], reason: str, *, by: audit.Actor, now: datetime) -> int:
    return sum(outbox.cancel(key_prefix=row.key, reason=reason, by=by, now=now) for row in list(rows))

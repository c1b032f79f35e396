"""What is sent after a session and before the next: written in the session's own transaction, taken back with it.

`proposal` shows what the series gives a session; `schedule_for` keeps what was chosen (a Timeline) and makes its
messages, on every channel the client agreed to. Whether one still fits is asked again when it goes out
(treatments.messages). `booked`, `cancel_for`, `resume` and treatments.stopping follow what happens since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import QuerySet

from clinic import audit, outbox, preferences
from clinic.models import Client, Message
from intake.models import Flag
from treatments import check_ins, daily, editions, entries, facts, moments, page_links, series, stopping
from treatments.entries import DROPPED, Entry
from treatments.models import Series, Session, Timeline
from treatments.moments import Moment
from treatments.series import Facts, Line, What

ABOUT = "treatments.session"
LOOK_AHEAD = timedelta(days=7)
NEXT_FIRST = "the next session comes first"
_HALTING = (Flag.FlagClass.EMERGENCY, Flag.FlagClass.URGENT)


def halting_flags(client: Client) -> QuerySet[Flag]:
    """Emergency and urgent flags in force. One that was only read (acknowledged) counts until lifted or answered."""
    in_force = (Flag.State.OPEN, Flag.State.ACKNOWLEDGED)
    return Flag.objects.filter(client=client, state__in=in_force, flag_class__in=_HALTING)


def is_halted(client: Client) -> bool:
    """Nothing that says "keep moving" or "see you tomorrow" may be sent."""
    return halting_flags(client).exists()


def channels_of(client: Client) -> dict[str, frozenset[str]]:
    """The channels on which the clinic may write to a client now, for each topic of aftercare."""
    topics = {daily.topic_of("", what) for what in What}
    return {topic: frozenset(preferences.reachable_by(client, topic)) for topic in topics}


def proposal(*, session: Session, now: datetime, version: Series) -> tuple[Entry, ...]:
    """What a version of the series gives this session if it ends now, each line at its time. Writes nothing."""
    found, place = facts.of(session, now), facts.place_of(session.client, now)
    lines = [each for each in editions.lines_of(version) if each.is_for(found) and not each.part_of]
    ended = moments.ended_at(session.ends_at, session.completed_at or now)
    due = moments.after_session(lines, ended, place=place, now=now)
    due = [each for each in due if not _never(series.find(lines, each.name), found)]
    return tuple(_entry(each, lines) for each in moments.one_a_day(due, place=place))


def _never(line: Line | None, found: Facts) -> bool:
    """Asks for something that will not change any more: such a line is not shown at all."""
    assert line is not None
    lasting = tuple(each for each in line.only_if if each not in series.CHANGING)
    return bool(replace(line, only_if=lasting).unmet(replace(found, worse=False)))


def _entry(moment: Moment, lines: Sequence[Line]) -> Entry:
    line = series.find(lines, moment.name)
    assert line is not None
    state = DROPPED if moment.missed else entries.ON
    return Entry(
        line.key, line.what, moment.due_at, moment.not_after, line.channels, state, moment.missed, line.title
    )  # fmt: skip


def schedule_for(
    *, session: Session, by: audit.Actor, now: datetime, chosen: tuple[Series, Sequence[Entry]] | None = None
) -> list[Message]:
    """Keep what was chosen for a session that is done and make its messages; the reminder of the next, too.

    Without a choice it is what the series proposes. A session that has its timeline keeps it: harmless when repeated.
    """
    client = session.client
    with audit.transaction():
        page_links.of(session=session, now=now)
        timeline = _timeline(session, chosen, by, now)
        if client.archived_at or is_halted(client):
            return []
        stopping.on_next_session(session=session, by=by, now=now)
        rows = _make(session, timeline, by, now)
        if following := facts.next_session(session, now):
            rows += remind(session=following, by=by, now=now)
    return rows


def _timeline(
    session: Session, chosen: tuple[Series, Sequence[Entry]] | None, by: audit.Actor, now: datetime
) -> Timeline:  # fmt: skip
    kept = Timeline.objects.filter(session=session).select_related("series").first()
    if kept is not None:
        return kept
    row = editions.keep(chosen[0] if chosen else editions.current(), now)
    lines = chosen[1] if chosen else proposal(session=session, now=now, version=row)
    kept = Timeline.objects.create(
        session=session, series=row, lines=[each.as_json() for each in lines], decided_at=now,
        decided_by=audit.staff(by),
    )  # fmt: skip
    audit.record("timeline.choose", by=by, client=session.client, subject=kept)
    return kept


def _make(session: Session, timeline: Timeline, by: audit.Actor, now: datetime) -> list[Message]:
    """The messages of a timeline that are not there yet, without those whose moment has not come or is past."""
    found, place = facts.of(session, now), facts.place_of(session.client, now)
    following = facts.next_session(session, now)
    lines = editions.lines_of(timeline.series)
    wanted = [each for each in entries.read(timeline.lines) if not held_back(each, lines, found, following, now)]
    there = set(Message.objects.filter(about_id=session.public_id).values_list("key", flat=True))
    reachable = channels_of(session.client)
    asked = {each.key: each.due_at for each in wanted if each.what == What.CHECK_IN}
    check_ins.ask_all(session=session, due=asked, now=now)
    missing = {each.key: _missing(session, each.key, each.what, each.channels, reachable, there) for each in wanted}
    new = [each for each in wanted if missing[each.key]]
    moments_ = [Moment(each.key, each.due_at, each.not_after, what=each.what) for each in new]
    placed = daily.arrange(client=session.client, about=session.public_id, wanted=moments_, place=place, by=by, now=now)
    rows = []
    for moment in placed:
        rows += [_put(session, moment, name, timeline.series, by, now) for name in missing[moment.name]]
    return rows


def _missing(
    session: Session, key: str, what: What, channels: Iterable[str], reachable: Mapping[str, Collection[str]],
    there: Collection[str],
) -> list[str]:  # fmt: skip
    """The channels on which a line's message is wanted and not there yet."""
    open_to = reachable[daily.topic_of(key, what)]
    return [name for name in channels if name in open_to and _key(session, key, name) not in there]


def held_back(
    each: Entry, lines: Iterable[Line], found: Facts, following: Session | None, now: datetime
) -> str:  # fmt: skip
    """Why an entry has no message as things stand, for staff; empty when it has."""
    if not each.is_on:
        return each.reason or each.state
    if each.not_after <= now:
        return moments.PAST
    if following is not None and each.due_at >= following.starts_at:
        return NEXT_FIRST
    line = series.find(lines, each.key)
    return line.unmet(found) if line is not None else ""


def remind(*, session: Session, by: audit.Actor, now: datetime) -> list[Message]:
    """The reminders before a booked session, on every channel agreed to."""
    client = session.client
    if session.state != Session.State.BOOKED or client.archived_at or is_halted(client):
        return []
    reachable = channels_of(client)
    there = set(Message.objects.filter(about_id=session.public_id).values_list("key", flat=True))
    row, place, found = editions.current(), facts.place_of(client, now), facts.of(session, now)
    lines = [each for each in editions.lines_of(row) if each.what == What.REMINDER and each.is_for(found)]
    missing = {each.key: _missing(session, each.key, each.what, each.channels, reachable, there) for each in lines}
    due = [
        moment
        for each in lines
        if missing[each.key] and (moment := moments.before_session(each, session.starts_at, place=place, now=now))
    ]
    if not due:
        return []
    with audit.transaction():
        placed = daily.arrange(client=client, about=session.public_id, wanted=due, place=place, by=by, now=now)
        return [_put(session, moment, name, row, by, now) for moment in placed for name in missing[moment.name]]


def booked(*, session: Session, by: audit.Actor, now: datetime) -> None:
    """A session was booked: its reminder is made, and nobody is asked to book any more."""
    stopping.on_booking(client=session.client, by=by, now=now)
    remind(session=session, by=by, now=now)


def cancel_for(*, session: Session, reason: str, by: audit.Actor, now: datetime) -> int:
    """Take back everything about a session that has not gone out. Returns how many."""
    return outbox.cancel(about_id=session.public_id, reason=reason, by=by, now=now)


def resume(*, client: Client, by: audit.Actor, now: datetime) -> None:
    """The next session is off: what waited behind it after the last one is made, as chosen then."""
    last = _with_client(Session.objects.filter(client=client, state=Session.State.DONE)).order_by("-starts_at").first()
    if last is not None and Timeline.objects.filter(session=last).exists():
        schedule_for(session=last, by=by, now=now)


def fill_gaps(*, now: datetime) -> int:
    """Every session that is done has exactly what was chosen for it. Makes what is missing; returns how many were.

    Reminders of sessions booked since are made on the way; they are nobody's omission.
    """
    missing = 0
    since = now - _farthest(editions.current())
    recent = Session.objects.filter(state=Session.State.DONE, completed_at__gt=since, completed_at__lte=now)
    sessions = list(_with_client(recent).select_related("timeline"))
    there = set(
        Message.objects.filter(about_type=ABOUT, created_at__gt=since, about_id__isnull=False).values_list(
            "key", flat=True
        )
    )
    for session in sessions:
        if _is_complete(session, there, now):
            continue
        about = Message.objects.filter(about_id=session.public_id)
        before = about.count()
        schedule_for(session=session, by=audit.SYSTEM, now=now)
        missing += about.count() - before
    _remind_those_ahead(now)
    return missing


def _remind_those_ahead(now: datetime) -> None:
    ahead = Session.objects.filter(state=Session.State.BOOKED, starts_at__gt=now, starts_at__lt=now + LOOK_AHEAD)
    reminded = Message.objects.filter(about_type=ABOUT, about_id__isnull=False).values("about_id")
    for session in _with_client(ahead.exclude(public_id__in=reminded)):
        remind(session=session, by=audit.SYSTEM, now=now)


def _farthest(row: Series) -> timedelta:
    """How long after a session something of its series may still be of use."""
    ends = [each.offset + each.use for each in editions.lines_of(row) if each.anchor == "end"]
    return max(ends, default=timedelta(0)) + timedelta(days=2)


def _is_complete(session: Session, there: set[str], now: datetime) -> bool:
    """Every message its timeline could have is there. Asked without a query, of many sessions."""
    timeline: Timeline | None = getattr(session, "timeline", None)
    if timeline is None:
        return False
    chosen = [each for each in entries.read(timeline.lines) if each.is_on and each.not_after > now]
    return all(_key(session, each.key, name) in there for each in chosen for name in each.channels)


def _with_client(sessions: QuerySet[Session]) -> QuerySet[Session]:
    return sessions.select_related("client", "plan__condition").defer("plan__note", "plan__end_reason")


def _key(session: Session, line: str, channel: str) -> str:
    return f"{session.public_id}:{line}:{channel}"


def _put(session: Session, moment: Moment, channel: str, row: Series, by: audit.Actor, now: datetime) -> Message:
    """One row; what the day has no room for is put and taken back at once, so that the log shows why."""
    message = outbox.schedule(
        key=_key(session, moment.name, channel),
        kind=daily.kind_of(moment.name, moment.what),
        channel=channel,
        due_at=moment.due_at,
        not_after=moment.not_after,
        by=by,
        now=now,
        client=session.client,
        about_type=ABOUT,
        about_id=session.public_id,
        context={"series": row.number, "what": str(moment.what)},
    )
    if moment.missed:
        outbox.cancel(about_id=session.public_id, key_prefix=message.key, reason=moment.missed, by=by, now=now)
    return message

"""Closing a session: its timeline as a form while it is open, as a list with what became of it afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import translation

from clinic import dates
from clinic.models import ClinicSettings, Message
from clinic.outbox import NotWanted
from treatments import aftercare, daily, editions, entries, facts, messages, moments, series
from treatments.entries import DROPPED, Entry
from treatments.forms.timeline import CHANNEL_WORDS, Frame, TimelineForm
from treatments.messages import Said
from treatments.models import Series, Session, Timeline
from treatments.series import Facts, Line, What


@dataclass(frozen=True, slots=True)
class Preview:
    """The words of a line on one channel."""

    channel: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line on the page. `fields` is the part of the form that changes it."""

    entry: Entry
    when: str
    channels: str
    why_not: str
    only_if: str
    parts: list[str]
    previews: list[Preview]
    fields: Mapping[str, Any]
    states: list[tuple[str, str, str]]  # channel, state, reason

    @property
    def is_off(self) -> bool:
        return not self.entry.is_on or bool(self.why_not)


def form_of(session: Session, data: Any, now: datetime) -> tuple[Series, TimelineForm]:
    """The timeline to choose from. A page that was opened before the owner published keeps the version it showed."""
    said = str(data.get("timeline", "")) if data is not None else ""
    shown = editions.numbered(int(said)) if said.isascii() and said.isdigit() and len(said) < 8 else None
    version = shown if shown is not None and (shown.pk is None or not shown.is_draft) else editions.current()
    lines = aftercare.proposal(session=session, now=now, version=version)
    place = facts.place_of(session.client, now)
    ended = moments.ended_at(session.ends_at, session.completed_at or now)
    reachable = aftercare.channels_of(session.client)
    open_to = {each.key: tuple(reachable[daily.topic_of(each.key, each.what)]) for each in lines}
    open_to["own"] = tuple(reachable[daily.topic_of("", What.WORDS)])
    frame = Frame(place, ended, now, open_to)
    return version, TimelineForm(data, lines=lines, number=version.number, frame=frame)


def chosen(form: TimelineForm) -> list[Entry]:
    """What the form says, each message on a day of its own: what there is no day for is dropped with its reason."""
    on = [each for each in form.chosen if each.is_on]
    wanted = [moments.Moment(each.key, each.due_at, each.not_after, what=each.what) for each in on]
    placed = {each.name: each for each in moments.one_a_day(wanted, place=form.frame.place)}
    return [_placed(each, placed[each.key]) if each.key in placed else each for each in form.chosen]


def _placed(each: Entry, moment: moments.Moment) -> Entry:
    if moment.missed:
        return replace(each, state=DROPPED, reason=moment.missed)
    return replace(each, due_at=moment.due_at)


def context(session: Session, version: Series, form: TimelineForm, now: datetime) -> dict[str, Any]:
    """Everything the timeline's form shows."""
    found, following = facts.of(session, now), facts.next_session(session, now)
    lines = editions.lines_of(version)
    trial = Trial(session, version, lines, found, form.frame, now)
    shown = form.chosen if form.is_bound and form.is_valid() else form.lines
    rows = [
        _row(each, trial, aftercare.held_back(each, lines, found, following, now), form.frame.open_to, form)
        for each in (chosen(form) if form.is_bound and form.is_valid() else shown)
        if each.what != What.WORDS
    ]
    clinic = ClinicSettings.load()
    return {
        "timeline": form,
        "rows": rows,
        "own_rows": [_fields(form, key) for key in form.own_keys],
        "may_add": len(form.own_keys) < 3 and bool(form.frame.open_to["own"]),
        "no_channel": not any(form.frame.open_to.values()),
        "zone_differs": form.frame.place.zone.key != clinic.time_zone,
        "zone": form.frame.place.zone.key,
        "halting": [flag.rule.get("title", flag.rule_id) for flag in aftercare.halting_flags(session.client)],
        "following": following,
        "reminders": _reminders(following),
        "series": version,
    }


@dataclass(frozen=True, slots=True)
class Trial:
    """What previews are made from."""

    session: Session
    version: Series
    lines: tuple[Line, ...]
    facts: Facts
    frame: Frame
    now: datetime

    def previews(self, each: Entry) -> list[Preview]:
        line = series.find(self.lines, each.key) or Line(each.key, each.what)
        zone = self.frame.place.zone
        said = Said(self.session, line, self.version, self.lines, self.facts, zone, each.due_at, each.words, True)
        found = []
        with translation.override(self.session.client.language):
            for channel in each.channels:
                try:
                    words = messages.words_of(said, channel)
                except NotWanted:
                    continue
                found.append(Preview(CHANNEL_WORDS[channel], words.subject, words.text))
        return found


def _row(
    each: Entry, trial: Trial, why_not: str, open_to: Mapping[str, Sequence[str]], form: TimelineForm | None = None,
    states: Iterable[tuple[str, str, str]] = (),
) -> Row:  # fmt: skip
    line = series.find(trial.lines, each.key)
    inside = series.parts_of(trial.lines, each.key, trial.facts)
    channels = [CHANNEL_WORDS[name] for name in each.channels if name in open_to.get(each.key, each.channels)]
    return Row(
        entry=each,
        when=in_words(each.due_at, trial.frame),
        channels=" and ".join(channels),
        why_not=why_not,
        only_if=" and ".join(one.words for one in line.only_if if one in series.CHANGING) if line else "",
        parts=[part.title for part in inside],
        previews=trial.previews(each),
        fields=_fields(form, each.key) if form else {},
        states=list(states),
    )


def in_words(instant: datetime, frame: Frame) -> str:
    """ "Tue 24 Nov, 18:30" on the client's clock."""
    local = instant.astimezone(frame.place.zone)
    return f"{dates.in_words(local, 'short_weekday')}, {local:%H:%M}"


def _fields(form: TimelineForm, key: str) -> dict[str, Any]:
    names = ("on", "day", "time", "channel", "words")
    return {name: form[f"{key}-{name}"] for name in names if f"{key}-{name}" in form.fields}


def _reminders(following: Session | None) -> list[Message]:
    if following is None:
        return []
    rows = Message.objects.filter(about_id=following.public_id, kind__startswith=daily.KIND).defer("recipient")
    return list(rows.order_by("due_at", "channel"))


def kept(session: Session, now: datetime) -> dict[str, Any]:
    """The timeline of a session that is closed: what was chosen, and what became of each line."""
    timeline = Timeline.objects.filter(session=session).select_related("series", "decided_by").first()
    if timeline is None:
        return {"rows": [], "decided": None}
    found, following = facts.of(session, now), facts.next_session(session, now)
    place = facts.place_of(session.client, now)
    frame = Frame(place, moments.ended_at(session.ends_at, session.completed_at or now), now, {})
    lines = editions.lines_of(timeline.series)
    trial = Trial(session, timeline.series, lines, found, frame, now)
    sent = {row.key: row for row in Message.objects.filter(about_id=session.public_id).defer("recipient")}
    rows = []
    for each in entries.read(timeline.lines):
        own = [(name, sent.get(f"{session.public_id}:{each.key}:{name}")) for name in each.channels]
        states = [
            (CHANNEL_WORDS[name], row.get_state_display(), row.end_reason) for name, row in own if row is not None
        ]
        due = next((row.sent_at or row.due_at for _, row in own if row is not None), each.due_at)
        settled = any(row is not None and row.state != Message.State.SCHEDULED for _, row in own)
        why_not = "" if settled else aftercare.held_back(each, lines, found, following, now)
        rows.append(_row(replace(each, due_at=due), trial, why_not, {}, states=states))
    return {
        "rows": rows,
        "decided": timeline,
        "following": following,
        "reminders": _reminders(following),
        "halting": [flag.rule.get("title", flag.rule_id) for flag in aftercare.halting_flags(session.client)],
    }

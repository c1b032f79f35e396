"""When aftercare is sent: after a session and before the next, never at night, one message a day. No database."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic import quiet_hours
from clinic.quiet_hours import Silence
from treatments.series import Line, What

# Reported this long after its planned end or more, a session is taken to have ended when it was to end.
LATE_PAPERWORK = timedelta(hours=1)
BEFORE_THE_NIGHT = timedelta(minutes=5)
REMINDER_FROM, REMINDER_UNTIL = time(10), time(18)
# Reminders of a few hours ahead keep their hour; those of a day ahead come by day.
BY_DAY = timedelta(hours=12)
REMINDED_UNTIL = timedelta(hours=2)
MORNING = time(8)
# Nothing that was due longer ago than this is still on its way.
LONGEST_WAIT = timedelta(days=14)

PAST = "its moment was past"
AT_NIGHT = "it would come too late to be of use"
ASKED_LATER = "the next check-in asks the same"
ANOTHER = "another message goes out that day"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a client is, and when the clinic can keep a promise."""

    silence: Silence
    clinic_zone: ZoneInfo
    closed: frozenset[date] = frozenset()

    @property
    def zone(self) -> ZoneInfo:
        """The client's."""
        return self.silence.zone

    def day(self, instant: datetime) -> date:
        """The client's day."""
        return instant.astimezone(self.zone).date()

    def allowed(self, instant: datetime, what: What) -> datetime:
        """The first instant that is not quiet and, for what promises a call, not on a closed day."""
        found = self.silence.first_allowed(instant)
        while what.promises_a_call and found.astimezone(self.clinic_zone).date() in self.closed:
            found = self.silence.first_allowed(_next_day(found, self.zone))
        return found


@dataclass(frozen=True, slots=True)
class Moment:
    """One message: what it is, when it is due, when it is of no more use; `missed` says why it is not sent at all."""

    name: str
    due_at: datetime
    not_after: datetime
    missed: str = ""
    what: What = What.ADVICE
    in_place: bool = field(default=True, compare=False)


def ended_at(planned: datetime, now: datetime) -> datetime:
    """When a session that is reported as over did end."""
    return now if now < planned + LATE_PAPERWORK else planned


def after_session(lines: Iterable[Line], ended: datetime, *, place: Place, now: datetime) -> list[Moment]:
    """Each line of a series at its time, or with the reason why it would be of no use."""
    found = [_after(line, ended, place, now) for line in lines if line.anchor == "end" and not line.part_of]
    return _asked_once(found, place)


def _after(line: Line, ended: datetime, place: Place, now: datetime) -> Moment:
    wanted = ended + line.offset
    due = _before_the_night(wanted, ended, place, now) if line.what == What.ADVICE else wanted
    return at_time(line.key, line.what, due, wanted + line.use, place=place, now=now)


def at_time(
    name: str, what: What, wanted: datetime, not_after: datetime, *, place: Place, now: datetime
) -> Moment:  # fmt: skip
    """A message wanted at an instant: moved out of the night; out of closed days together with the end of its use."""
    wanted = max(wanted, now)  # reported late: what is still of use goes out now, and takes its place in the day
    quiet = place.silence.first_allowed(wanted)
    due = place.allowed(wanted, what)
    not_after += due - quiet
    missed = PAST if not_after <= now else AT_NIGHT if due > not_after else ""
    return Moment(name, due, not_after, missed, what, due == quiet)


def _before_the_night(wanted: datetime, ended: datetime, place: Place, now: datetime) -> datetime:
    """Advice is for this evening: where it would fall into the silence, just before that."""
    if not place.silence.is_quiet(wanted):
        return wanted
    evening = place.silence.begins(wanted) - BEFORE_THE_NIGHT
    return evening if evening > max(ended, now) else wanted


def _asked_once(found: list[Moment], place: Place) -> list[Moment]:
    """A check-in that a closure moved onto the day of a later one, or past it, is left to that one."""
    days = {each.name: place.day(each.due_at) for each in found if each.what == What.CHECK_IN}
    names = list(days)
    late = {name for at, name in enumerate(names) if any(days[name] >= days[after] for after in names[at + 1 :])}
    return [replace(each, missed=each.missed or ASKED_LATER) if each.name in late else each for each in found]


def before_session(line: Line, starts_at: datetime, *, place: Place, now: datetime) -> Moment | None:
    """A reminder at its time, in daytime. None when that has come already: then the client just booked."""
    wanted = starts_at - line.offset
    if line.offset >= BY_DAY:
        local = wanted.astimezone(place.zone)
        clock = min(max(local.time(), REMINDER_FROM), REMINDER_UNTIL)
        wanted = quiet_hours.resolve(local.date(), clock, place.zone)
    if wanted <= now:
        return None
    return at_time(line.key, line.what, wanted, starts_at - REMINDED_UNTIL, place=place, now=now)


def one_a_day(moments: Iterable[Moment], *, place: Place, taken: Collection[date] = ()) -> list[Moment]:
    """At most one message on each of the client's days: the more important keeps its day.

    The other goes to the next free day while it is still of use; else `missed` says what was in the way. `taken` are
    days on which something went out already.
    """
    days = set(taken)
    placed = {}
    all_moments = list(moments)
    for each in sorted(all_moments, key=lambda one: (one.what.rank, not one.in_place, one.due_at, one.name)):
        placed[each.name] = each if each.missed else _on_a_free_day(each, days, place)
        if not placed[each.name].missed:
            days.add(place.day(placed[each.name].due_at))
    return [placed[each.name] for each in all_moments]


def _on_a_free_day(each: Moment, days: set[date], place: Place) -> Moment:
    due = each.due_at
    while place.day(due) in days:
        due = next_day(due, each, place)
        if due > each.not_after:
            return replace(each, missed=ANOTHER)
    return replace(each, due_at=due)


def next_day(due: datetime, each: Moment, place: Place) -> datetime:
    """The same hour a day later; when it would be of no more use then, that day's morning."""
    later = place.allowed(_next_day(due, place.zone), each.what)
    if later <= each.not_after:
        return later
    morning = quiet_hours.resolve(place.day(due) + timedelta(days=1), MORNING, place.zone)
    return place.allowed(morning, each.what)


def _next_day(instant: datetime, zone: ZoneInfo) -> datetime:
    local = instant.astimezone(zone)
    return quiet_hours.resolve(local.date() + timedelta(days=1), local.time(), zone)

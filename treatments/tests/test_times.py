"""When aftercare goes out: every trap of clocks and calendars, one row each."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic.models import Message
from clinic.quiet_hours import Silence, Window
from treatments import schedule, series, wording
from treatments.moments import ANOTHER, ASKED_LATER, AT_NIGHT, PAST, Place, after_session, before_session, one_a_day
from treatments.tests import aftercare_world as world

VIENNA, NEW_YORK, LORD_HOWE = (ZoneInfo(name) for name in ("Europe/Vienna", "America/New_York", "Australia/Lord_Howe"))
LINES = {line.key: line for line in series.read(wording.built_in())}
NIGHT, SIESTA, LATE = (time(20), time(9)), (time(13), time(15)), (time(18), time(11))
NEVER = (time(0), time(0))


def at(text):
    """ "2026-03-29 10:00" in UTC, the only clock the server has."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def place(zone=VIENNA, *, client=None, quiet=(NIGHT,), closed=()):
    days = frozenset(date.fromisoformat(day) for day in closed)
    return Place(Silence(tuple(Window(*hours) for hours in quiet), client or zone), zone, days)


#: case, line, when the session ended, where the client is, reported at, due (or why it is missed)
AFTER = [
    # Quiet hours
    ("two hours on, by day", "same_day", "2026-11-23 10:00", place(), None, "2026-11-23 12:00"),
    ("advice comes just before the night", "same_day", "2026-11-23 17:30", place(), None, "2026-11-23 18:55"),
    ("no evening is left: the morning", "same_day", "2026-11-23 18:57", place(), None, "2026-11-24 08:00"),
    ("a check-in at night waits for the morning", "h24", "2026-11-23 20:30", place(), None, "2026-11-25 08:00"),
    ("exactly when quiet hours end", "h24", "2026-11-23 08:00", place(), None, "2026-11-24 08:00"),
    ("exactly when they begin", "h24", "2026-11-23 19:00", place(), None, "2026-11-25 08:00"),
    ("a clinic without quiet hours", "h24", "2026-11-23 22:00", place(quiet=(NEVER,)), None, "2026-11-24 22:00"),
    ("the client's own silence by day", "h24", "2026-11-23 12:30", place(quiet=(NIGHT, SIESTA)), None,
     "2026-11-24 14:00"),
    ("both silences touch: the end of the later", "h24", "2026-11-23 18:00", place(quiet=(NIGHT, LATE)), None,
     "2026-11-25 10:00"),
    ("together they leave no minute: the clinic's counts", "h24", "2026-11-23 12:00",
     place(quiet=(NIGHT, (time(9), time(20)))), None, "2026-11-24 12:00"),
    # DST, both ways, in three zones
    ("Vienna springs ahead: a day is 24 hours", "h24", "2026-03-28 10:00", place(), None, "2026-03-29 10:00"),
    ("Vienna springs ahead: the night ends an hour sooner", "h24", "2026-03-27 22:00", place(), None,
     "2026-03-29 07:00"),
    ("Vienna falls back: the night ends an hour later", "h24", "2026-10-23 21:00", place(), None, "2026-10-25 08:00"),
    ("Vienna's gap ends the silence", "h24", "2026-03-28 00:30", place(quiet=((time(1), time(2, 30)),)), None,
     "2026-03-29 01:00"),
    ("Vienna's double hour is over", "h24", "2026-10-24 00:00", place(quiet=((time(1), time(2, 30)),)), None,
     "2026-10-25 01:30"),
    ("New York springs ahead", "h24", "2026-03-07 04:00", place(NEW_YORK), None, "2026-03-08 13:00"),
    ("New York falls back", "h24", "2026-10-31 04:00", place(NEW_YORK), None, "2026-11-01 14:00"),
    ("Lord Howe springs ahead by half an hour", "h24", "2026-10-02 15:00", place(LORD_HOWE), None, "2026-10-03 22:00"),
    ("Lord Howe falls back by half an hour", "h24", "2026-04-03 15:00", place(LORD_HOWE), None, "2026-04-04 22:30"),
    # The calendar
    ("over a leap day", "h24", "2028-02-28 10:00", place(), None, "2028-02-29 10:00"),
    ("two weeks over a leap day", "d14", "2028-02-20 10:00", place(), None, "2028-03-05 10:00"),
    ("three days over the end of a year", "h72", "2026-12-30 10:00", place(), None, "2027-01-02 10:00"),
    # A client elsewhere
    ("in New York the Viennese morning is night", "same_day", "2026-11-23 08:00", place(client=NEW_YORK), None,
     "2026-11-23 14:00"),
    ("in New York the Viennese night is day", "same_day", "2026-11-23 19:30", place(client=NEW_YORK), None,
     "2026-11-23 21:30"),
    ("in the east the evening comes first", "same_day", "2026-11-23 09:00", place(client=LORD_HOWE), None,
     "2026-11-23 22:00"),
    # Closures: advice goes out, what promises a call waits
    ("advice on a closed day is sent", "same_day", "2026-12-24 10:00", place(closed=("2026-12-24",)), None,
     "2026-12-24 12:00"),
    ("a check-in waits for an open day", "h24", "2026-12-24 10:00", place(closed=("2026-12-25",)), None,
     "2026-12-26 10:00"),
    ("and for its morning", "h24", "2026-12-24 21:00", place(closed=("2026-12-26",)), None, "2026-12-27 08:00"),
    ("the closed day is the clinic's", "h24", "2026-12-24 03:00",
     place(client=NEW_YORK, quiet=(NEVER,), closed=("2026-12-25",)), None, "2026-12-26 03:00"),
    ("a closure up to the next check-in: that one asks", "h24", "2026-12-22 10:00",
     place(closed=("2026-12-23", "2026-12-24", "2026-12-25")), None, ASKED_LATER),
    # Reported late
    ("still of use: at once", "h24", "2026-11-23 10:00", place(), "2026-11-24 16:00", "2026-11-24 16:00"),
    ("still of use, but at night: in the morning", "h72", "2026-11-23 10:00", place(), "2026-11-26 22:00",
     "2026-11-27 08:00"),
    ("past its use", "same_day", "2026-11-23 10:00", place(), "2026-11-24 08:00", PAST),
    ("its use ends before the night does", "same_day", "2026-11-23 10:00", place(), "2026-11-24 05:30", AT_NIGHT),
]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "key", "ended", "where", "reported", "expected"), AFTER, ids=[row[0] for row in AFTER]
)
def test_after_a_session(case, key, ended, where, reported, expected):
    found = after_session(LINES.values(), at(ended), place=where, now=at(reported or ended))
    moment = next(each for each in found if each.name == key)
    assert (moment.missed or f"{moment.due_at:%Y-%m-%d %H:%M}") == expected, case
    assert moment.missed or not (where.silence.leaves_room and where.silence.is_quiet(moment.due_at))


#: case, start, where the client is, booked (or moved) at, due (or None)
BEFORE = [
    ("a day ahead at the same hour", "2026-11-24 14:00", place(), "2026-11-20 09:00", "2026-11-23 14:00"),
    ("an early session: not before ten", "2026-11-24 07:30", place(), "2026-11-20 09:00", "2026-11-23 09:00"),
    ("a late one: not after six", "2026-11-24 18:00", place(), "2026-11-20 09:00", "2026-11-23 17:00"),
    ("booked today for tomorrow: nothing to remind of", "2026-11-24 14:00", place(), "2026-11-23 15:00", None),
    ("moved a week on: a week later", "2026-12-01 14:00", place(), "2026-11-20 09:00", "2026-11-30 14:00"),
    ("over the gap in spring: by the wall clock", "2026-03-29 08:00", place(), "2026-03-20 09:00", "2026-03-28 09:00"),
    ("over the double hour in autumn", "2026-10-25 09:00", place(), "2026-10-20 09:00", "2026-10-24 09:00"),
    ("on a leap day for the first of March", "2028-03-01 14:00", place(), "2028-02-20 09:00", "2028-02-29 14:00"),
    ("by the client's clock", "2026-11-24 08:00", place(client=NEW_YORK), "2026-11-20 09:00", "2026-11-23 15:00"),
    ("on a closed day it is sent all the same", "2026-12-27 14:00", place(closed=("2026-12-26",)), "2026-12-20 09:00",
     "2026-12-26 14:00"),
    ("out of the client's own silence", "2026-11-24 13:00", place(quiet=(NIGHT, SIESTA)), "2026-11-20 09:00",
     "2026-11-23 14:00"),
]  # fmt: skip


@pytest.mark.parametrize(("case", "starts", "where", "booked", "expected"), BEFORE, ids=[row[0] for row in BEFORE])
def test_before_a_session(case, starts, where, booked, expected):
    moment = before_session(LINES["pre_next"], at(starts), place=where, now=at(booked))
    assert (moment and f"{moment.due_at:%Y-%m-%d %H:%M}") == expected, case


#: case, keys with their ends, days taken, what comes of each
ONE_A_DAY = [
    ("advice first, the check-in moves on", {"same_day": "2026-11-24 06:00", "h24": "2026-11-23 12:00"}, (),
     {"same_day": "2026-11-24 08:00", "h24": "2026-11-25 08:00"}),
    ("a tip has no other day of use", {"h24": "2026-11-23 10:00", "tip": "2026-11-22 10:00"}, (),
     {"h24": "2026-11-24 10:00", "tip": ANOTHER}),
    ("something went out already", {"h72": "2026-11-20 10:00"}, ("2026-11-23",), {"h72": "2026-11-24 10:00"}),
    ("both days are taken", {"h72": "2026-11-20 10:00"}, ("2026-11-23", "2026-11-24"), {"h72": "2026-11-25 10:00"}),
    ("all of its days are taken", {"h72": "2026-11-20 10:00"}, ("2026-11-23", "2026-11-24", "2026-11-25"),
     {"h72": ANOTHER}),
]  # fmt: skip


@pytest.mark.parametrize(("case", "ends", "taken", "expected"), ONE_A_DAY, ids=[row[0] for row in ONE_A_DAY])
def test_one_message_a_day(case, ends, taken, expected):
    where = place()
    wanted = [after_session([LINES[key]], at(ended), place=where, now=at(ended))[0] for key, ended in ends.items()]
    found = one_a_day(wanted, place=where, taken=[date.fromisoformat(day) for day in taken])
    assert {each.name: each.missed or f"{each.due_at:%Y-%m-%d %H:%M}" for each in found} == expected, case


def cancel(session, desk, now):
    schedule.cancel(session=session, reason="Client asked", by=desk, now=now)


def move(session, desk, now):
    """Given back and booked anew: that is how a session is moved."""
    cancel(session, desk, now)
    schedule.book(
        client=session.client, therapist=session.therapist, starts_at=session.starts_at + timedelta(days=7),
        minutes=45, by=desk, now=now, ask=False,
    )  # fmt: skip


def book_again(session, desk, now):
    """One more before it."""
    start = session.starts_at - timedelta(days=2)
    schedule.book(
        client=session.client, therapist=session.therapist, starts_at=start, minutes=45, by=desk, now=now, ask=False
    )


#: case, what happens, when the client's reminders are due then
CHANGED = [
    ("a booked session", lambda *_: None, ["2026-11-27 14:00"]),
    ("cancelled: none", cancel, []),
    ("moved: with it", move, ["2026-12-04 14:00"]),
    ("another before it: both", book_again, ["2026-11-25 14:00", "2026-11-27 14:00"]),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("case", "change", "due"), CHANGED, ids=[row[0] for row in CHANGED])
def test_sessions_that_change(case, change, due, client_ann, therapist, desk, now):
    world.agree(client_ann, now, "email")
    session = schedule.book(
        client=client_ann,
        therapist=therapist,
        starts_at=at("2026-11-28 14:00"),
        minutes=45,
        by=desk,
        now=now,
        ask=False,
    )
    change(session, desk, now)
    waiting = Message.objects.filter(kind="aftercare.pre_next", state="scheduled").order_by("due_at")
    assert [f"{row.due_at:%Y-%m-%d %H:%M}" for row in waiting] == due, case

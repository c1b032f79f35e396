"""When aftercare is due, and by when work is."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.quiet_hours import Silence, Window
from treatments import series, wording, working_hours
from treatments.moments import Place, after_session, before_session, ended_at
from treatments.series import What

UTC_ZONE = ZoneInfo("UTC")
NIGHT = Window(time(20), time(9))
NEVER = Window(time(0), time(0))
LINES = series.read(wording.built_in())
FIRST_DAYS = [line for line in LINES if line.key in ("same_day", "h24", "h48", "h72")]
REMINDER = next(line for line in LINES if line.what == What.REMINDER)


def at(hour, minute=0, day=23):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def place(window=NIGHT, zone=UTC_ZONE):
    return Place(Silence((window,), zone), zone)


def due(ended, *, window=NIGHT, zone=UTC_ZONE, now=None):
    found = after_session(FIRST_DAYS, ended, place=place(window, zone), now=now or ended)
    return {each.name: each.due_at for each in found if not each.missed}


def test_the_series_follows_the_end():
    assert due(at(10)) == {"same_day": at(12), "h24": at(10, day=24), "h48": at(10, day=25), "h72": at(10, day=26)}


def test_same_day_advice_comes_before_the_night():
    assert due(at(18, 30))["same_day"] == at(19, 55)
    assert due(at(18, 30), zone=ZoneInfo("Europe/Vienna"))["same_day"] == at(18, 55)
    assert due(at(19, 57))["same_day"] == at(9, day=24)  # no evening is left: the morning
    assert due(at(18, 30), window=NEVER)["same_day"] == at(20, 30)


def test_what_would_come_too_late_is_not_made():
    assert set(due(at(10), now=at(8, day=24))) == {"h24", "h48", "h72"}
    assert set(due(at(10), now=at(8, day=29))) == set()


def test_late_paperwork_does_not_move_the_end():
    assert ended_at(at(10), at(10, 50)) == at(10, 50)
    assert ended_at(at(10), at(9, 40)) == at(9, 40)
    assert ended_at(at(10), at(17)) == at(10)


@pytest.mark.parametrize(
    ("starts", "wanted"),
    [(at(15), at(15, day=22)), (at(8), at(10, day=22)), (at(19), at(18, day=22))],
)
def test_the_reminder_comes_a_day_ahead_by_day(starts, wanted):
    assert before_session(REMINDER, starts, place=place(), now=at(9, day=20)).due_at == wanted


def test_no_reminder_for_who_just_booked():
    assert before_session(REMINDER, at(15), place=place(), now=at(16, day=22)) is None


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (at(9), at(13)),  # Monday morning
        (at(17), at(10, day=24)),  # two hours today, two tomorrow
        (at(3), at(12)),  # before opening
        (at(17, day=27), at(10, day=30)),  # Friday evening
        (at(12, day=28), at(12, day=30)),  # Saturday
    ],
)
def test_work_is_due_in_open_hours(start, due):
    assert working_hours.after(start, timedelta(hours=4), opens=time(8), closes=time(19), zone=UTC_ZONE) == due


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)), st.sampled_from(["UTC", "America/New_York"]))
def test_work_is_never_due_early_nor_on_a_weekend(start, zone):
    start, zone = start.replace(tzinfo=UTC), ZoneInfo(zone)
    due = working_hours.after(start, timedelta(hours=4), opens=time(8), closes=time(19), zone=zone)
    assert due - start >= timedelta(hours=4)
    assert due.astimezone(zone).weekday() < 5
    assert time(8) <= due.astimezone(zone).time() <= time(19)


def test_a_clinic_that_never_opens_counts_by_the_clock():
    assert working_hours.after(at(9), timedelta(hours=4), opens=time(8), closes=time(8), zone=UTC_ZONE) == at(13)


def test_work_is_not_due_on_a_closed_day():
    closed = {at(9, day=24).date(), at(9, day=25).date()}
    found = working_hours.after(
        at(17), timedelta(hours=4), opens=time(8), closes=time(19), zone=UTC_ZONE, closed=closed
    )
    assert found == at(10, day=26)

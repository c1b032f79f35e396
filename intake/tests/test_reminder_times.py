"""When reminders go: table by table, over clock changes and round the quiet hours."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic.quiet_hours import Window, is_quiet
from intake.inviting.reminder_times import reminder_times

VIENNA = ZoneInfo("Europe/Vienna")
NIGHT = Window(time(20), time(9))


def at(text, zone=VIENNA):
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("visit", "booked", "hours", "expected"),
    [
        # long before: both
        ("2026-11-27 14:00", "2026-11-10 10:00", [48, 24], ["2026-11-25 14:00", "2026-11-26 14:00"]),
        ("2026-11-27 14:00", "2026-11-10 10:00", [24, 48], ["2026-11-25 14:00", "2026-11-26 14:00"]),
        # one switched off, both off, the same twice
        ("2026-11-27 14:00", "2026-11-10 10:00", [48, 0], ["2026-11-25 14:00"]),
        ("2026-11-27 14:00", "2026-11-10 10:00", [0, 0], []),
        ("2026-11-27 14:00", "2026-11-10 10:00", [24, 24], ["2026-11-26 14:00"]),
        # booked between the two, just before one, after both
        ("2026-11-27 14:00", "2026-11-26 08:00", [48, 24], ["2026-11-26 14:00"]),
        ("2026-11-27 14:00", "2026-11-26 12:00", [48, 24], []),
        ("2026-11-27 14:00", "2026-11-27 09:00", [48, 24], []),
        # a visit in the morning: at nine, when quiet hours end
        ("2026-11-27 08:00", "2026-11-10 10:00", [48, 24], ["2026-11-25 09:00", "2026-11-26 09:00"]),
        # hours before an early visit: the evening before
        ("2026-11-27 09:30", "2026-11-10 10:00", [3], ["2026-11-26 19:45"]),
        ("2026-11-27 14:00", "2026-11-10 10:00", [3], ["2026-11-27 11:00"]),
        ("2026-11-27 11:30", "2026-11-10 10:00", [3], ["2026-11-27 09:00"]),
        # the evening before an early visit would be at the same time as the day-before reminder: once
        ("2026-11-27 09:30", "2026-11-10 10:00", [3, 14], ["2026-11-26 19:30"]),
        # spring: the night of 29 March has 23 hours; the wall clock holds
        ("2026-03-29 14:00", "2026-03-01 10:00", [48, 24], ["2026-03-27 14:00", "2026-03-28 14:00"]),
        ("2026-03-30 10:00", "2026-03-01 10:00", [48, 24], ["2026-03-28 10:00", "2026-03-29 10:00"]),
        # autumn: 25 October has 25 hours
        ("2026-10-26 10:00", "2026-10-01 10:00", [48, 24], ["2026-10-24 10:00", "2026-10-25 10:00"]),
    ],
)
def test_reminders_stand_where_the_table_says(visit, booked, hours, expected):
    found = reminder_times(at(visit), hours, now=at(booked), window=NIGHT, zone=VIENNA)
    assert [f"{each.astimezone(VIENNA):%Y-%m-%d %H:%M}" for each in found] == expected


def test_hours_are_hours_over_a_clock_change():
    found = reminder_times(
        at("2026-03-29 12:00"), [13], now=at("2026-03-01 10:00"), window=Window(time(0), time(0)), zone=VIENNA
    )
    assert at("2026-03-29 12:00").astimezone(UTC) - found[0] == timedelta(hours=13)
    assert f"{found[0].astimezone(VIENNA):%d %H:%M}" == "28 22:00"


@pytest.mark.parametrize("hour", range(7, 21))
@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-06-15"])
def test_none_at_night_none_late_none_close_together(day, hour):
    starts, now = at(f"{day} {hour:02}:00"), at("2026-01-02 12:00")
    found = reminder_times(starts, [72, 48, 24, 12, 5, 3], now=now, window=NIGHT, zone=VIENNA)
    assert found
    assert not any(is_quiet(each, NIGHT, VIENNA) for each in found)
    assert all(later - earlier >= timedelta(hours=4) for earlier, later in zip(found, found[1:], strict=False))
    assert found[-1] <= starts - timedelta(hours=1)

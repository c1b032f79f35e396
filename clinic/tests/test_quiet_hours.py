"""Quiet hours on instants: never inside, never early, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clinic.quiet_hours import Window, first_allowed, is_quiet, next_silence, resolve

NIGHT = Window(time(20), time(9))
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC", "Europe/Vienna", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia",
        "Africa/Casablanca", "Asia/Kathmandu", "America/Santiago", "Asia/Tehran",
    )
]  # fmt: skip
instants = st.datetimes(datetime(2011, 1, 1), datetime(2032, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
clocks = st.times().map(lambda clock: clock.replace(microsecond=0))


@given(instants, st.sampled_from(ZONES), clocks, clocks)
@example(datetime(2011, 12, 29, 12, tzinfo=UTC), ZoneInfo("Pacific/Apia"), time(20), time(9))  # a day that never was
@example(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), ZoneInfo("Europe/Vienna"), time(1), time(2, 30))
def test_first_allowed_is_never_quiet_and_never_early(instant, zone, start, end):
    window = Window(start, end)
    found = first_allowed(instant, window, zone)
    assert not is_quiet(found, window, zone)
    assert found >= instant
    assert found - instant <= timedelta(hours=50)  # a day, a skipped day, and an hour of clock change


@given(instants, st.sampled_from(ZONES))
def test_first_allowed_leaves_the_day_alone(instant, zone):
    if not NIGHT.holds(instant.astimezone(zone).time()):
        assert first_allowed(instant, NIGHT, zone) == instant


@given(st.dates(date(2012, 1, 1), date(2032, 1, 1)), clocks, st.sampled_from(ZONES))
def test_resolve_gives_the_wall_time_or_the_first_after_the_gap(day, clock, zone):
    found = resolve(day, clock, zone)
    local = found.astimezone(zone).replace(tzinfo=None)
    assert local >= datetime.combine(day, clock)
    if local != datetime.combine(day, clock):
        assert (found - timedelta(seconds=1)).astimezone(zone).utcoffset() != found.astimezone(zone).utcoffset()


@pytest.mark.parametrize(
    ("day", "clock", "zone", "expected"),
    [
        (date(2026, 3, 29), time(2, 30), "Europe/Vienna", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),  # gap
        (date(2026, 10, 25), time(2, 30), "Europe/Vienna", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),  # second
        (date(2026, 3, 8), time(2, 0), "America/New_York", datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),
        (date(2026, 11, 1), time(1, 15), "America/New_York", datetime(2026, 11, 1, 6, 15, tzinfo=UTC)),
        (date(2028, 2, 29), time(9, 0), "Asia/Kathmandu", datetime(2028, 2, 29, 3, 15, tzinfo=UTC)),
    ],
)
def test_resolve_at_the_change_of_the_clocks(day, clock, zone, expected):
    assert resolve(day, clock, ZoneInfo(zone)) == expected


def test_equal_times_mean_no_quiet_hours():
    moment = datetime(2026, 11, 23, 3, tzinfo=UTC)
    assert first_allowed(moment, Window(time(8), time(8)), ZoneInfo("UTC")) == moment


def test_the_last_second_before_the_end_is_quiet_and_the_end_is_not():
    zone = ZoneInfo("UTC")
    end = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert is_quiet(end - timedelta(seconds=1), NIGHT, zone)
    assert first_allowed(end - timedelta(seconds=1), NIGHT, zone) == end


@given(instants, st.sampled_from(ZONES), clocks, clocks, st.floats(0, 1))
@example(datetime(2026, 10, 24, 23, tzinfo=UTC), ZoneInfo("Europe/Vienna"), time(2, 30), time(3), 0.9)  # begins twice
@example(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), ZoneInfo("Europe/Vienna"), time(2, 30), time(3, 30), 0.9)  # in a gap
def test_silence_begins_where_it_says_and_not_before(instant, zone, start, end, part):
    window = Window(start, end)
    if is_quiet(instant, window, zone):
        return
    begins = next_silence(instant, window, zone)
    if start == end:
        assert begins is None
        return
    assert begins is None or (begins > instant and is_quiet(begins, window, zone))
    between = instant + ((begins or instant + timedelta(days=2)) - instant) * min(part, 0.999999)
    assert not is_quiet(between, window, zone)

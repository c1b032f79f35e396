from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clinic.hourchart import LEAST, Hour, ceiling, draw

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
COUNTS = st.integers(0, 100_000)
DAYS = st.lists(st.tuples(COUNTS, COUNTS, COUNTS), min_size=1, max_size=24).map(
    lambda rows: [Hour(BEGIN + timedelta(hours=n), *counts) for n, counts in enumerate(rows)]
)


@given(DAYS)
def test_every_bar_lies_inside_the_picture_and_on_the_one_below(hours):
    picture = draw(hours, width=340, height=200, every=6)
    for bar in picture.bars:
        assert picture.left <= bar.x and bar.x + bar.width <= picture.right
        assert bar.y >= 0 and bar.y + bar.height <= picture.bottom
    for hour in hours:
        assert hour.total <= picture.rules[-1].number
    assert len(picture.bars) == sum(bool(count) for hour in hours for count in (hour.sent, hour.missed, hour.failed))


def test_one_failure_beside_thousands_is_seen():
    bars = {bar.name: bar for bar in draw([Hour(BEGIN, sent=9000, failed=1)], width=340, height=200, every=6).bars}
    assert bars["failed"].height >= LEAST
    assert bars["sent"].height > 100


def test_the_present_hour_is_named():
    hours = [Hour(BEGIN + timedelta(hours=n)) for n in range(24)]
    assert [label.moment.hour for label in draw(hours, width=340, height=200, every=6).hours] == [5, 11, 17, 23]


def test_the_top_of_the_scale_is_round():
    assert [ceiling(n) for n in (0, 4, 5, 11, 21, 41, 101)] == [4, 4, 10, 20, 40, 100, 200]

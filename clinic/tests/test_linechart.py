from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from clinic.linechart import Point, draw, points_from

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 1, 1))
POINTS = st.lists(st.builds(Point, DAYS, st.floats(-5, 15), st.sampled_from(["Before", "After"])), max_size=20)


@given(POINTS)
def test_every_spot_lies_inside_the_picture(points):
    drawing = draw(points_from(points), width=340, height=210)
    for line in drawing.lines:
        for spot in line.spots:
            assert drawing.left <= spot.x <= drawing.right
            assert 0 <= spot.y <= 210


def test_more_pain_is_higher_and_later_is_further_right():
    points = points_from([(date(2026, 3, 10), 3), (date(2026, 3, 3), 8)])
    first, second = draw(points, width=340, height=210).lines[0].spots
    assert first.point.value == 8
    assert first.y < second.y and first.x < second.x


def test_series_become_lines_in_the_order_they_appear():
    rows = [
        {"when": date(2026, 3, 3), "value": 7, "series": "Before"},
        {"when": date(2026, 3, 4), "value": 4, "series": "After"},
        {"when": date(2026, 3, 5), "value": 6, "series": "Before"},
    ]
    lines = draw(points_from(rows), width=340, height=210).lines
    assert [(line.name, line.number, len(line.spots)) for line in lines] == [("Before", 0, 2), ("After", 1, 1)]


def test_a_value_nobody_gave_is_left_out():
    assert points_from([(date(2026, 3, 3), None), {"when": date(2026, 3, 4), "value": None}]) == []


def test_no_mark_lies_on_the_word_beside_the_goal():
    drawing = draw(points_from([(date(2026, 3, 3), 3), (date(2026, 3, 9), 3)]), width=340, height=210, goal=3)
    assert max(spot.x for spot in drawing.lines[0].spots) < drawing.right <= 340 - 45


def test_one_value_stands_in_the_middle():
    drawing = draw(points_from([(date(2026, 3, 3), 5)]), width=340, height=210)
    assert drawing.lines[0].spots[0].x == (drawing.left + drawing.right) / 2
    assert [tick.words for tick in drawing.dates] == ["3 Mar"]


def test_nothing_measured_draws_only_the_frame():
    drawing = draw([], width=340, height=210)
    assert drawing.lines == () and drawing.dates == ()
    assert [rule.words for rule in drawing.rules] == ["0", "5", "10"]


def test_dates_below_never_run_into_each_other():
    rows = [(datetime(2026, 3, day, 9, tzinfo=UTC), 5) for day in (1, 2, 30)]
    ticks = draw(points_from(rows), width=340, height=210).dates
    assert [tick.words for tick in ticks] == ["1 Mar", "30 Mar"]

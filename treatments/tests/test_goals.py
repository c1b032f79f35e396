"""Targets are the published change, never a guess."""

from decimal import Decimal

import pytest

from conditions.measures import measures
from treatments import goals


@pytest.mark.parametrize(
    ("measure", "baseline", "target"),
    [
        ("nprs", 7, 5),
        ("nprs", 10, 7),
        ("nprs", 1, 0),
        ("psfs", 3, 5),
        ("psfs", 9, 10),
        ("rmdq", 20, 14),
        ("thi", 40, None),
    ],
)
def test_target_is_the_meaningful_change(measure, baseline, target):
    assert goals.target(measure, Decimal(baseline)) == target


@pytest.mark.parametrize("code", goals.MEANINGFUL)
def test_every_figure_stands_in_the_catalogue(code):
    points, share = goals.MEANINGFUL[code]
    said = measures()[code].meaningful_change
    assert points == "0" or points in said
    assert share == "0" or f"{Decimal(share) * 100:.0f}" in said


def test_primary_measure_is_always_a_goal():
    proposed = goals.propose(["rmdq", "nprs", "psfs"], {"nprs": Decimal(6)}, None)
    assert [goal.measure for goal in proposed] == ["rmdq", "nprs"]

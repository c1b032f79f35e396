"""Is a change more than noise? Judged by the published meaningful change of the scales we ask in our own words.

Only single 0 to 10 scales are judged; every other measure is shown, not interpreted. Touches no database.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from conditions.measures import Measure

_POINTS = re.compile(r"^(\d+) points")
_PERCENT = re.compile(r"or (\d+)% of baseline")


class Judgement(StrEnum):
    BETTER = "better"
    NO_CHANGE = "no clear change"
    WORSE = "worse"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class Change:
    """From a baseline to a value; `by` is positive when the number grew."""

    by: Decimal
    judgement: Judgement
    rule: str = ""


def is_judged(measure: Measure) -> bool:
    """One of our own 0 to 10 scales with a published number of points?"""
    scale = (measure.range_min, measure.range_max) == (0, 10)
    return measure.ours and scale and bool(_POINTS.match(measure.meaningful_change))


def change(measure: Measure, baseline: Decimal, value: Decimal) -> Change:
    """What became of a value since its baseline."""
    by = value - baseline
    if not is_judged(measure):
        return Change(by, Judgement.NOT_JUDGED)
    rule = measure.meaningful_change
    points = _POINTS.match(rule)
    percent = _PERCENT.search(rule)
    enough = [Decimal(points.group(1))] if points else []
    if percent and baseline:
        enough.append(baseline * Decimal(percent.group(1)) / 100)
    if not by or abs(by) < min(enough):
        return Change(by, Judgement.NO_CHANGE, rule)
    lower_is_better = measure.better == "lower"
    return Change(by, Judgement.BETTER if (by < 0) == lower_is_better else Judgement.WORSE, rule)

"""Goals a plan starts with: which measures, from what baseline, to what target. Touches no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from conditions.measures import Measure, measures

# What a client rated in the health history, by question.
BASELINE_QUESTIONS = {"nprs": "reason.pain_now", "sleep_nrs": "wellbeing.sleep", "stress_nrs": "wellbeing.stress"}

# The change that matters, as published with each measure in the catalogue: points, and share of the baseline.
# A measure that is not here has no agreed figure; its target is left for the therapist to set.
MEANINGFUL: dict[str, tuple[str, str]] = {
    "nprs": ("2", "0.3"),
    "first_step_pain": ("2", "0"),
    "tinnitus_nrs": ("2", "0"),
    "sleep_nrs": ("2", "0"),
    "stress_nrs": ("2", "0"),
    "psfs": ("2", "0"),
    "rmdq": ("5", "0.3"),
    "odi": ("10", "0.3"),
    "ndi": ("5", "0"),
    "headache_days": ("0", "0.3"),
    "mouth_opening": ("5", "0"),
}
_WANTED = 3  # more goals than this are not followed by anybody


@dataclass(frozen=True, slots=True)
class Proposed:
    """A goal before it is kept."""

    measure: str
    baseline: Decimal | None
    target: Decimal | None
    due_on: date | None


def name(code: str) -> str:
    """The measure's name; the code itself when the catalogue no longer has it."""
    known = measures().get(code)
    return known.name if known else code


def target(code: str, baseline: Decimal | None) -> Decimal | None:
    """The value that would be a meaningful change from `baseline`; None where nobody can say."""
    measure, figures = measures().get(code), MEANINGFUL.get(code)
    if baseline is None or measure is None or figures is None:
        return None
    points, share = (Decimal(figure) for figure in figures)
    change = max(points, abs(baseline) * share)
    if measure.better == "higher":
        return min(_tidy(baseline + change), Decimal(str(measure.range_max)))
    return max(_tidy(baseline - change), Decimal(str(measure.range_min)))


def propose(wanted: Sequence[str], baselines: Mapping[str, Decimal], due_on: date | None) -> list[Proposed]:
    """The primary measure always, then those that have a baseline already."""
    known = measures()
    primary, rest = list(wanted[:1]), [code for code in wanted[1:] if code in baselines]
    chosen = [code for code in dict.fromkeys([*primary, *rest]) if code in known][:_WANTED]
    return [Proposed(code, baselines.get(code), target(code, baselines.get(code)), due_on) for code in chosen]


def reached(measure: Measure | None, goal_target: Decimal | None, value: Decimal | None) -> bool:
    """Has the newest value met the target?"""
    if measure is None or goal_target is None or value is None:
        return False
    return value >= goal_target if measure.better == "higher" else value <= goal_target


def _tidy(value: Decimal) -> Decimal:
    """Whole points: nobody rates 4.9."""
    return value.quantize(Decimal(1), rounding=ROUND_HALF_UP)

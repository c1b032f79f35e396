"""What goes past a limit, and which reason covers it. No database."""

import pytest

from conditions.techniques import techniques
from intake.safety.standing import Standing
from treatments import limits

FIRM = next(code for code, one in techniques().items() if (one.pressure_min or 0) >= 3)


def allowed(most):
    return Standing(
        may_book=True, may_start=True, may_start_plan=True, booking="allow", history_complete=True, pressure_max=most
    )


def of_work(code, most, pressure=None):
    return [each.key for each in limits.of_work([{"technique": code, "pressure": pressure}], [], allowed(most))]


@pytest.mark.parametrize(("most", "found"), [(None, []), (5, []), (1, [f"firm:{FIRM}:1"])])
def test_a_firm_technique_does_not_pass_for_light_by_writing_no_pressure(most, found):
    assert of_work(FIRM, most) == found
    wanted = {"pressure_max": 1, "techniques": [FIRM], "regions": []}
    assert [each.key for each in limits.of_plan(**wanted, limits=allowed(most))] == found


def test_a_reason_for_one_limit_is_none_for_a_stricter_one():
    wanted = {"pressure_max": 4, "techniques": [], "regions": []}
    reasoned = [{"limit": each.key} for each in limits.of_plan(**wanted, limits=allowed(3))]
    assert limits.uncovered(limits.of_plan(**wanted, limits=allowed(3)), reasoned) == []
    assert len(limits.uncovered(limits.of_plan(**wanted, limits=allowed(1)), reasoned)) == 1

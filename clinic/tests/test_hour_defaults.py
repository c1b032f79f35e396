"""The hours a clinic starts with."""

from datetime import UTC, datetime, time

import pytest
import time_machine
from django.core import checks

from clinic.models import ClinicSettings


@pytest.mark.parametrize("hour", [8, 9, 19, 20])
def test_the_check_is_silent_at_the_very_minute_of_a_default(hour):
    with time_machine.travel(datetime(2026, 11, 23, hour, tzinfo=UTC), tick=False):
        assert checks.run_checks() == []


def test_hours_are_those_of_a_working_day():
    made = ClinicSettings()
    hours = (made.day_starts, made.day_ends, made.quiet_from, made.quiet_until)
    assert hours == (time(8), time(19), time(20), time(9))

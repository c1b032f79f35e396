"""Tries, counted in the cache of the tests and in the one production uses, where each is a row of the database."""

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.test import override_settings

from intake import limits

IN_DATABASE = {"default": {"BACKEND": "clinic.counting_cache.CountingCache", "LOCATION": "limits_cache"}}


@pytest.fixture(params=["memory", "database"])
def clock(request, db):
    """A clock to turn, over both caches."""
    with time_machine.travel("2027-01-15T08:00:00Z", tick=False) as clock:
        if request.param == "memory":
            yield clock
            return
        with override_settings(CACHES=IN_DATABASE):
            call_command("createcachetable", verbosity=0)
            yield clock
            cache.clear()


def tries(number):
    return [limits.allowed("again", "somebody", times=2, seconds=limits.HOUR) for _ in range(number)]


def test_the_limit_holds_until_its_own_end(clock):
    assert tries(3) == [True, True, False]
    clock.shift(20 * limits.MINUTE)
    assert tries(1) == [False]
    clock.shift(41 * limits.MINUTE)
    assert tries(3) == [True, True, False]


def test_everybody_is_counted_alone(clock):
    tries(3)
    assert limits.allowed("again", "somebody else", times=2, seconds=limits.HOUR)

"""Counting tries in the cache that production uses: the database, where a counter must not lose its end."""

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import override_settings

from intake import limits

IN_DATABASE = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "limits_cache"}}


@pytest.fixture(params=["memory", "database"])
def clock(request, db, monkeypatch):
    """A clock to turn, over both caches."""
    at = [1_800_000_000.0]
    monkeypatch.setattr("time.time", lambda: at[0])
    if request.param == "memory":
        yield at
        return
    with override_settings(CACHES=IN_DATABASE):
        call_command("createcachetable", verbosity=0)
        yield at
        cache.clear()


def tries(number):
    return [limits.allowed("again", "somebody", times=2, seconds=limits.HOUR) for _ in range(number)]


def test_the_limit_holds_until_its_own_end(clock):
    assert tries(3) == [True, True, False]
    clock[0] += 20 * limits.MINUTE
    assert tries(1) == [False]
    clock[0] += 41 * limits.MINUTE
    assert tries(3) == [True, True, False]


def test_everybody_is_counted_alone(clock):
    tries(3)
    assert limits.allowed("again", "somebody else", times=2, seconds=limits.HOUR)

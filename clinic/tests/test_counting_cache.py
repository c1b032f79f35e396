"""Counting in the database: two at once are two, also where the time of a counter has just run out."""

import pytest
import time_machine
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.core.management import call_command
from django.test import override_settings

from clinic import counting_cache, tries

IN_DATABASE = {"default": {"BACKEND": "clinic.counting_cache.CountingCache", "LOCATION": "counting_cache"}}


@pytest.fixture
def cache(db):
    with time_machine.travel("2027-01-15T08:00:00Z", tick=False) as clock, override_settings(CACHES=IN_DATABASE):
        call_command("createcachetable", verbosity=0)
        caches["default"].clock = clock
        yield caches["default"]


def once_between(monkeypatch, owner, name, other):
    """What somebody else does just after this step, once."""
    step, done = getattr(owner, name), []

    def stepped(*args, **kwargs):
        found = step(*args, **kwargs)
        if not done:
            done.append(other)
            other()
        return found

    monkeypatch.setattr(owner, name, stepped)


def test_two_who_count_at_once_are_both_counted(cache, monkeypatch):
    cache.add("tries", 0, 600)
    once_between(monkeypatch, counting_cache.CountingCache, "_held", lambda: cache.incr("tries"))
    assert cache.incr("tries") == 2
    assert cache.get("tries") == 2


def test_a_counter_keeps_its_end(cache):
    cache.add("tries", 0, 600)
    cache.clock.shift(400)
    assert cache.incr("tries") == 1
    cache.clock.shift(300)
    with pytest.raises(ValueError, match="not found"):
        cache.incr("tries")


def test_who_begins_anew_at_once_with_another_takes_nothing_from_them(cache, monkeypatch):
    cache.add("tries", 7, 600)
    cache.clock.shift(700)
    once_between(monkeypatch, counting_cache.CountingCache, "_run", lambda: tries.counted("tries", seconds=600))
    assert tries.counted("tries", seconds=600) == 2


def test_a_counter_that_ends_between_two_steps_begins_anew(cache, monkeypatch):
    cache.add("tries", 7, 600)
    once_between(monkeypatch, DatabaseCache, "add", lambda: cache.clock.shift(700))
    assert tries.counted("tries", seconds=600) == 1


def test_a_value_is_added_once(cache):
    assert cache.add("mark", 1, 600)
    assert not cache.add("mark", 2, 600)
    assert cache.get("mark") == 1

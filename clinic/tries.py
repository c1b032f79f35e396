"""How often something was tried. Counted in the cache, one by one: nothing is lost when many try at once."""

from __future__ import annotations

from django.core.cache import cache


def counted(key: str, *, seconds: int) -> int:
    """Count one try; the how-manieth it is within `seconds` of the first. Tries never push the end away."""
    while True:
        cache.add(key, 0, seconds)
        try:
            return int(cache.incr(key))
        except ValueError:  # it ended just between the two
            continue


def so_far(key: str) -> int:
    """How often it was tried within its time; counts nothing."""
    return int(cache.get(key, 0))

"""How often something may be tried: per link, per address, for the whole site. Counted in the cache."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest

from clinic.tries import counted

MINUTE, HOUR, DAY = 60, 3600, 86_400


def allowed(what: str, who: str, *, times: int, seconds: int) -> bool:
    """Count one try; False once there were more than `times` within `seconds`."""
    key = f"intake:tries:{what}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
    return counted(key, seconds=seconds) <= times


def may_try_date(request: HttpRequest, digest: str) -> bool:
    """A date of birth, for one link, from one address, on the whole site. Every count is taken."""
    address = request.META.get("REMOTE_ADDR") or "unknown"
    counts = (
        allowed("date-link", digest, times=10, seconds=10 * MINUTE),
        allowed("date-address", address, times=40, seconds=10 * MINUTE),
        allowed("date-site", "all", times=600, seconds=10 * MINUTE),
    )
    return all(counts)


def may_ask_again(request: HttpRequest, digest: str) -> bool:
    """A new link: seldom for one old link and from one address."""
    address = request.META.get("REMOTE_ADDR") or "unknown"
    counts = (
        allowed("again-link", digest, times=2, seconds=HOUR),
        allowed("again-address", address, times=10, seconds=HOUR),
        allowed("again-site", "all", times=300, seconds=HOUR),
    )
    return all(counts)


def may_copy(whose: str) -> bool:
    """The client's PDF: drawing one takes a second of the machine."""
    return allowed("copy-form", whose, times=20, seconds=HOUR)


def may_knock(request: HttpRequest) -> bool:
    """The page at the door: from one address, on the whole site. Guessing who has a visit today must not pay."""
    address = request.META.get("REMOTE_ADDR") or "unknown"
    counts = (
        allowed("door-address", address, times=20, seconds=10 * MINUTE),
        allowed("door-site", "all", times=200, seconds=10 * MINUTE),
    )
    return all(counts)

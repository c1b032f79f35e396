"""Is the clinic well? For monitoring; nothing here is about a person."""

from __future__ import annotations

import ipaddress
from datetime import datetime
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinic.models import Heartbeat, Message
from clinic.permissions import Permission, permissions_of

TOO_LATE = 300  # seconds: an older message that should have gone, or a process that stopped its rounds


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when well, 503 when not; the numbers only for owners and for the machine itself."""
    try:
        facts = _facts(timezone.now())
    except DatabaseError:
        return JsonResponse({"status": "down"}, status=503)
    late = [facts["oldest_due_s"], *facts["heartbeats"].values()]
    well = all(age <= TOO_LATE for age in late)
    answer = {"status": "ok" if well else "late"} | (facts if _may_see_numbers(request) else {})
    return JsonResponse(answer, status=200 if well else 503)


def _facts(now: datetime) -> dict[str, Any]:
    waiting = Message.objects.filter(state=Message.State.SCHEDULED, next_attempt_at__lte=now)
    oldest = waiting.order_by("next_attempt_at").values_list("next_attempt_at", flat=True).first()
    beats = Heartbeat.objects.values_list("name", "beat_at")
    return {
        "oldest_due_s": _age(oldest, now) if oldest else 0,
        "heartbeats": {name: _age(beat_at, now) for name, beat_at in beats},
    }


def _age(then: datetime, now: datetime) -> int:
    return max(0, int((now - then).total_seconds()))


def _may_see_numbers(request: HttpRequest) -> bool:
    try:
        near = ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        near = False
    return near or Permission.SETTINGS_EDIT in permissions_of(request.user)

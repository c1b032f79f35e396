"""The outbox at this moment: one page, and the part of it that is drawn again every few seconds."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinic import hourchart, mailroom
from clinic.permissions import Permission, requires


@requires(Permission.OUTBOX_READ)
@require_safe
def outbox_live(request: HttpRequest) -> HttpResponse:
    """Due, sending, oldest, the last day by the hour, who is alive."""
    return render(request, "clinic/outbox_live.html", _facts())


@requires(Permission.OUTBOX_READ)
@require_safe
def outbox_now(request: HttpRequest) -> HttpResponse:
    """Only what changes. Asked for by a script, so it keeps nobody signed in (clinic.middleware.UNATTENDED)."""
    return render(request, "clinic/_outbox_now.html", _facts())


def _facts() -> dict[str, Any]:
    now = timezone.now()
    hours = mailroom.by_hour(now=now)
    return {
        "now": now,
        "summary": mailroom.summary(now=now),
        "hours": list(reversed(hours)),
        "day": {name: sum(getattr(hour, name) for hour in hours) for name in hourchart.SERIES},
        "wide": hourchart.draw(hours, width=720, height=220, every=3),
        "narrow": hourchart.draw(hours, width=340, height=200, every=6),
    }

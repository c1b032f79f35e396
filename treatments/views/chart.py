"""The chart: everything about one client on one screen."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinic.access import client_for, me
from clinic.permissions import Permission, requires
from treatments import chart as charts


@requires(Permission.CLINICAL_READ)
@require_safe
def chart(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Flags in force, plan and goals, pain over time, sessions, messages, tasks."""
    now, user = timezone.now(), me(request)
    client = client_for(request, public_id, need=Permission.CLINICAL_READ, what="chart")
    found = charts.chart(client, viewer=user, now=now, everything=bool(request.GET.get("all")))
    context = {
        "client": client,
        "chart": found,
        "limits": charts.limit_words(found.standing),
        "flags": charts.flag_lines(found.standing),
        "age": found.age,
        "may_write": user.can(Permission.CLINICAL_WRITE),
        "now": now,
    }
    return render(request, "treatments/chart.html", context)

"""The work list of forms that are missing for visits to come, and sending for many at once."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from clinic.access import clients_visible_to, log_seen, me
from clinic.permissions import Permission, requires
from intake.questionnaires import NotPublished
from treatments import outstanding

KEPT = "forms_sent"


def _asked(given: dict[str, str]) -> tuple[int, str]:
    days = given.get("days", "")
    show = given.get("show", "all")
    return int(days) if days in map(str, outstanding.DAYS) else 7, show if show in outstanding.FILTERS else "all"


@requires(Permission.READINESS_READ)
@require_safe
def form_list(request: HttpRequest) -> HttpResponse:
    """Whose forms are missing, the soonest visit first."""
    days, show = _asked(request.GET.dict())
    found = outstanding.rows(days=days, now=timezone.now(), show=show)
    log_seen(request, [row.client for row in found], what="form_list")
    context = {
        "rows": found,
        "days": days,
        "all_days": outstanding.DAYS,
        "show": show,
        "filters": outstanding.FILTERS,
        "may_send": me(request).can(Permission.INTAKE_SEND),
        "results": request.session.pop(KEPT, None),
    }
    return render(request, "treatments/form_list.html", context)


@requires(Permission.INTAKE_SEND)
@require_POST
def form_send(request: HttpRequest) -> HttpResponse:
    """Send to everybody ticked; the list then says of each what came of it."""
    days, show = _asked(request.POST.dict())
    back = f"{reverse('treatments:form_list')}?{urlencode({'days': str(days), 'show': show})}"
    wanted = [each for each in map(_uuid, request.POST.getlist("client")[: outstanding.MOST]) if each]
    clients = list(clients_visible_to(me(request)).filter(public_id__in=wanted).order_by("search_name"))
    if not clients:
        messages.error(request, "Tick at least one client.")
        return redirect(back)
    log_seen(request, clients, what="form_send")
    try:
        results = outstanding.send(clients=clients, by=me(request), now=timezone.now())
    except NotPublished:
        messages.error(request, "No form is published yet.")
        return redirect(back)
    # In the session, which ends with signing out, like every "is booked".
    request.session[KEPT] = [
        {"name": one.client.display_name, "sent": one.sent, "words": one.words, "id": str(one.client.public_id)}
        for one in results
    ]
    return redirect(back)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

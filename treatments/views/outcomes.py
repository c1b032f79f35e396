"""How a client is doing by the numbers, and one more of them."""

from __future__ import annotations

from datetime import datetime, time
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access import client_for, me
from clinic.models import ClinicSettings
from clinic.permissions import Permission, requires
from treatments import outcomes
from treatments.errors import Refused
from treatments.forms.outcome import OutcomeForm

NOON = time(12)


@requires(Permission.CLINICAL_READ)
@require_http_methods(["GET", "POST"])
def outcome_list(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Every measure taken, drawn and judged where there is a published rule; a form for one more value."""
    need = Permission.CLINICAL_WRITE if request.method == "POST" else Permission.CLINICAL_READ
    client = client_for(request, public_id, need=need, what="outcomes")
    now, zone = timezone.now(), ClinicSettings.load().zone
    form = OutcomeForm(request.POST if request.method == "POST" else None, today=now.astimezone(zone).date())
    if form.is_valid():
        facts = form.cleaned_data
        taken_at = min(datetime.combine(facts.pop("taken_on"), NOON, tzinfo=zone), now)
        try:
            outcomes.record_by_hand(client=client, taken_at=taken_at, by=me(request), now=now, **facts)
        except Refused as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, "The value is kept.")
            return redirect("treatments:outcome_list", public_id=client.public_id)
    context = {"client": client, "form": form, "series": outcomes.curve(client)}
    return render(request, "treatments/outcome_list.html", context, status=422 if form.errors else 200)

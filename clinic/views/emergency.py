"""Break the glass: open a colleague's client's record, with a reason."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from clinic import emergency
from clinic.access import EMERGENCY_ACCESS_LASTS, client_for, me
from clinic.forms import EmergencyForm
from clinic.permissions import Permission, requires


@requires(Permission.CLINICAL_READ)
@require_http_methods(["GET", "POST"])
def break_glass(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Asks for the reason; opens the record for four hours and tells the owners."""
    client = client_for(request, public_id, need=Permission.CONTACT_READ, what="emergency_access")
    form = EmergencyForm(request.POST or None)
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/"):
        back = client.get_absolute_url()
    if request.method == "POST" and form.is_valid():
        emergency.open_record(client=client, by=me(request), reason=form.cleaned_data["reason"], now=timezone.now())
        messages.warning(request, "Open for four hours. The owner has been told, with your reason.")
        return redirect(back)
    status = 422 if request.method == "POST" else 200
    context = {"client": client, "form": form, "back": back, "hours": EMERGENCY_ACCESS_LASTS.seconds // 3600}
    return render(request, "clinic/break_glass.html", context, status=status)

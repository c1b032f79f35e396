"""The owner's page of services: what clients book."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic import services
from clinic.access import me
from clinic.forms.services import ServiceForm
from clinic.models import Service
from clinic.permissions import Permission, requires


@requires(Permission.SETTINGS_EDIT)
@require_http_methods(["GET", "POST"])
def service_list(request: HttpRequest) -> HttpResponse:
    """Every service, and a form for one more."""
    form = ServiceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.add(name=given["name"], minutes=given["minutes"], by=me(request), now=timezone.now())
        except services.NameTaken as taken:
            form.add_error("name", str(taken))
        else:
            messages.success(request, "Added.")
            return redirect("clinic:service_list")
    context = {"services": Service.objects.all(), "form": form}
    return render(request, "clinic/service_list.html", context, status=422 if request.method == "POST" else 200)


@requires(Permission.SETTINGS_EDIT)
@require_http_methods(["GET", "POST"])
def service_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change one; what is switched off cannot be booked any more, what was booked stays."""
    service = get_object_or_404(Service, public_id=public_id)
    initial = {"name": service.name, "minutes": service.minutes, "is_active": service.is_active}
    form = ServiceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            changed = services.change(service=service, by=me(request), now=timezone.now(), **form.cleaned_data)
        except services.NameTaken as taken:
            form.add_error("name", str(taken))
        else:
            messages.success(request, "Saved." if changed else "Nothing changed.")
            return redirect("clinic:service_list")
    context = {"service": service, "form": form}
    return render(request, "clinic/service_form.html", context, status=422 if request.method == "POST" else 200)

"""The owner's page of closed days: nothing is booked then, and nobody can call back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from clinic import closures
from clinic.access import me
from clinic.forms.closures import ClosureForm
from clinic.models import ClinicSettings, Closure
from clinic.permissions import Permission, requires


@requires(Permission.SETTINGS_EDIT)
@require_http_methods(["GET", "POST"])
def closure_list(request: HttpRequest) -> HttpResponse:
    """The closed days to come, and a form for more."""
    now = timezone.now()
    form = ClosureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            closures.add(by=me(request), now=now, **form.cleaned_data)
        except closures.BadClosure as refusal:
            form.add_error("last_day", str(refusal))
        else:
            messages.success(request, "The clinic is closed then.")
            return redirect("clinic:closure_list")
    today = now.astimezone(ClinicSettings.load().zone).date()
    context = {"closures": Closure.objects.filter(last_day__gte=today), "form": form}
    return render(request, "clinic/closure_list.html", context, status=422 if request.method == "POST" else 200)


@requires(Permission.SETTINGS_EDIT)
@require_POST
def closure_remove(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Open again on these days."""
    closures.remove(closure=get_object_or_404(Closure, public_id=public_id), by=me(request))
    messages.success(request, "Open again on these days.")
    return redirect("clinic:closure_list")

"""The owner's page for the whole clinic."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic import clinic_settings
from clinic.access import me
from clinic.forms import ClinicSettingsForm
from clinic.models import ClinicSettings
from clinic.permissions import Permission, requires


@requires(Permission.SETTINGS_EDIT)
@require_http_methods(["GET", "POST"])
def settings_edit(request: HttpRequest) -> HttpResponse:
    """Name, hours, quiet hours, who must use a second factor, who sees whose records."""
    form = ClinicSettingsForm(request.POST or None, initial=ClinicSettingsForm.initial_of(ClinicSettings.load()))
    if request.method == "POST" and form.is_valid():
        changed = clinic_settings.change(changes=form.cleaned_data, by=me(request), now=timezone.now())
        messages.success(request, "Saved." if changed else "Nothing changed.")
        return redirect("clinic:settings_edit")
    status = 422 if request.method == "POST" else 200
    return render(request, "clinic/settings_form.html", {"form": form}, status=status)

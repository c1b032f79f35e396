"""The owner's rules for messages: when the clinic is silent, when an alarm is due, what happens to unclear ones."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic import clinic_settings
from clinic.access import me
from clinic.forms import MessageRulesForm
from clinic.models import AuditEvent, ClinicSettings
from clinic.permissions import Permission, requires

SHOWN = 20


@requires(Permission.SETTINGS_EDIT)
@require_http_methods(["GET", "POST"])
def message_rules(request: HttpRequest) -> HttpResponse:
    """Quiet hours, the alarm, and what is done with a message of which nobody knows whether it arrived."""
    form = MessageRulesForm(request.POST or None, initial=MessageRulesForm.initial_of(ClinicSettings.load()))
    if request.method == "POST" and form.is_valid():
        changed = clinic_settings.change(changes=form.cleaned_data, by=me(request), now=timezone.now())
        messages.success(request, "Saved." if changed else "Nothing changed.")
        return redirect("clinic:message_rules")
    status = 422 if request.method == "POST" else 200
    context = {
        "form": form,
        "history": AuditEvent.objects.filter(action="settings.change").select_related("actor")[:SHOWN],
    }
    return render(request, "clinic/message_rules.html", context, status=status)

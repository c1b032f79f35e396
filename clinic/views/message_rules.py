"""The owner's rules for messages: when the clinic is silent, when an alarm is due, what happens to unclear ones."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic import message_rules as rules
from clinic.access import me
from clinic.forms import MessageRulesForm
from clinic.permissions import Permission, requires


@requires(Permission.SETTINGS_EDIT)
@require_http_methods(["GET", "POST"])
def message_rules(request: HttpRequest) -> HttpResponse:
    """Quiet hours, the alarm, how long rows keep their address, and what is done when nobody can tell."""
    form = MessageRulesForm(request.POST or None, initial=MessageRulesForm.initial_now())
    if request.method == "POST" and form.is_valid():
        changed = rules.change(values=form.values(), policies=form.policies(), by=me(request), now=timezone.now())
        messages.success(request, "Saved." if changed else "Nothing changed.")
        return redirect("clinic:message_rules")
    status = 422 if request.method == "POST" else 200
    return render(request, "clinic/message_rules.html", {"form": form}, status=status)

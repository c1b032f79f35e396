"""The wording clients read, in both languages side by side: for those who sign it off."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from clinic import texts
from clinic.permissions import Permission, requires

PARTS = {
    "intake/data/safety_rules.json": "Advice of the safety rules",
    "conditions/data/warning_signs.json": "Signs that need a doctor",
    "conditions/data/conditions.json": "The conditions",
    "conditions/data/avoid_afterwards.json": "What to avoid afterwards",
    "conditions/data/body_regions.json": "Places and symptoms on the body",
    "conditions/data/outcome_measures.json": "Questions after a session",
    "conditions/data/techniques.json": "How firm",
    "treatments/data/aftercare_messages.json": "Messages after a session",
    "intake/data/messages.json": "The invitation as a text",
    "clinic/policies.py": "What clients agree to, as shipped",
    "clinic/clients.py": "Agreement to messages",
}


@requires(Permission.CATALOGUE_READ)
@require_safe
def wording(request: HttpRequest) -> HttpResponse:
    """Every shipped text with its Spanish, by what it belongs to."""
    parts: dict[str, dict[str, str]] = {}
    with translation.override("es"):
        for where, text in texts.of_all_apps():
            parts.setdefault(PARTS.get(where, where), {})[text] = translation.gettext(text)
    order = [*PARTS.values()]
    found = sorted(parts.items(), key=lambda part: order.index(part[0]) if part[0] in order else len(order))
    return render(request, "clinic/wording.html", {"parts": found})

"""What the form asks and what its answers set off, for the clinic's own people to read. Nothing of any client."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clinic.models import ClinicSettings
from clinic.permissions import Permission, requires
from conditions.sources import cited
from intake import questionnaires
from intake.advice import words_for_client
from intake.reviewing import LOOKS
from intake.screening import load_rules


@requires(Permission.CATALOGUE_READ)
@require_GET
def rule_list(request: HttpRequest) -> HttpResponse:
    """Every safety rule by class, with its basis, its sources and whether a clinician has signed it off."""
    book, clinic = load_rules(), ClinicSettings.load()
    classes = []
    for code, label in book.classes.items():
        tone, shape = LOOKS[code]
        own = [rule for rule in book.rules if rule.level == code]
        rules = [(rule, words_for_client(rule.message_client, clinic), cited(rule.sources)) for rule in own]
        classes.append({"code": code, "label": label, "tone": tone, "shape": shape, "rules": rules})
    context = {"book": book, "classes": classes, "versions": questionnaires.published()}
    return render(request, "intake/rule_list.html", context)

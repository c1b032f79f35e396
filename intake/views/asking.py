"""Whom a questionnaire is for, and how long its answers count."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access import me
from clinic.permissions import Permission, requires
from conditions.sources import cited
from intake.authoring import asking, drafts
from intake.authoring.questionnaire_forms import AskingForm, in_lines, questions_of
from intake.inviting import lifetimes, validity
from intake.models import Questionnaire
from intake.views.builder import questionnaire_of


@requires(Permission.CATALOGUE_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def questionnaire_asking(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Who is asked, how long answers count, what expires sooner, and asking everyone again."""
    questionnaire = questionnaire_of(public_id)
    newest = drafts.newest_version(questionnaire)
    questions = questions_of(newest.document) if newest else {}
    posted = request.POST if request.method == "POST" else None
    form = AskingForm(posted, questions=questions, initial=None if posted else _initial(questionnaire))
    if posted is not None and form.is_valid():
        changed = asking.set_asking(
            questionnaire=questionnaire, by=me(request), now=timezone.now(), **form.cleaned_data
        )
        messages.success(request, "Saved." if changed else "Nothing changed.")
        return redirect("intake:questionnaire_detail", public_id)
    shipped = lifetimes.shipped(questionnaire.slug)
    context = {
        "questionnaire": questionnaire,
        "form": form,
        "questions": questions,
        "shipped": shipped,
        "sources": cited(shipped.get("sources", [])),
        "is_shipped": questionnaire.question_days is None,
        "review_note": lifetimes.review_note(),
    }
    return render(request, "intake/questionnaire_asking.html", context, status=422 if form.is_bound else 200)


def _initial(questionnaire: Questionnaire) -> dict[str, Any]:
    return {
        "asked": questionnaire.asked,
        "conditions": list(questionnaire.conditions.values_list("slug", flat=True)),
        "services": list(questionnaire.services.values_list("public_id", flat=True)),
        "valid_days": questionnaire.valid_days,
        "question_days": in_lines(validity.days_of_questions(questionnaire)),
        "ask_again_from": questionnaire.ask_again_from,
    }

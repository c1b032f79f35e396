"""How a draft looks to a client: the real questions on a phone's width, with conditions at work. Nothing is kept but
what was tried, in the owner's own session."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods

from clinic import languages
from clinic.models import ClinicSettings
from clinic.permissions import Permission, requires
from intake.authoring import drafts
from intake.authoring.outline import filled
from intake.engine.pages import Page, page_named, pages_of
from intake.engine.prepared import Drawer
from intake.engine.progress import progress_of
from intake.engine.specs import Questionnaire, parse
from intake.forms import ScreenForm
from intake.views.builder import of_a_draft, questionnaire_of

KEPT = "questionnaire_preview"


@xframe_options_sameorigin  # the builder shows it in a frame of its own
@csp_replace({"frame-ancestors": ["'self'"]})  # type: ignore[arg-type]  # typed for views without arguments
@requires(Permission.CATALOGUE_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@of_a_draft
def draft_preview(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One screen of the draft, to be tried."""
    questionnaire = questionnaire_of(public_id)
    document = drafts.draft_of(questionnaire).document
    language = languages.known(request.GET.get("language")) or "en"
    spec = parse(filled(document)).in_language(language)
    page = _page(spec, request)
    if page is None:
        return render(request, "intake/questionnaire_preview.html", {"questionnaire": questionnaire, "empty": True})
    answers = _answers(request, str(public_id))
    with translation.override(language):
        form = _form(spec, page, answers, request if request.method == "POST" else None)
        if request.method == "POST":
            form.is_valid()
            answers = _keep(request, str(public_id), answers | form.changes())
            if not form.errors and (target := _target(request, spec, page, answers)):
                return redirect(f"{reverse('intake:draft_preview', args=[public_id])}?{_query(target, language)}")
        context = _context(spec, page, answers, form, language) | {"questionnaire": questionnaire}
        return render(request, "intake/questionnaire_preview.html", context)


def _page(spec: Questionnaire, request: HttpRequest) -> Page | None:
    """The screen asked for by its name or by what stands on it; else the first."""
    pages = pages_of(spec)
    named = page_named(spec, request.GET.get("page", ""))
    item = request.GET.get("item", "")
    on_it = next((page for page in pages if any(one.link_id == item for one in page.group.walk())), None)
    return named or on_it or next(iter(pages), None)


def _query(page: str, language: str) -> str:
    return urlencode({"page": page, "language": language})


def _answers(request: HttpRequest, key: str) -> dict[str, Any]:
    kept = request.session.get(KEPT)
    return dict(kept["answers"]) if isinstance(kept, dict) and kept.get("form") == key else {}


def _keep(request: HttpRequest, key: str, answers: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in answers.items() if isinstance(value, str | int | float | bool | list)}
    request.session[KEPT] = {"form": key, "answers": plain}
    return plain


def _form(spec: Questionnaire, page: Page, answers: dict[str, Any], request: HttpRequest | None) -> ScreenForm:
    clinic = ClinicSettings.load()
    today = timezone.now().astimezone(clinic.zone).date()
    data, files = (request.POST, request.FILES) if request is not None else (None, None)
    country = clinic.country
    return ScreenForm(spec, page.group, answers=answers, today=today, country=country, data=data, files=files)


def _target(request: HttpRequest, spec: Questionnaire, page: Page, answers: dict[str, Any]) -> str:
    """Where the pressed button leads; empty for a mere change of an answer."""
    action = request.POST.get("action", "")
    progress = progress_of(spec, answers, [])
    step = progress.after(page.slug) if action == "next" else progress.before(page.slug)
    return step.slug if action in ("next", "back") and step is not None else ""


def _context(
    spec: Questionnaire, page: Page, answers: dict[str, Any], form: ScreenForm, language: str
) -> dict[str, Any]:
    progress = progress_of(spec, answers, [])
    return {
        "page": page,
        "form": form,
        "questions": Drawer(spec, marks=render_to_string("intake/_marks_preview.html", {"marks": []})).draw(
            form.tree()
        ),
        "language_code": language,
        "is_asked": bool(progress.number(page.slug)),
        "back": progress.before(page.slug),
        "progress_value": progress.number(page.slug),
        "progress_total": len(progress.screens),
        "progress_words": "",
    }

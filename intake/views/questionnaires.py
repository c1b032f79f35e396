"""The owner's questionnaires: which there are, their versions, new ones, and the files they go in and out as."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic import access, audit
from clinic.access import me
from clinic.permissions import Permission, requires
from intake.authoring import asking, drafts, exchange, releases
from intake.authoring.questionnaire_forms import NewForm
from intake.models import Questionnaire, QuestionnaireVersion, Response
from intake.views.builder import at_item, questionnaire_of

FHIR = "application/fhir+json"


@requires(Permission.CATALOGUE_EDIT)
@require_GET
def questionnaire_list(request: HttpRequest) -> HttpResponse:
    """Every form: its newest version, how many answered it, whether somebody is at a draft."""
    rows = Questionnaire.objects.select_related("draft__changed_by").defer("draft__document").order_by("title")
    sent = Count("versions__responses", filter=Q(versions__responses__status=Response.Status.COMPLETED))
    newest: dict[int, QuestionnaireVersion] = {}
    for version in QuestionnaireVersion.objects.filter(published_at__isnull=False).defer("document"):
        newest.setdefault(version.questionnaire_id, version)
    forms = [(form, newest.get(form.pk), getattr(form, "draft", None)) for form in rows.annotate(sent=sent)]
    used = [row for row in forms if row[0].retired_at is None]
    away = [row for row in forms if row[0].retired_at is not None]
    return render(request, "intake/questionnaire_list.html", {"used": used, "away": away})


@requires(Permission.CATALOGUE_EDIT)
@require_GET
def questionnaire_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One form: its draft, its versions with how many answered each, whom it is for."""
    rows = Questionnaire.objects.select_related("draft__changed_by", "retired_by").defer("draft__document")
    questionnaire = get_object_or_404(rows, public_id=public_id)
    sent = Count("responses", filter=Q(responses__status=Response.Status.COMPLETED))
    open_ = Count("responses", filter=Q(responses__status=Response.Status.IN_PROGRESS))
    versions = questionnaire.versions.select_related("published_by").defer("document").annotate(sent=sent, open=open_)
    context = {
        "questionnaire": questionnaire,
        "draft": getattr(questionnaire, "draft", None),
        "versions": versions,
        "conditions": list(questionnaire.conditions.all()),
        "services": list(questionnaire.services.all()),
    }
    return render(request, "intake/questionnaire_detail.html", context)


@requires(Permission.CATALOGUE_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def questionnaire_new(request: HttpRequest) -> HttpResponse:
    """A new form: blank, a copy of another, or a FHIR file."""
    form = NewForm(request.POST or None, request.FILES or None, initial={"start": "blank"})
    if request.method == "POST" and form.is_valid():
        made = drafts.create(
            title=form.cleaned_data["title"], document=form.cleaned_data["document"], by=me(request),
            now=timezone.now(),
        )  # fmt: skip
        return redirect(at_item(made))
    status = 422 if request.method == "POST" else 200
    return render(request, "intake/questionnaire_form.html", {"form": form}, status=status)


@requires(Permission.CATALOGUE_EDIT)
@require_POST
def questionnaire_retire(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Put a form away, or take it up again."""
    questionnaire = questionnaire_of(public_id)
    if questionnaire.retired_at is None:
        asking.retire(questionnaire=questionnaire, by=me(request), now=timezone.now())
        messages.success(request, "It is put away: nobody is asked it any more. Its answers stay.")
    else:
        asking.bring_back(questionnaire=questionnaire, by=me(request), now=timezone.now())
        messages.success(request, "It is in use again.")
    return redirect("intake:questionnaire_detail", public_id)


def _version(public_id: UUID) -> QuestionnaireVersion:
    return get_object_or_404(QuestionnaireVersion.objects.select_related("questionnaire"), public_id=public_id)


@requires(Permission.CATALOGUE_EDIT)
@require_GET
def version_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A version as it was asked, to be read."""
    version = _version(public_id)
    rows = releases.read_out(version.document)
    return render(request, "intake/questionnaire_version.html", {"version": version, "rows": rows})


def _file(document: dict[str, Any], name: str) -> HttpResponse:
    content = json.dumps(document, ensure_ascii=False, indent=1)
    for sign in "<>&":  # the same JSON, and no markup wherever it ends up
        content = content.replace(sign, f"\\u{ord(sign):04x}")
    response = HttpResponse(content, content_type=f"{FHIR}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response


@requires(Permission.CATALOGUE_EDIT)
@require_GET
def version_export(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A version as a FHIR file, exactly as it is kept."""
    version = _version(public_id)
    return _file(version.document, f"{version.questionnaire.slug}-{version.version}")


@requires(Permission.CATALOGUE_EDIT)
@require_GET
def draft_export(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The draft as a FHIR file."""
    questionnaire = questionnaire_of(public_id)
    try:
        return _file(drafts.draft_of(questionnaire).document, f"{questionnaire.slug}-draft")
    except drafts.NoDraft:
        raise Http404 from None


@requires(Permission.CLINICAL_READ)
@require_GET
def response_export(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One client's sent answers as a FHIR QuestionnaireResponse: through the door, and written down."""
    rows = Response.objects.select_related("client", "version").defer("version__document")
    found = rows.filter(public_id=public_id, status=Response.Status.COMPLETED).first()
    if found is None:
        raise Http404
    access.admit(request, found.client, need=Permission.CLINICAL_READ, what="review", fields=["document"])
    audit.record("response.export", by=me(request), client=found.client, subject=found, fields=["document"])
    return _file(exchange.response_out(found), f"answers-{found.public_id}")

"""The clinic's public pages, and the pages where staff read and the owner edits the catalogue."""

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods, require_safe

from conditions import catalogue
from conditions.access import EDIT, READ, may, public_page
from conditions.documents import review_note
from conditions.forms import ConditionForm, variant_formset
from conditions.models import Condition
from conditions.reading import avoid_afterwards
from conditions.topics import topics
from conditions.warning_signs import by_urgency

ASKED_LENGTH = 100


# --- for everyone ---------------------------------------------------------------------------------------------------


@public_page
def home(request: HttpRequest) -> HttpResponse:
    """What this clinic does, in four steps, and where to read on."""
    return render(request, "conditions/home.html", {"conditions": catalogue.published(), "topics": topics().values()})


@public_page
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """One question about massage in general."""
    if slug not in topics():
        raise Http404
    context: dict[str, Any] = {"topic": topics()[slug], "topics": topics().values()}
    if slug == "how-often":
        context["plans"] = [
            (condition, plan) for condition in catalogue.published() for plan in catalogue.plan_templates(condition)[:1]
        ]
    if slug == "what-to-avoid-afterwards":
        context["avoid"] = avoid_afterwards()
    return render(request, "conditions/topic.html", context)


@public_page
def condition_list(request: HttpRequest) -> HttpResponse:
    """What the clinic treats; `q` finds it by what people call it."""
    asked = request.GET.get("q", "").strip()[:ASKED_LENGTH]
    hits = catalogue.search(asked, among=catalogue.published())
    return render(request, "conditions/condition_list.html", {"hits": hits, "asked": asked})


@public_page
def condition_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One condition in plain words, with honest evidence."""
    condition = get_object_or_404(catalogue.published(), slug=slug)
    context = {
        "condition": condition,
        "plan": next(iter(catalogue.plan_templates(condition)), None),
        "urgencies": by_urgency(condition.red_flags),
        "sources": condition.source_rows,
    }
    return render(request, "conditions/condition_detail.html", context)


# --- for staff ------------------------------------------------------------------------------------------------------


@may(READ)
@require_safe
def catalogue_list(request: HttpRequest) -> HttpResponse:
    """Every condition; searching swaps only the rows where the browser can."""
    asked = request.GET.get("q", "").strip()[:ASKED_LENGTH]
    rows = [(hit, next(iter(catalogue.plan_templates(hit.condition)), None)) for hit in catalogue.search(asked)]
    live = request.headers.get("HX-Request") == "true" and "HX-Boosted" not in request.headers
    template = "conditions/_catalogue_rows.html" if live else "conditions/catalogue_list.html"
    response = render(request, template, {"rows": rows, "asked": asked, "review_note": review_note()})
    patch_vary_headers(response, ["HX-Request"])
    return response


@may(READ)
@require_safe
def catalogue_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything the catalogue holds on one condition, with its history."""
    condition = get_object_or_404(Condition, slug=slug)
    context = {
        "condition": condition,
        "plans": catalogue.plan_templates(condition),
        "urgencies": by_urgency(condition.red_flags),
        "revisions": condition.revisions.all()[:30],
        "may_edit": request.user.has_perm(EDIT),
        "review_note": review_note(),
    }
    return render(request, "conditions/catalogue_detail.html", context)


@may(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def catalogue_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """The owner's form for one condition."""
    condition = get_object_or_404(Condition, slug=slug)
    # An empty post is bad input as well, so it must not pass for a first look
    posted = request.POST if request.method == "POST" else None
    form = ConditionForm(posted, condition=condition)
    variants = variant_formset(posted, condition=condition)
    if posted is not None and all([form.is_valid(), variants.is_valid()]):
        changes = {**form.changes(), "plan_variants": variants.values()}
        try:
            revision = catalogue.edit(
                condition,
                by=cast(catalogue.Person, request.user),
                now=timezone.now(),
                changes=changes,
                seen_version=form.cleaned_data["seen_version"],
                note=form.cleaned_data["note"],
            )
        except catalogue.StaleEdit as clash:
            condition.refresh_from_db()
            form.add_error(None, f"{clash} What you typed is still here; if you save again, it replaces theirs.")
            form.look_again(condition.version)
        else:
            messages.success(request, "Saved." if revision else "Nothing was different, so nothing was saved.")
            return redirect("conditions:catalogue_detail", slug=slug)
    context = {"condition": condition, "form": form, "variants": variants, "review_note": review_note()}
    return render(request, "conditions/catalogue_edit.html", context, status=422 if form.is_bound else 200)

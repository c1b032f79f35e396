"""From a draft of the series to a version, or thrown away."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access import me
from clinic.permissions import Permission, requires
from treatments import authoring, cautions, editions
from treatments.errors import Refused, StaleRecord
from treatments.forms.series import PublishForm
from treatments.models import Series
from treatments.views.series_draft import line_of

CHANGED_MEANWHILE = "The draft was changed since you opened this page. Here is how it stands now; please look again."


@requires(Permission.CATALOGUE_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def series_publish(request: HttpRequest) -> HttpResponse:
    """What changed since the version in force, what to look at, and the button that freezes it."""
    draft = editions.draft()
    if draft is None:
        return redirect("treatments:series_list")
    form = PublishForm(request.POST if request.method == "POST" else None, initial={"seen": authoring.stamp(draft)})
    if request.method == "POST" and form.is_valid() and _publish(request, form):
        messages.success(request, "It is published. Sessions that are closed from now on get it.")
        return redirect("treatments:series_list")
    return render(
        request, "treatments/series_publish.html", _context(draft, form), status=422 if form.is_bound else 200
    )


def _publish(request: HttpRequest, form: PublishForm) -> bool:
    given = form.cleaned_data
    try:
        authoring.publish(seen=given["seen"], note=given["note"], by=me(request), now=timezone.now())
    except StaleRecord:
        form.add_error(None, CHANGED_MEANWHILE)
        if (draft := editions.draft()) is not None:
            form.data = {**form.data.dict(), "seen": authoring.stamp(draft)}  # type: ignore[attr-defined]
    except Refused as refused:
        form.add_error(None, str(refused))
    else:
        return True
    return False


def _context(draft: Series, form: PublishForm) -> dict[str, object]:
    problems = authoring.problems(draft)
    return {
        "draft": draft,
        "form": form,
        "problems": [(each, line_of(each.where, draft.document)) for each in problems],
        "cautions": [] if problems else authoring.to_look_at(draft),
        "untranslated": cautions.untranslated(draft.document),
        "changes": authoring.changes(editions.current(), draft),
        "current": editions.current(),
    }


@requires(Permission.CATALOGUE_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def series_discard(request: HttpRequest) -> HttpResponse:
    """Ask, then throw the draft away."""
    draft = editions.draft()
    if draft is None:
        return redirect("treatments:series_list")
    if request.method == "POST":
        editions.discard(row=draft, by=me(request))
        messages.success(request, "The draft is thrown away.")
        return redirect("treatments:series_list")
    context = {"draft": draft, "current": editions.current(), "cancel_url": reverse("treatments:series_draft")}
    return render(request, "treatments/series_confirm_discard.html", context)

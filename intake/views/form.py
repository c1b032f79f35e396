"""The client's form: one screen after another, read back, sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic import audit, languages
from intake import marks
from intake.access import Visit, visit_of
from intake.advice import mark_of
from intake.answers import fingerprint
from intake.readback import readback_of
from intake.responses import AlreadySent, Incomplete, submit
from intake.views import screens
from intake.views.entry import for_client, see_other

MORE = gettext_lazy("Thank you. Your answer brings up another question on this page; please answer it as well.")
SENT_ALREADY = gettext_lazy("You have already sent this form. Nothing was changed.")


def _of_another(request: HttpRequest) -> HttpResponse:
    """Two people, one browser: a page of the first must not be written into the form of the second."""
    return render(request, "intake/other_form.html", {"plain": True}, status=409)


@for_client
@require_http_methods(["GET", "HEAD", "POST"])
def screen(request: HttpRequest, visit: Visit, now: datetime, group: str) -> HttpResponse:
    """One group of questions."""
    if visit.is_of_another(request):
        return _of_another(request)
    if visit.response.status == "completed":
        if request.method == "POST":
            messages.info(request, SENT_ALREADY)
        return see_other("intake:done")
    shown = screens.screen_of(visit, group, now=now)
    if shown is None:
        return see_other("intake:resume")
    if request.method == "POST":
        return _posted(request, shown, now)
    audit.record("response.read", by=visit.actor, client=visit.response.client, subject=visit.response)
    return render(request, "intake/screen.html", shown.context(shown.form()))


def _posted(request: HttpRequest, shown: screens.Screen, now: datetime) -> HttpResponse:
    form = shown.form(request)
    form.is_valid()
    if screens.changed_elsewhere(shown, request):
        context = shown.context(form, elsewhere=True, elsewhere_lines=screens.kept_elsewhere(shown, form))
        return render(request, "intake/screen.html", context, status=409)
    action = "" if languages.switching(request) else request.POST.get("action", "next")
    try:
        screens.keep(shown, form, now=now, done=action == "next")
    except AlreadySent:
        messages.info(request, SENT_ALREADY)
        return see_other("intake:done")
    if languages.switching(request) and not form.errors:
        return see_other("intake:screen", shown.group.link_id)
    if action.startswith(("mark", "unmark")):
        return _marked(request, shown, action, now)
    if action == "back":
        before = shown.progress.before(shown.group.link_id)
        return see_other("intake:screen", before.link_id if before else shown.group.link_id)
    if form.errors:
        return render(request, "intake/screen.html", shown.context(form), status=422)
    more = screens.asks_more(shown, form)
    if more:
        messages.info(request, MORE)
    if more or screens.advice_unread(shown, request):
        return see_other(reverse("intake:screen", args=[shown.group.link_id]) + "#more")
    # Whoever came from the read-back to change one thing goes back there.
    after = shown.progress.after(shown.group.link_id) if screens.first_open(shown.visit) else None
    return see_other("intake:screen", after.link_id) if after else see_other("intake:readback")


def _marked(request: HttpRequest, shown: screens.Screen, action: str, now: datetime) -> HttpResponse:
    response, by = shown.visit.response, shown.visit.actor
    error = ""
    if action == "mark":
        strength = request.POST.get("mark_strength", "")
        try:
            marks.mark(
                response=response,
                region=request.POST.get("mark_region", ""),
                symptom=request.POST.get("mark_symptom", ""),
                intensity=int(strength) if strength.isascii() and strength.isdigit() and len(strength) < 3 else None,
                by=by,
                now=now,
            )
        except marks.UnfitMark as refused:
            error = str(refused)
    else:
        number = action.removeprefix("unmark-")
        if number.isascii() and number.isdigit() and len(number) < 18:
            marks.unmark(response=response, mark_id=int(number), by=by, now=now)
    if error:
        context = shown.context(shown.form(), mark_error=error, mark_given=request.POST)
        return render(request, "intake/screen.html", context, status=422)
    return see_other(reverse("intake:screen", args=[shown.group.link_id]) + "#body-chart")


@never_cache
@languages.for_clients
@require_POST
def save_answer(request: HttpRequest, group: str) -> JsonResponse:
    """Keep one answer as it is given. The page's script calls this; without it 'Next' keeps the whole screen."""
    now = timezone.now()
    visit = visit_of(request, now=now)
    if visit is None:
        return JsonResponse({"expired": True}, status=401)
    shown = screens.screen_of(visit, group, now=now)
    if shown is None or visit.response.status == "completed" or visit.is_of_another(request):
        return JsonResponse({"gone": True}, status=409)
    form = shown.form(request, only=request.POST.getlist("asked"))
    form.is_valid()
    try:
        response = screens.keep(shown, form, now=now, done=False)
    except AlreadySent:
        return JsonResponse({"gone": True}, status=409)
    advice = shown.advice()
    answer: dict[str, Any] = {
        "saved": not form.errors,
        "revision": response.revision,
        "seen": fingerprint(shown.group, shown.answers),
        "errors": {name: " ".join(str(word) for word in words) for name, words in form.errors.items()},
        "advice": [{"level": one.level, "text": one.text, "call": one.call} for one in advice],
        "advice_mark": mark_of(advice),
    }
    return JsonResponse(answer, status=422 if form.errors else 200)


@for_client
@require_http_methods(["GET", "HEAD", "POST"])
def readback(request: HttpRequest, visit: Visit, now: datetime) -> HttpResponse:
    """Everything once more, each answer with a way back to it; then send."""
    if visit.is_of_another(request):
        return _of_another(request)
    if visit.response.status == "completed":
        return see_other("intake:done")
    status = 200
    if request.method == "POST":
        try:
            submit(response=visit.response, by=visit.actor, now=now)
            return see_other("intake:done")
        except Incomplete:
            status = 422
    audit.record("response.read", by=visit.actor, client=visit.response.client, subject=visit.response)
    return render(request, "intake/readback.html", readback_of(visit, now=now), status=status)


@for_client
@require_GET
def done(request: HttpRequest, visit: Visit, now: datetime) -> HttpResponse:
    """Thank you; and once more what cannot wait."""
    if visit.response.status != "completed":
        return see_other("intake:resume")
    shown = readback_of(visit, now=now)
    return render(request, "intake/done.html", {"plain": True, "advice": shown["advice"]})

"""The client's form: one screen after another, read back, sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from clinic import audit, languages
from clinic.models import ClinicSettings
from intake.access import Visit, device_of, give_back, is_handed_over
from intake.consent import agreements
from intake.engine.prepared import Html, fixed, framed
from intake.engine.specs import anchor_of
from intake.forms import ScreenForm
from intake.marks import UnfitMark
from intake.readback import readback_of
from intake.responses import AlreadySent, Incomplete, submit
from intake.safety.standing import standing
from intake.views import screens
from intake.views.entry import for_client, see_other
from intake.views.marks import change_mark

MORE = gettext_lazy("Thank you. Your answer brings up another question on this page; please answer it as well.")
WORDING_CHANGED = gettext_lazy(
    "The words of an agreement have changed since you opened this page. Please read them again."
)
SENT_ALREADY = gettext_lazy("You have already sent this form. Nothing was changed.")


def of_another(request: HttpRequest) -> HttpResponse:
    """Two people, one browser: a page of the first must not be written into the form of the second."""
    return render(request, "intake/other_form.html", {"plain": True}, status=409)


@for_client
@require_http_methods(["GET", "HEAD", "POST"])
def screen(request: HttpRequest, visit: Visit, now: datetime, slug: str) -> HttpResponse:
    """One screen of questions. A browser that looks ahead also gets one that is not asked yet."""
    if visit.is_of_another(request):
        return of_another(request)
    if visit.response.status == "completed":
        if request.method == "POST":
            messages.info(request, SENT_ALREADY)
        return see_other("intake:done")
    shown = screens.screen_of(visit, slug, now=now, ahead="X-Ahead" in request.headers)
    if shown is None:
        return see_other("intake:resume")
    if request.method == "POST":
        return _posted(request, shown, now)
    audit.record("response.read", by=visit.actor, client=visit.response.client, subject=visit.response)
    return _page(request, shown.context(shown.form()))


def _posted(request: HttpRequest, shown: screens.Screen, now: datetime) -> HttpResponse:
    form = shown.form(request.POST, request.FILES)
    form.is_valid()
    action = "" if languages.switching(request) else request.POST.get("action", "next")
    try:
        screens.keep_page(shown, form, request.POST, device=device_of(request), now=now, action=action)
    except AlreadySent:
        messages.info(request, SENT_ALREADY)
        return see_other("intake:done")
    if shown.elsewhere:
        return _page(request, shown.context(form), status=409)
    if languages.switching(request) and not form.errors:
        return see_other("intake:screen", shown.page.slug)
    if action.startswith(("mark", "unmark")):
        return _marked(request, shown, action, now)
    if action.startswith("drop-"):
        return see_other("intake:screen", shown.page.slug)
    if action == "none":
        return _same_screen(shown, "next")
    if action.startswith(("add:", "remove:", "more:")) and not form.errors:
        return _same_screen(shown, anchor_of(action.partition(":")[2]))
    if action == "back":
        before = shown.progress.before(shown.page.slug)
        return see_other("intake:screen", before.slug if before else shown.page.slug)
    if form.errors:
        return _page(request, shown.context(form), status=422)
    return _onward(request, shown, form)


def _page(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    minutes = "2" if is_handed_over(request) else "10"
    mine = {"whose": context["whose"], "vault_key": context["vault_key"], "cover_minutes": minutes}
    context["script"] = fixed("intake/_script.html", **mine)
    if len(messages.get_messages(request)) or not context["progress_total"]:
        return render(request, "intake/screen.html", context, status=status)
    return HttpResponse(_frame(request, context), status=status)


#: What may be there or not; and what a request puts in. Anything else on the page is the same for everybody.
_PARTS = ("plain", "back", "may_deny", "asks_agreement")
_VALUES = (
    "title", "slug", "here", "addresses", "whose", "known", "questions", "told", "advice_boxes", "advice_mark",
    "progress_value", "progress_total", "progress_words", "script",
)  # fmt: skip


def _frame(request: HttpRequest, context: Mapping[str, Any]) -> Html:
    """The page round the questions: drawn by its template once, then filled."""
    clinic = ClinicSettings.load()
    kept_by = (is_handed_over(request), clinic.name, clinic.phone)
    values = {name: context[name] for name in _VALUES} | {"csrf_token": get_token(request)}
    parts = {name: context[name] for name in _PARTS}
    return framed("intake/screen.html", request, kept_by=kept_by, parts=parts, values=values)


def _same_screen(shown: screens.Screen, at: str) -> HttpResponse:
    return see_other(reverse("intake:screen", args=[shown.page.slug]) + f"#{at}")


def _onward(request: HttpRequest, shown: screens.Screen, form: ScreenForm) -> HttpResponse:
    more = screens.asks_more(shown, form)
    if more:
        messages.info(request, MORE)
    if more or screens.advice_unread(shown, request):
        return _same_screen(shown, "more")
    if shown.visit.response.based_on_id is not None:
        return see_other("intake:resume")  # the next part may only need a yes
    # Whoever came from the read-back to change one thing goes back there.
    is_open = shown.progress.first_open(shown.visit.response.screens_done)
    after = shown.progress.after(shown.page.slug) if is_open else None
    return see_other("intake:screen", after.slug) if after else see_other("intake:readback")


def _marked(request: HttpRequest, shown: screens.Screen, action: str, now: datetime) -> HttpResponse:
    fields = QueryDict(mutable=True)
    if action == "mark":
        fields.update({name: request.POST.get(f"mark_{name}", "") for name in ("region", "symptom", "strength")})
    else:
        region, _, symptom = action.removeprefix("unmark-").partition(" ")
        fields.update({"region": region, "symptom": symptom, "remove": "yes"})
    try:
        change_mark(shown.visit, fields, given=now, now=now)
    except UnfitMark as refused:
        context = shown.context(shown.form(), mark_error=str(refused), mark_given=request.POST)
        return _page(request, context, status=422)
    return _same_screen(shown, "body-chart")


@for_client
@require_http_methods(["GET", "HEAD", "POST"])
def readback(request: HttpRequest, visit: Visit, now: datetime) -> HttpResponse:
    """Everything once more, each answer with a way back to it; then send."""
    if visit.is_of_another(request):
        return of_another(request)
    if visit.response.status == "completed":
        return see_other("intake:done")
    status = 200
    outdated = request.method == "POST" and request.POST.get("wording", agreements.mark()) != agreements.mark()
    if outdated:
        messages.info(request, WORDING_CHANGED)
        status = 409
    elif request.method == "POST":
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
    due = standing(visit.response.client, now=now).agreements_due
    if is_handed_over(request) and not due:
        give_back(request)  # what must be read now stands on the page; nothing else stays on the tablet
        return render(request, "intake/tablet_back.html", {"plain": True, "sent": True, "advice": shown["advice"]})
    return render(request, "intake/done.html", {"plain": True, "advice": shown["advice"], "due": bool(due)})

"""Pages of a client who comes back: what stood in the last form, and "anything new since last time?"."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from clinic import audit, dates, languages
from clinic.models import ClinicSettings
from intake import news, returning
from intake.access import Visit
from intake.engine.pages import pages_of
from intake.engine.prepared import Drawer
from intake.engine.specs import Item
from intake.forms import ScreenForm
from intake.offline import offline_key
from intake.questionnaires import spec_of
from intake.responses import AlreadySent, Incomplete, answers_of, today_of
from intake.views.entry import for_client, see_other
from intake.views.form import of_another


def _page(request: HttpRequest, visit: Visit, name: str, *, status: int = 200, **more: Any) -> HttpResponse:
    audit.record("response.read", by=visit.actor, client=visit.response.client, subject=visit.response)
    context = {"plain": True, "whose": visit.whose, "vault_key": offline_key(visit.response), **more}
    return render(request, name, context, status=status)


def _day(moment: datetime) -> str:
    return dates.in_words(moment.astimezone(ClinicSettings.load().zone).date())


@for_client
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest, visit: Visit, now: datetime, slug: str) -> HttpResponse:
    """One part of the last form: still right, or something has changed."""
    if visit.is_of_another(request):
        return of_another(request)
    shown = None if visit.response.status == "completed" else returning.remembered(visit, slug, now=now)
    if shown is None:
        return see_other("intake:resume")
    if request.method == "POST" and not languages.switching(request):
        return _answered(request, visit, now, slug)
    return _page(
        request,
        visit,
        "intake/again.html",
        page=returning.told(visit, shown.page),
        shown=shown,
        day=_day(shown.given),
        back=shown.progress.before(slug),
        progress_value=shown.progress.number(slug),
        progress_total=len(shown.progress.screens),
    )


def _answered(request: HttpRequest, visit: Visit, now: datetime, slug: str) -> HttpResponse:
    try:
        if request.POST.get("action") == "still":
            done = returning.confirm(visit=visit, slug=slug, now=now)
            return see_other("intake:resume") if done else see_other("intake:screen", slug)
        returning.open_to_change(visit=visit, slug=slug, now=now)
    except AlreadySent:
        return see_other("intake:done")
    return see_other("intake:screen", slug)


@for_client
@require_http_methods(["GET", "HEAD", "POST"])
def news_page(request: HttpRequest, visit: Visit, now: datetime) -> HttpResponse:
    """Anything new since last time? One tap when there is not."""
    if visit.is_of_another(request):
        return of_another(request)
    spec = spec_of(visit.response.version).in_language(get_language() or "")
    check = news.check_of(spec)
    if check is None or not news.applies(visit):
        return see_other("intake:resume")
    if request.method == "POST" and not languages.switching(request):
        if request.POST.get("action") == "something":
            return see_other("intake:screen", pages_of(spec)[0].slug)
        news.nothing_new(visit=visit, now=now)
        return see_other("intake:urgent")
    last = news.since(visit)
    day = _day(last) if last else ""
    return _page(request, visit, "intake/news.html", check=check, day=day, progress_value=1, progress_total=2)


@for_client
@require_http_methods(["GET", "HEAD", "POST"])
def urgent(request: HttpRequest, visit: Visit, now: datetime) -> HttpResponse:
    """What cannot wait, on its own; then the check is sent."""
    if visit.is_of_another(request):
        return of_another(request)
    if news.where_next(visit) != ("intake:urgent",):
        return see_other("intake:resume")
    form, check = _urgent_form(request, visit, now)
    error = ""
    if request.method == "POST" and not languages.switching(request):
        form.is_valid()
        answers, error = _chosen(request, form, check)
        if not error and form.errors.keys() <= {item.link_id for item in check.urgent}:
            try:
                news.answer_urgent(visit=visit, answers=answers, now=now)
                return see_other("intake:done")
            except Incomplete:
                return see_other("intake:resume")
    questions = form.tree()
    names = {item.link_id for item in check.urgent}
    for question in questions:
        if question.item.link_id in names:  # "none of these" is the button
            question.choices = [choice for choice in question.choices if choice.value != news.NONE]
            question.error = error
    return _page(
        request,
        visit,
        "intake/urgent.html",
        status=422 if error or form.errors else 200,
        questions=Drawer(form.questionnaire).draw(questions),
        progress_value=2,
        progress_total=2,
    )


def _urgent_form(request: HttpRequest, visit: Visit, now: datetime) -> tuple[ScreenForm, news.Check]:
    spec = spec_of(visit.response.version).in_language(get_language() or "")
    check = news.check_of(spec)
    assert check is not None  # the page was asked for
    group = replace(pages_of(spec)[0].group, items=(*check.others, *check.urgent))
    posted = request.POST if request.method == "POST" else None
    answers, country = answers_of(visit.response), ClinicSettings.load().country
    return ScreenForm(spec, group, answers=answers, today=today_of(now), country=country, data=posted), check


def _chosen(request: HttpRequest, form: ScreenForm, check: news.Check) -> tuple[dict[str, Any], str]:
    """The answers a press of a button means, or why it means nothing clear."""
    changes = form.changes()
    ticked = [item for item in check.urgent if _real(changes.get(item.link_id))]
    if request.POST.get("action") == "none":
        if ticked:
            return {}, gettext("You chose something and pressed “None of these”. Please take one of them back.")
        return changes | {item.link_id: _none(item) for item in check.urgent}, ""
    if len(ticked) < len(check.urgent):
        return {}, gettext("Please choose what fits, or press “None of these”.")
    return changes, ""


def _real(value: Any) -> bool:
    return bool([one for one in value if one != news.NONE] if isinstance(value, list) else value and value != news.NONE)


def _none(item: Item) -> Any:
    return [news.NONE] if item.repeats else news.NONE

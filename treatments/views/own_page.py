"""What a client's page holds behind the date of birth: their exercises, the next visit, how they want to be written to.

One small pass for one browser, beside those of the forms and agreements, and never together with another client's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic import languages, links, outbox
from clinic.models import ClinicSettings
from intake import access
from intake.views.entry import View, keep_language, let_in, see_other, without_token
from treatments import client_pages, facts, ics
from treatments.forms.preferences import PreferencesForm
from treatments.models import ClientPage

FILE = "visit.ics"


def page_of(request: HttpRequest, *, now: datetime) -> ClientPage | None:
    """The page this browser was let into; nobody without a pass. The request speaks the client's language from here."""
    kept = access.PAGE.passed(request)
    if kept is None:
        return None
    related = ("session__client", "session__therapist", "session__plan__condition")
    pages = ClientPage.objects.select_related(*related).defer("session__plan__note", "session__plan__end_reason")
    page = pages.filter(public_id=kept).first()
    if page is None or not client_pages.works(page, now=now):
        return None
    access.PAGE.note_use(request)
    languages.speak(request, languages.chosen(request) or page.session.client.language)
    return page


def for_own(view: Callable[..., HttpResponse]) -> View:
    """A page behind the client's pass: no pass, no page. Nothing of it stays in the browser."""

    @never_cache
    @languages.for_clients
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        now = timezone.now()
        page = page_of(request, now=now)
        if page is None:
            return see_other("treatments:own_verify")
        keep_language(request, page.session.client, by=client_pages.actor_of(page), now=now)
        return view(request, page, now, *args, **kwargs)

    return guarded


@never_cache
@languages.for_clients
@require_GET
def open_own(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address before the date of birth is asked. Nothing is used up."""
    access.PAGE.knock(request, links.digest(token))
    return without_token("treatments:own_verify")


@never_cache
@languages.for_clients
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for the date of birth."""
    return let_in(request, access.PAGE, "treatments/own_verify.html", client_pages.verify, to="treatments:own")


@for_own
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest, page: ClientPage, now: datetime) -> HttpResponse:
    """The home programme, the next visit, the way to the preferences. POST only switches the language."""
    context = {"plain": True, **client_pages.what_it_shows(page, now=now)}
    return render(request, "treatments/own.html", context)


@for_own
@require_GET
def visit_file(request: HttpRequest, page: ClientPage, now: datetime) -> HttpResponse:
    """The next visit for a calendar."""
    visit = facts.next_session(page.session, now)
    if visit is None:
        raise Http404
    clinic = ClinicSettings.load()
    about = gettext("To move the visit, call %(phone)s.") % {"phone": clinic.phone} if clinic.phone else ""
    text = ics.of_visit(
        uid=visit.public_id, host=outbox.site_host(), starts=visit.starts_at, ends=visit.ends_at, now=now,
        summary=gettext("Visit: %(clinic)s") % {"clinic": clinic.name}, location=clinic.address, about=about,
    )  # fmt: skip
    client_pages.visit_taken(page, visit)
    response = HttpResponse(text, content_type=ics.TYPE)
    response["Content-Disposition"] = f'attachment; filename="{FILE}"'
    return response


@for_own
@require_http_methods(["GET", "HEAD", "POST"])
def own_preferences(request: HttpRequest, page: ClientPage, now: datetime) -> HttpResponse:
    """Topic by topic and channel by channel, and the language; what is not ticked is not sent from then on."""
    client = page.session.client
    posted = request.method == "POST" and not languages.switching(request)
    form = PreferencesForm(request.POST if posted else None, client=client, typed=request.POST)
    if posted and form.is_valid():
        client_pages.choose(page, wanted=form.wanted, contact=form.contact, now=now)
        with translation.override(form.contact["language"]):
            messages.success(request, gettext("Thank you. This is written down."))
        languages.choose(request, HttpResponse(), form.contact["language"])
        return see_other("treatments:own_preferences")
    client_pages.preferences_read(page)
    status = 422 if form.errors else 200
    return render(request, "treatments/own_preferences.html", {"plain": True, "form": form}, status=status)


@never_cache
@languages.for_clients
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Close the page in this browser; the link in the message opens it again."""
    page_of(request, now=timezone.now())  # the last page still speaks the client's language
    access.leave(request)
    return render(request, "treatments/own_left.html", {"plain": True})

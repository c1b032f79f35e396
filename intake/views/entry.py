"""How a client gets in: the link, the date of birth, a new link. All links answer alike, whatever is behind them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any, Protocol, TypeVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic import clients, languages, links
from clinic.audit import ClientActor
from clinic.models import Client, ClinicSettings
from intake import access, limits, news, responses, returning
from intake.forms import BirthDateForm
from intake.inviting import invitations
from intake.views.screens import first_open, screen_of

View = Callable[..., HttpResponse]
Found = TypeVar("Found")


class HasPublicId(Protocol):
    """What a side door leads to."""

    public_id: UUID


SEE_OTHER = 303


def see_other(to: str, *args: Any) -> HttpResponse:
    """A redirect that is always followed by GET."""
    response = redirect(to, *args)
    response.status_code = SEE_OTHER
    return response


def for_client(view: Callable[..., HttpResponse]) -> View:
    """A page behind a client's pass: no pass, no page. Nothing of it stays in the browser."""

    @never_cache
    @languages.for_clients
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        now = timezone.now()
        visit = access.visit_of(request, now=now)
        if visit is None:
            return see_other("intake:verify")
        keep_language(request, visit.response.client, by=visit.actor, now=now)
        return view(request, visit, now, *args, **kwargs)

    return guarded


def keep_language(request: HttpRequest, client: Client, *, by: ClientActor, now: datetime) -> None:
    """What the client chose on a page is their language from now on, for messages too."""
    chosen = languages.chosen_here(request)
    if chosen and chosen != client.language:
        clients.update(client=client, changes={"language": chosen}, by=by, now=now)


def without_token(to: str) -> HttpResponse:
    """On to the page that asks for the date of birth: the token leaves the address, and no other site is told it."""
    response = see_other(to)
    response["Referrer-Policy"] = "no-referrer"
    return response


def behind_birth_date(
    request: HttpRequest, template: str, digest: str, today: date, look: Callable[[date], Found | None]
) -> Found | HttpResponse:
    """What `look` finds behind a link for the date of birth that was posted, or the page that asks for it (again)."""
    form = BirthDateForm(request.POST or None, today=today)
    context: dict[str, Any] = {"form": form, "has_link": bool(digest), "plain": True}
    if request.method != "POST" or not digest or languages.switching(request):
        context["form"] = BirthDateForm(today=today, typed=request.POST)
        return render(request, template, context)
    if not limits.may_try_date(request, digest):
        return render(request, template, context | {"too_often": True}, status=429)
    if not form.is_valid():
        return render(request, template, context, status=422)
    found = look(form.born)
    return render(request, template, context | {"refused": True}, status=422) if found is None else found


def let_in(
    request: HttpRequest, door: access.SideDoor, template: str, verify: Callable[..., HasPublicId | None], *, to: str
) -> HttpResponse:
    """A side door's question for the date of birth; on to its page once `verify(digest=, born=, now=)` finds something.

    Before the right date, nothing on the page depends on whose link it is.
    """
    now, digest = timezone.now(), door.link_of(request)
    today = now.astimezone(ClinicSettings.load().zone).date()
    found = behind_birth_date(request, template, digest, today, lambda born: verify(digest=digest, born=born, now=now))
    if isinstance(found, HttpResponse):
        return found
    door.admit(request, found.public_id)
    return see_other(to)


@never_cache
@languages.for_clients
@require_GET
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address at once. Mail scanners that look here use nothing up."""
    access.remember_link(request, links.digest(token))
    return without_token("intake:verify")


@never_cache
@languages.for_clients
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for the date of birth. Before the right one, nothing on the page depends on whose link it is."""
    now = timezone.now()
    if request.method != "POST" and access.visit_of(request, now=now) is not None:
        return see_other("intake:resume")
    today = now.astimezone(ClinicSettings.load().zone).date()
    digest = access.link_of(request)
    if request.method == "POST" and digest and request.accepts("application/json") and not request.accepts("text/html"):
        return _verified_in_place(request, digest, BirthDateForm(request.POST or None, today=today), now)
    invitation = behind_birth_date(
        request, "intake/verify.html", digest, today, lambda born: invitations.verify(digest=digest, born=born, now=now)
    )
    if isinstance(invitation, HttpResponse):
        return invitation
    responses.start(invitation=invitation, now=now)
    access.admit(request, invitation)
    return see_other("intake:resume")


def _verified_in_place(request: HttpRequest, digest: str, form: BirthDateForm, now: datetime) -> JsonResponse:
    """The same check for a page that still holds answers and must not be left."""
    if not limits.may_try_date(request, digest):
        return JsonResponse({"too_often": True}, status=429)
    invitation = invitations.verify(digest=digest, born=form.born, now=now) if form.is_valid() else None
    if invitation is None:
        words = " ".join(str(one) for one in form.errors.get("born", [])) or gettext("Please check the date.")
        return JsonResponse({"errors": {"born": words}}, status=422)
    responses.start(invitation=invitation, now=now)
    access.admit(request, invitation)
    return JsonResponse({"ok": True})


@never_cache
@languages.for_clients
@require_POST
def new_link(request: HttpRequest) -> HttpResponse:
    """Send a new link to the addresses on file, and say the same whether there was anything to send."""
    digest = access.link_of(request)
    if digest and not languages.switching(request) and limits.may_ask_again(request, digest):
        invitations.send_again(digest=digest, now=timezone.now())
    return render(request, "intake/new_link.html", {"plain": True})


@for_client
@require_GET
def resume(request: HttpRequest, visit: access.Visit, now: Any) -> HttpResponse:
    """Go on where the form was left."""
    if visit.response.status == "completed":
        return see_other("intake:done")
    place = access.place_of(request)
    if not place and (step := news.where_next(visit) or returning.where_next(visit, now=now)):
        return see_other(*step)
    slug = place or first_open(visit)
    return see_other("intake:screen", slug) if slug else see_other("intake:readback")


@never_cache
@languages.for_clients
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Stop for now: this browser forgets, the clinic keeps."""
    access.visit_of(request, now=timezone.now())  # the last page still speaks the client's language
    if access.is_handed_over(request):
        access.give_back(request)
        return render(request, "intake/tablet_back.html", {"plain": True})
    access.leave(request)
    return render(request, "intake/left.html", {"plain": True})


@never_cache
@require_POST
def hide(request: HttpRequest) -> JsonResponse:
    """A form left alone: this browser asks for the date of birth again before it shows anything."""
    now = timezone.now()
    visit = access.visit_of(request, now=now)
    if visit is not None:
        at = request.POST.get("at", "")
        access.hide(request, visit, at=at if screen_of(visit, at, now=now) else "")
    return JsonResponse({"hidden": True})

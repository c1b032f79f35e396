"""The client's own page of agreements: what is to be agreed again, what was agreed, and how to take it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from clinic import audit, languages, links
from clinic.audit import ClientActor
from clinic.models import Client, Consent
from intake import access
from intake.consent import agreement_links, consents
from intake.models import AgreementLink
from intake.views.entry import let_in, see_other, without_token

KEPT = gettext_lazy("Thank you. This is written down.")
NAME_NEEDED = gettext_lazy("Please type your full name as your signature.")
CHOOSE = gettext_lazy("Please answer yes or no to at least one of them.")


@dataclass(frozen=True, slots=True)
class Guest:
    """A client at their agreements, come in by a form's pass or by a link of their own."""

    client: Client
    actor: ClientActor


def guest_of(request: HttpRequest, *, now: datetime) -> Guest | None:
    """Who this browser may show agreements to; nobody without a pass. The request speaks their language from here."""
    if (visit := access.visit_of(request, now=now)) is not None:
        return Guest(visit.response.client, visit.actor)
    kept = access.AGREEMENTS.passed(request)
    link = AgreementLink.objects.select_related("client").filter(public_id=kept).first() if kept else None
    if link is None or not agreement_links.works(link, now=now):
        return None
    access.AGREEMENTS.note_use(request)
    languages.speak(request, link.client.language)
    return Guest(link.client, agreement_links.actor_of(link))


@never_cache
@languages.for_clients
@require_GET
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address at once. Mail scanners that look here use nothing up."""
    access.AGREEMENTS.knock(request, links.digest(token))
    return without_token("intake:agreements_verify")


@never_cache
@languages.for_clients
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for the date of birth."""
    return let_in(
        request, access.AGREEMENTS, "intake/agreements_verify.html", agreement_links.verify, to="intake:agreements"
    )


@never_cache
@languages.for_clients
@require_http_methods(["GET", "HEAD", "POST"])
def agreements(request: HttpRequest) -> HttpResponse:
    """What is to be agreed again, then everything else, each with its words and what a no leads to."""
    now = timezone.now()
    guest = guest_of(request, now=now)
    if guest is None:
        return see_other("intake:agreements_verify")
    error = ""
    if request.method == "POST" and not languages.switching(request):
        error = _said(request, guest, now)
        if not error:
            messages.success(request, KEPT)
            return see_other("intake:agreements")
    audit.record("consents.read", by=guest.actor, client=guest.client)
    kinds = [*consents.OFFERED, *consents.AREA_KINDS]
    lines = consents.lines_of(guest.client, kinds, now=now, language=get_language() or "en")
    lines = [line for line in lines if line.row is not None or not line.kind.startswith(Consent.AREA)]
    context = {
        "plain": True,
        "whose": str(guest.client.public_id),
        "due": [line for line in lines if line.due or (line.must and line.row is not None and not line.row.granted)],
        "agreed": [line for line in lines if line.counts],
        "declined": [line for line in lines if line.row is not None and not line.row.granted and not line.must],
        "error": error,
        "by_form": access.PASS in request.session,
        "name": request.POST.get("name", "")[:120],
        "given": {key: request.POST[key] for key in request.POST if key.startswith("say:")},
    }
    return render(request, "intake/agreements.html", context, status=422 if error else 200)


def _said(request: HttpRequest, guest: Guest, now: datetime) -> str:
    """Write down what was answered; the message when something is missing. Nothing is kept by halves."""
    if request.POST.get("whose") != str(guest.client.public_id):
        return str(CHOOSE)  # a page of somebody who was here before
    offered = (*consents.OFFERED, *consents.AREA_KINDS)
    said = {kind: request.POST.get(f"say:{kind}") for kind in offered}
    answers = {kind: answer == "yes" for kind, answer in said.items() if answer in ("yes", "no")}
    name = " ".join(request.POST.get("name", "").split())[:120]
    if not answers:
        return str(CHOOSE)
    if any(answers.values()) and not name:
        return str(NAME_NEEDED)
    for kind, granted in answers.items():
        consents.say(
            client=guest.client, kind=kind, granted=granted, by=guest.actor, now=now, source=Consent.Source.LINK,
            signed_name=name if granted else "",
        )  # fmt: skip
    return ""

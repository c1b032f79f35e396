"""A new client: contact data, the link to the form, and a first session, in one go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic import clients
from clinic.access import log_seen, me
from clinic.forms import ClientForm
from clinic.models import User
from clinic.permissions import Permission, requires
from intake.questionnaires import NotPublished
from treatments import clock, registration
from treatments.errors import Refused
from treatments.forms import posted
from treatments.forms.booking import FirstVisitForm, therapists


@requires(Permission.CONTACT_WRITE)
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Write down a new client. Nothing is kept when the booking is refused; a second submit makes one client."""
    now, user = timezone.now(), me(request)
    form = ClientForm(posted(request))
    visit = FirstVisitForm(posted(request), prefix="visit", initial=_wishes(request, user, now))
    alike: list[Any] = []
    if request.method == "POST" and _can_send(request, form) and visit.is_valid():
        alike = _alike(form) if not request.POST.get("is_new") else []
        if alike:
            log_seen(request, alike, what="client_duplicates")
        elif (answer := _keep(request, form, visit, user, now)) is not None:
            return answer
    context = {"form": form, "visit": visit, "alike": alike, "send_link": _wants_link(request)}
    context["today"] = timezone.localtime(now).date()
    return render(request, "treatments/register.html", context, status=422 if form.is_bound else 200)


def _wants_link(request: HttpRequest) -> bool:
    return request.method != "POST" or bool(request.POST.get("send_link"))


def _can_send(request: HttpRequest, form: ClientForm) -> bool:
    """A valid form, and somewhere to send the link that the client agreed to: no link is left behind in silence."""
    if form.is_valid() and _wants_link(request) and not form.channels():
        if form.cleaned_data["sms_agreed"] and not form.cleaned_data["email_agreed"]:
            form.add_error("mobile", "Write the mobile number the link goes to.")
        elif form.cleaned_data["email_agreed"]:
            form.add_error("email", "Write the e-mail address the link goes to.")
        else:
            form.add_error("sms_agreed", "Tick what the client agreed to, or untick the link below.")
    return form.is_valid()


def _wishes(request: HttpRequest, user: User, now: datetime) -> dict[str, Any]:
    """A slot picked on the day sheet, or today with oneself."""
    asked = request.GET
    try:
        chosen = therapists().filter(public_id=asked.get("therapist", "")).first()
    except ValidationError:
        chosen = None
    return {
        "book": bool(asked.get("time")),
        "therapist": chosen or (user if user.is_therapist else None),
        "day": clock.read_day(asked.get("day", "")) or timezone.localtime(now).date(),
        "time": asked.get("time", "")[:5],
        "minutes": 60,
    }


def _alike(form: ClientForm) -> list[Any]:
    """Who may be the same person; the same submit again is left to the key of the form."""
    facts = form.facts()
    names = ("first_name", "last_name", "date_of_birth", "mobile", "email")
    found = clients.likely_duplicates(**{name: facts[name] for name in names})
    return [client for client in found if client.registration_key != facts["key"] or facts["key"] is None]


def _keep(
    request: HttpRequest, form: ClientForm, visit: FirstVisitForm, user: User, now: datetime
) -> HttpResponse | None:
    """Keep all of it and go on; None with the refusal beside its field."""
    try:
        made = registration.register(
            facts=form.facts(), send_link=_wants_link(request), visit=_first_visit(visit), by=user, now=now
        )
    except clients.AlreadyRegistered as again:
        messages.info(request, f"{again.client.display_name} was registered a moment ago.")
        return redirect(again.client)
    except Refused as refusal:
        visit.add_error(refusal.field if refusal.field in visit.fields else None, str(refusal))
        return None
    except NotPublished:
        form.add_error(None, "No health history is published yet, so no link can be sent. Untick it to go on.")
        return None
    messages.success(request, _told(made))
    return redirect(made.client)


def _first_visit(visit: FirstVisitForm) -> registration.FirstVisit | None:
    values = visit.cleaned_data
    if not values.get("book"):
        return None
    return registration.FirstVisit(
        therapist=values["therapist"], starts_at=visit.starts_at, minutes=values["minutes"], room=values["room"]
    )


def _told(made: registration.Registered) -> str:
    said = [f"{made.client.display_name} is registered."]
    if made.channels:
        words = {"email": "e-mail", "sms": "text message"}
        said.append(f"The form is on its way by {' and '.join(words[name] for name in made.channels)}.")
    if made.session is not None:
        begins = timezone.localtime(made.session.starts_at)
        said.append(f"First session on {begins:%A} {begins.day} {begins:%B} at {begins:%H:%M}.")
    return " ".join(said)

"""The client's page behind a message's link: advice, and the question where one is asked.

GET keeps nothing, whatever stands in the address; the page names nobody.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from clinic import languages, links, whereabouts
from clinic.models import ClinicSettings
from treatments import advice, aftercare, answers, check_ins, messages, page_links
from treatments.errors import Refused
from treatments.forms.check_in import AdditionForm, CheckInForm
from treatments.models import CheckIn, Session

# These pages come over a telephone's connection and need no htmx.
LIGHT = {"plain": True}
# What is written under both ends of the scale that is asked.
ENDS = {
    "nprs": (gettext_lazy("No pain"), gettext_lazy("The worst I can imagine")),
    "tinnitus_nrs": (gettext_lazy("Silent"), gettext_lazy("As loud as I can imagine")),
    "first_step_pain": (gettext_lazy("No pain"), gettext_lazy("The worst I can imagine")),
}


@never_cache
@languages.for_clients
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def check_in(request: HttpRequest, token: str) -> HttpResponse:
    """Advice; ask, keep the answer once, take what is added. One answer for every link that is nobody's."""
    found, now = page_links.behind(links.digest(token)), timezone.now()
    if found is None:
        return render(request, "treatments/check_in_unknown.html", LIGHT, status=404)
    # Without a session a choice lives in the cookie: it holds from the question to the thanks.
    languages.speak(request, languages.chosen(request) or found.session.client.language)
    if check_ins.is_closed(found.session):
        return render(request, "treatments/check_in_closed.html", LIGHT, status=410)
    context = LIGHT | {"token": token} | _around(found.session, now)
    if found.check_in is None:
        return render(request, "treatments/client_page.html", context)
    if found.check_in.expires_at <= now and not found.check_in.answered_at:
        return render(request, "treatments/check_in_expired.html", context, status=410)
    asked = _Asked(request, found.check_in, now, context)
    return asked.answered() if found.check_in.answered_at else asked.open()


def _around(session: Session, now: datetime) -> dict[str, Any]:
    """What everybody who holds the link may read: advice with its hours, and whom to call when."""
    clinic = ClinicSettings.load()
    zone = whereabouts.zone_of(session.client, clinic)
    halted = aftercare.is_halted(session.client)  # "gentle walking is welcome" may be wrong then
    return {
        "halted": halted,
        "avoid": [] if halted else advice.still_to_avoid(session, now=now, zone=zone),
        "when_to_call": messages.when_to_call(clinic),
    }


class _Asked:
    """One request to a question, before its answer and after."""

    def __init__(self, request: HttpRequest, found: CheckIn, now: datetime, context: dict[str, Any]) -> None:
        self.request, self.found, self.now, self.context = request, found, now, context
        self.posted = request.method == "POST" and not languages.switching(request)
        self.question = gettext(check_ins.measure_of(found.session).prompts[0])

    def open(self) -> HttpResponse:
        form = CheckInForm(self.request.POST if self.posted else None, question=self.question, initial=self._tapped())
        if form.is_bound and form.is_valid():
            with suppress(Refused):  # another tap was first, or the last minute passed: the page shows how it stands
                check_ins.answer(check_in=self.found, now=self.now, **form.cleaned_data)
            return redirect("treatments:check_in", token=self.context["token"])
        self.context["form"] = form
        status = 422 if form.is_bound else 200
        return render(self.request, "treatments/check_in.html", self.context, status=status)

    def answered(self) -> HttpResponse:
        """What was answered stays; what is added is kept beside it. A second "Send" from another tab adds nothing."""
        still_open = self.found.expires_at > self.now
        adding = self.posted and still_open and self.request.POST.get("action") == "add"
        form = AdditionForm(self.request.POST if adding else None, question=self.question, initial=self._tapped())
        refused = ""
        if form.is_bound and form.is_valid():
            try:
                check_ins.add(check_in=self.found, now=self.now, **form.cleaned_data)
                return redirect("treatments:check_in", token=self.context["token"])
            except Refused as refusal:
                refused = gettext(str(refusal))
        low, high = ENDS[check_ins.measure_of(self.found.session).code]
        said = answers.said_in(self.found)
        called = any(one.asks_for_a_call for one in said)
        self.context |= {
            "form": form, "low": low, "high": high, "said": said, "called": called, "refused": refused,
            "still_open": still_open, "again": self.posted and not adding,
            "reply": messages.reply(ClinicSettings.load(), called=called),
        }  # fmt: skip
        status = 422 if form.errors or refused else 200
        return render(self.request, "treatments/check_in_thanks.html", self.context, status=status)

    def _tapped(self) -> dict[str, str]:
        """A link in the mail may fill in, never send; the language switch shows again what was typed."""
        if self.request.method == "POST":
            return {name: str(value) for name, value in self.request.POST.items()}
        tapped = self.request.GET.get("feeling", "")
        return {"feeling": tapped} if tapped in CheckIn.Feeling.values and tapped != self.found.feeling else {}

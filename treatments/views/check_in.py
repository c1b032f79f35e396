"""The client's page behind a check-in link. GET keeps nothing; the page names nobody."""

from __future__ import annotations

from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from clinic import languages
from clinic.models import ClinicSettings
from treatments import check_ins, messages
from treatments.errors import Refused
from treatments.forms.check_in import CheckInForm
from treatments.models import CheckIn

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
    """Ask, keep the answer once, say thank you. One answer for every link that is nobody's."""
    found, now = check_ins.behind(token), timezone.now()
    if found is None:
        return render(request, "treatments/check_in_unknown.html", LIGHT, status=404)
    languages.speak(request, found.session.client.language)
    if found.answered_at:
        return _thanks(request, found, again=request.method == "POST" and not languages.switching(request))
    if found.expires_at <= now:
        return render(request, "treatments/check_in_expired.html", LIGHT, status=410)
    form = _form(request, found)
    if form.is_bound and form.is_valid():
        with suppress(Refused):  # another tap was first, or the last minute passed: the page shows how it stands
            check_ins.answer(check_in=found, now=now, **form.cleaned_data)
        return redirect("treatments:check_in", token=token)
    return _question(request, found, form)


def _form(request: HttpRequest, found: CheckIn) -> CheckInForm:
    question = gettext(check_ins.measure_of(found.session).prompts[0])
    tapped = request.GET.get("feeling", "")  # a link in the mail may fill in, never send
    initial = {"feeling": tapped} if tapped in CheckIn.Feeling.values else {}
    if languages.switching(request):  # shown again as it was filled in, in the other language
        initial = request.POST.dict()
    posted = request.POST if request.method == "POST" and not languages.switching(request) else None
    return CheckInForm(posted, question=question, initial=initial)


def _question(request: HttpRequest, found: CheckIn, form: CheckInForm) -> HttpResponse:
    low, high = ENDS[check_ins.measure_of(found.session).code]
    context = {
        "form": form, "low": low, "high": high, "home_plan": check_ins.home_plan(found),
        "when_to_call": messages.when_to_call(ClinicSettings.load()),
    }  # fmt: skip
    return render(request, "treatments/check_in.html", LIGHT | context, status=422 if form.is_bound else 200)


def _thanks(request: HttpRequest, found: CheckIn, *, again: bool) -> HttpResponse:
    """What was answered stays answered; the home plan is shown as long as the link is good for the question."""
    clinic, still_open = ClinicSettings.load(), found.expires_at > timezone.now()
    called = found.feeling == CheckIn.Feeling.WORSE or bool(found.reaction)
    context = {
        "again": again, "called": called, "reply": messages.reply(clinic, called=called),
        "home_plan": check_ins.home_plan(found) if still_open else [], "when_to_call": messages.when_to_call(clinic),
    }  # fmt: skip
    return render(request, "treatments/check_in_thanks.html", LIGHT | context)

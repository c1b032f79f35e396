"""How a message of the series reads: on a phone and as mail, for somebody made up; sent to oneself; counted."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from clinic import sms_length
from clinic.access import me
from clinic.permissions import Permission, requires
from treatments import discretion, previews, sayable, trial_sends
from treatments.errors import Refused
from treatments.forms.preview import PreviewForm
from treatments.forms.series_words import LONGEST_TYPED
from treatments.models import Series
from treatments.previews import Asked
from treatments.views.series import version_or_404


def _asked(form: PreviewForm) -> Asked:
    given = form.cleaned_data
    return Asked(given["condition"], given["language"], given["first_visit"], given["home_plan"])


@requires(Permission.CATALOGUE_EDIT)
@require_GET
def series_preview(request: HttpRequest, number: int) -> HttpResponse:
    """A line of a version or of the draft, as a text on a phone and as a mail. Nobody's data is in it."""
    version = version_or_404(number)
    form = PreviewForm.of(version, request.GET)
    context: dict[str, Any] = {"version": version, "form": form}
    if form.is_valid():
        context |= _shown(version, form)
    return render(request, "treatments/series_preview.html", context, status=200 if form.is_valid() else 422)


def _shown(version: Series, form: PreviewForm) -> dict[str, Any]:
    line = previews.line_of(version, form.cleaned_data["line"])
    assert line is not None  # the form offers no others
    found: dict[str, Any] = {"line": line, "asked": _asked(form)}
    try:
        for channel in line.channels:
            found[channel] = previews.read(version, line, channel, _asked(form), timezone.now())
    except previews.NotReady as refused:
        return found | {"refused": str(refused)}
    if "sms" in found:
        found["measured"] = sms_length.measure(found["sms"].text)
    return found


@requires(Permission.CATALOGUE_EDIT)
@require_POST
def series_test(request: HttpRequest, number: int) -> HttpResponse:
    """Send the message that is shown to oneself, marked as a test."""
    version = version_or_404(number)
    form = PreviewForm.of(version, request.POST)
    channel = request.POST.get("channel", "")
    if not form.is_valid() or channel not in ("email", "sms"):
        context = {"version": version, "form": form}
        return render(request, "treatments/series_preview.html", context, status=422)
    try:
        trial_sends.send(
            version=version, key=form.cleaned_data["line"], channel=channel, asked=_asked(form), by=me(request),
            now=timezone.now(),
        )  # fmt: skip
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        address = me(request).email if channel == "email" else me(request).phone
        messages.success(request, f"A test is on its way to {address}.")
    query = {name: value for name, value in form.cleaned_data.items() if value and value is not True}
    ticked = {name: "on" for name, value in form.cleaned_data.items() if value is True}
    return redirect(
        reverse("treatments:series_preview", args=[number]) + "?" + urlencode({**query, **ticked, "asked": 1})
    )


@requires(Permission.CATALOGUE_EDIT)
@require_POST
def series_measure(request: HttpRequest) -> HttpResponse:
    """The counter beside a text, while it is being typed."""
    text = next((str(words) for name, words in request.POST.items() if name.startswith("sms-text_")), "")
    limits = discretion.limits()
    text = text[:LONGEST_TYPED]
    context = {"counted": sayable.counted(text, limits), "wrong": sayable.wrong(text, "sms", limits)}
    return render(request, "treatments/_series_count.html", context)

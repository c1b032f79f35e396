"""The page behind the code at the door, and the poster with the code."""

from __future__ import annotations

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from clinic import languages, links, qr
from clinic.models import ClinicSettings
from clinic.permissions import Permission, requires
from intake import limits
from treatments import door as at_the_door
from treatments.forms.door import DoorForm


@never_cache
@languages.for_clients
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def door(request: HttpRequest) -> HttpResponse:
    """I am here. The answer is the same whoever asks."""
    now = timezone.now()
    today = now.astimezone(ClinicSettings.load().zone).date()
    if request.method != "POST" or languages.switching(request):
        return render(
            request, "treatments/door.html", {"form": DoorForm(today=today, typed=request.POST), "plain": True}
        )
    if not limits.may_knock(request):
        context = {"form": DoorForm(today=today, typed=request.POST), "plain": True, "too_often": True}
        return render(request, "treatments/door.html", context, status=429)
    form = DoorForm(request.POST, today=today)
    if not form.is_valid():
        return render(request, "treatments/door.html", {"form": form, "plain": True}, status=422)
    ends = time.monotonic() + at_the_door.TAKES
    at_the_door.say_here(born=form.born, digits=form.cleaned_data["digits"], now=now)
    time.sleep(max(0.0, ends - time.monotonic()))
    return render(request, "treatments/door_thanks.html", {"plain": True})


@requires(Permission.INTAKE_SEND)
@require_safe
def poster(request: HttpRequest) -> HttpResponse:
    """The code to print and put up at the door. It holds the clinic's address and nothing else."""
    return render(
        request, "treatments/door_poster.html", {"code": qr.code_of(links.absolute(reverse("treatments:door")))}
    )

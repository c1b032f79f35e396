"""Answers that a client gave elsewhere, taken over from a FHIR file."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access import client_for, me
from clinic.permissions import Permission, requires
from intake.authoring import exchange
from intake.authoring.takeover_forms import TakeForm


@requires(Permission.CLINICAL_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def answers_take(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A response in a file becomes a sent one, with all that follows, or is refused line by line."""
    client = client_for(request, public_id, need=Permission.CLINICAL_WRITE, what="intake", fields=["document"])
    form, problems = TakeForm(request.POST or None, request.FILES or None), []
    if request.method == "POST" and form.is_valid():
        try:
            kept = exchange.take_response(client=client, by=me(request), now=timezone.now(), **form.cleaned_data)
        except exchange.NotTaken as error:
            form.add_error("document", str(error))
            problems = error.lines
        else:
            messages.success(request, "The answers are taken over and were screened.")
            return redirect("intake:review_detail", kept.public_id)
    status = 422 if request.method == "POST" else 200
    context = {"client": client, "age": client.age_on(timezone.localdate()), "form": form, "problems": problems}
    return render(request, "intake/answers_take.html", context, status=status)

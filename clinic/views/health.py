"""Is the clinic well? For monitoring; nothing here is about a person."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from clinic import lateness, pulse


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when every part is ok, 503 when not; figures only for a monitor that brings the token."""
    found = pulse.feel()
    if found.parts["database"] == pulse.OK:
        lateness.watch_from_the_web()
    answer = {"status": found.status, "parts": found.parts}
    if _has_token(request):
        answer |= {"figures": found.figures}
    response = JsonResponse(answer, status=200 if found.status == pulse.OK else 503)
    response["Cache-Control"] = "no-store"
    response._has_been_logged = True  # type: ignore[attr-defined]  # not a line in the log for every question
    return response


def _has_token(request: HttpRequest) -> bool:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if not settings.HEALTH_TOKEN or kind.lower() != "bearer":
        return False
    return constant_time_compare(token.strip(), settings.HEALTH_TOKEN)

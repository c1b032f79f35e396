"""A tablet in a client's hands shows their form and nothing else, until it is given back."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect

from intake.access import is_handed_over

#: What the form itself needs.
OPEN = ("/intake/", "/static/", "/healthz", "/csp-report/")


class TabletMiddleware:
    """Staff pages, sign-in, other people's links and the clinic's public pages all lead back to the form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        if not request.path.startswith(OPEN) and has_session and is_handed_over(request):
            return redirect("intake:resume") if request.method in ("GET", "HEAD") else HttpResponseForbidden()
        return self.get_response(request)

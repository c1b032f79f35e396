"""What happens around every request."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone

from clinic import logs, request_context
from clinic.models import ClinicSettings

access_log = logging.getLogger("clinic.access")

METHODS = ("GET", "HEAD", "POST")
_USABLE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
#: Asked for every few seconds by machines; they would bury what people did.
_UNLOGGED = ("/static/", "/healthz")


class RequestContextMiddleware:
    """Gives each request an origin that its log lines and audit events share, and writes its line in the access log.

    The address is REMOTE_ADDR as clinic.proxies left it: the person's, not the proxy's. The line holds the path without
    its query (people search for names there) and with the secrets of links masked.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _USABLE_ID.fullmatch(given) else uuid.uuid4().hex
        origin = request_context.Origin(
            ip=request.META.get("REMOTE_ADDR") or None,
            agent=request.headers.get("User-Agent", "")[:200],
            request_id=request_id,
        )
        token = request_context.set_current(origin)
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            if not request.path.startswith(_UNLOGGED):
                access_log.info(
                    "%s %s %s %d %d ms",
                    origin.ip,
                    request.method,
                    logs.mask(request.path),
                    response.status_code,
                    (time.perf_counter() - started) * 1000,
                )
        finally:
            request_context.reset(token)
        return response


class MethodsMiddleware:
    """Answers 405 to every method no page uses, TRACE among them, before any view sees it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        return self.get_response(request)


class ClinicTimeMiddleware:
    """Shows every time of a page on the clinic's clock. Below what answers without the database (static, health)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(_UNLOGGED):
            return self.get_response(request)
        with timezone.override(ClinicSettings.load().zone):
            return self.get_response(request)

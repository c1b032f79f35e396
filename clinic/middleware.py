"""What happens around every request."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from clinic import request_context

_USABLE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestContextMiddleware:
    """Gives each request an origin that its log lines and audit events share, and answers with its id.

    The address is REMOTE_ADDR as clinic.proxies left it: the person's, not the proxy's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
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
        finally:
            request_context.reset(token)
        response["X-Request-ID"] = request_id
        return response

"""What happens around every request."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from clinic import languages, logs, request_context
from clinic.access import EmergencyAccessNeeded
from clinic.models import ClinicSettings

access_log = logging.getLogger("clinic.access")

METHODS = ("GET", "HEAD", "POST")
_USABLE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
#: Asked for every few seconds by machines; they would bury what people did.
_UNLOGGED = ("/static/", "/healthz")
#: Asked for by a script while nobody may be there: it must not keep a desk that was left alone signed in.
UNATTENDED = "/outbox/live/now/"


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


class SlidingSessionMiddleware(SessionMiddleware):
    """Every page somebody opens puts the end of their session off; one that a script asks for does not."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.path == UNATTENDED:
            patch_vary_headers(response, ["Cookie"])
            return response
        return super().process_response(request, response)


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


class LanguageMiddleware:
    """Pages for clients speak their reader's language, all others English (clinic.languages).

    Below the session, which a staff page is not made to read for this.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(_UNLOGGED):
            return self.get_response(request)
        with translation.override(languages.STAFF):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        match = request.resolver_match
        if match and languages.is_for_clients(match.func):
            patch_vary_headers(response, ["Cookie", "Accept-Language"])
            if code := languages.asked(request):
                languages.choose(request, response, code)
        return response

    def process_view(self, request: HttpRequest, view: Callable[..., HttpResponse], *given: object) -> None:
        translation.activate(languages.of_visitor(request) if languages.is_for_clients(view) else languages.STAFF)


class StaffSessionMiddleware:
    """A session ends twelve hours after it began, however busy; without a required second factor nothing opens.

    The fifteen idle minutes are the session cookie's own age (settings). Nothing that staff saw stays in the browser:
    after signing out, "back" shows nothing.
    """

    BEGAN, NOTED = "session_began", "session_noted"
    NOTE_EVERY = 60
    SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    # The pages about one's own account, where a second factor is set up.
    OPEN = ("/accounts/",)

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(_UNLOGGED):
            return self.get_response(request)
        now = int(timezone.now().timestamp())
        if request.user.is_authenticated and (refused := self._refuse(request, now)):
            return refused
        response = self.get_response(request)
        if request.user.is_authenticated:  # also when this very request signed somebody in
            request.session.setdefault(self.BEGAN, now)
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    def _refuse(self, request: HttpRequest, now: int) -> HttpResponseBase | None:
        if now - request.session.get(self.BEGAN, now) >= settings.SESSION_ABSOLUTE_AGE:
            logout(request)
            messages.info(request, "You have been signed out after twelve hours. Please sign in again.")
            return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
        if request.path != UNATTENDED:
            self._note_use(request, now)
        if not request.path.startswith(self.OPEN) and self._lacks_second_factor(request):
            messages.warning(request, "This clinic asks everybody for a second factor. Set one up to go on.")
            return redirect("mfa_index")
        return None

    def _note_use(self, request: HttpRequest, now: int) -> None:
        """For "where I am signed in"."""
        if now - request.session.get(self.NOTED, 0) >= self.NOTE_EVERY:
            request.session[self.NOTED] = now
            mine = UserSession.objects.filter(session_key=request.session.session_key)
            mine.update(last_seen_at=timezone.now())

    def _lacks_second_factor(self, request: HttpRequest) -> bool:
        return ClinicSettings.load().require_mfa and not is_mfa_enabled(request.user, self.SECOND_FACTORS)


class EmergencyAccessMiddleware:
    """A colleague's client's record answers 403 with the way to open it for a reason."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, EmergencyAccessNeeded):
            return None
        client = exception.client
        back = request.get_full_path() if request.method == "GET" else client.get_absolute_url()
        return render(request, "clinic/emergency_needed.html", {"client": client, "back": back}, status=403)

"""The two doors of this app: who may open a staff page, and how a public page is answered."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import conditional_page, require_safe

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

READ = "catalogue.read"
EDIT = "catalogue.edit"
PUBLIC_FOR = 300  # seconds; an edit reaches every reader within five minutes


def may(permission: str) -> Callable[[View[P]], View[P]]:
    """Staff with this permission only: others get 403, the signed-out the sign-in page."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def public_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """For everyone, GET only, with an ETag; kept by shared caches only for readers without a session."""

    @require_safe
    @conditional_page
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        known = settings.SESSION_COOKIE_NAME in request.COOKIES
        response["Cache-Control"] = "private, no-cache" if known else f"public, max-age={PUBLIC_FOR}"
        return response

    # Read by clinic.languages: this page speaks its reader's language.
    answered.for_clients = True  # type: ignore[attr-defined]
    return answered

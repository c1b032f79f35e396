"""The root of all addresses. Apps are named by string: this package must not import what stands above it."""

from typing import NoReturn

from django.http import Http404, HttpRequest
from django.urls import include, path, re_path


def closed(request: HttpRequest, **kwargs: str) -> NoReturn:
    """A page of the library that this clinic does not have: an address is part of the account, nobody adds another."""
    raise Http404


handler400 = "clinic.views.errors.not_understood"
handler404 = "clinic.views.errors.not_found"

urlpatterns = [
    path("", include("treatments.urls")),
    path("", include("intake.urls")),
    path("", include("clinic.routes")),
    path("", include("conditions.urls")),
    path("accounts/email/", closed),
    re_path(r"^accounts/confirm-email/(?:(?P<key>[-:\w]+)/)?$", closed),
    path("accounts/password/set/", closed),
    path("accounts/login/code/confirm/", closed),
    path("accounts/", include("allauth.urls")),
]

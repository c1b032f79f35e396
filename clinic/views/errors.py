"""The page for an address that leads nowhere, in the language of whoever went there."""

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.defaults import page_not_found

from clinic import languages


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A page that was found has chosen its language already; for the rest nobody has."""
    if request.resolver_match is None and not request.user.is_authenticated:
        translation.activate(languages.of_visitor(request))
    return page_not_found(request, exception)

"""The pages for an address that leads nowhere and for what cannot be read, in the language of whoever went there."""

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext
from django.views.defaults import bad_request, page_not_found

from clinic import languages


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A page that was found has chosen its language already; for the rest nobody has."""
    if request.resolver_match is None and not request.user.is_authenticated:
        translation.activate(languages.of_visitor(request))
    return page_not_found(request, exception)


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What came cannot be read. What is too large says so: nothing of it was kept, nothing kept before is lost."""
    if not isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return bad_request(request, exception)
    languages.leave_unread(request)
    match = request.resolver_match
    if match is not None and languages.is_for_clients(match.func):
        translation.activate(languages.of_visitor(request))
    _read_off(request)
    # A script asks with fetch, which browsers say; whoever says nothing gets the page.
    by_script = request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
    if by_script or request.content_type == "application/json" or not request.accepts("text/html"):
        words = gettext("This was too long to send. What was kept before is still there.")
        return JsonResponse({"too_large": True, "error": words}, status=413)
    return render(request, "413.html", status=413)


def _read_off(request: HttpRequest) -> None:
    """Take in what is still on its way: a browser that is cut off in the middle shows no page at all."""
    try:
        for _ in range(320):  # 20 MB
            if not request.read(65_536):
                return
    except OSError:
        return

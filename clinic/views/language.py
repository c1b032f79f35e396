"""The switch between the languages, on pages where nothing is typed."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from clinic import languages

SEE_OTHER = 303


@never_cache
@languages.for_clients
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Back to the page it was pressed on; the middleware remembers the choice."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    return HttpResponseRedirect(languages.without(back), status=SEE_OTHER)

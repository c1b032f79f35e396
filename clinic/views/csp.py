"""Where browsers report what the content security policy has stopped: on a sound page, nothing ever."""

from __future__ import annotations

import json
import logging
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from clinic import logs

log = logging.getLogger("clinic.csp")

LONGEST = 10_000


@csrf_exempt  # browsers send no token; nothing is changed
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """One line in the log: the directive, the page's path and the host of what was refused."""
    if len(request.body) > LONGEST:
        return HttpResponse(status=413)
    try:
        report = json.loads(request.body)["csp-report"]
        directive, page, refused = (str(report[key]) for key in ("violated-directive", "document-uri", "blocked-uri"))
        place, source = urlsplit(page).path, urlsplit(refused).netloc or refused[:40]
    except (ValueError, KeyError, TypeError):
        return HttpResponse(status=400)
    log.warning("refused %s on %s: %s", directive[:60], logs.mask(place)[:200], source[:100])
    return HttpResponse(status=204)

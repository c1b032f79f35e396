"""Marks on the body chart, kept one by one as the client makes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.http import HttpRequest, JsonResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from clinic import languages
from intake import marks
from intake.access import Visit, visit_of


@never_cache
@languages.for_clients
@require_POST
def save_mark(request: HttpRequest) -> JsonResponse:
    """Keep or take away one mark: `region`, `symptom`, `strength` (0 to 10 or empty) or `remove`.

    May be sent again and late: `given` is the milliseconds of the device's clock when it was done, `sent` the same when
    this request left, so a clock that is wrong does no harm. `key` comes back with what was wrong. The form's script
    sends the same fields as a step (`saving.py`).
    """
    now = timezone.now()
    visit = visit_of(request, now=now)
    if visit is None:
        return JsonResponse({"expired": True}, status=401)
    if visit.response.status == "completed" or visit.is_of_another(request):
        return JsonResponse({"gone": True}, status=409)
    at = now - _waited(request.POST.get("given", ""), request.POST.get("sent", ""))
    try:
        change_mark(visit, request.POST, given=at, now=now)
    except marks.UnfitMark as refused:
        return JsonResponse({"saved": False, "errors": {request.POST.get("key", ""): str(refused)}}, status=422)
    return JsonResponse({"saved": True, "errors": {}})


def change_mark(visit: Visit, fields: QueryDict, *, given: datetime, now: datetime) -> None:
    """Keep the mark that these fields describe, or take it away; `given` is when it was done. Raises UnfitMark."""
    response, by = visit.response, visit.actor
    region, symptom = fields.get("region", ""), fields.get("symptom", "")
    if fields.get("remove"):
        marks.unmark(response=response, region=region, symptom=symptom, by=by, now=now, given=given)
        return
    strength = fields.get("strength", "").strip()
    if strength and not (strength.isascii() and strength.isdigit() and len(strength) < 3):
        raise marks.UnfitMark(gettext("The strength goes from 0 to 10."))
    intensity = int(strength) if strength else None
    marks.mark(response=response, region=region, symptom=symptom, intensity=intensity, by=by, now=now, given=given)


def _waited(given: str, sent: str) -> timedelta:
    """How long a change lay on the device; nothing when the two are no times."""
    if not (given.isascii() and given.isdigit() and sent.isascii() and sent.isdigit()):
        return timedelta()
    if max(len(given), len(sent)) > 13:
        return timedelta()
    first, last = (datetime.fromtimestamp(int(text) / 1000, UTC) for text in (given, sent))
    return max(timedelta(), min(last - first, timedelta(days=60)))

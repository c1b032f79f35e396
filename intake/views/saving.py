"""Answers on their way from a browser: steps, one or many, that may come late, twice and in any order.

docs/decisions/saving-answers.md is the contract; the form's script keeps to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, JsonResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from clinic import languages
from intake.access import Visit, device_of, visit_of
from intake.engine.places import item_at
from intake.engine.stamps import Given, Stamp, digest
from intake.engine.validation import missing
from intake.marks import UnfitMark
from intake.responses import AlreadySent, Kept, keep
from intake.safety.advice import mark_of
from intake.views import screens
from intake.views.marks import change_mark

LARGEST, MOST_STEPS, MOST_FIELDS = 1024 * 1024, 200, 300
#: A step cannot have waited longer than its link lasts.
LONGEST_WAIT = timedelta(days=8)


class Unreadable(ValueError):
    """What came does not keep to the protocol; the message is for who wrote the script."""


@dataclass(frozen=True, slots=True)
class Step:
    """Answers a client gave at one moment, or a screen they finished."""

    key: str
    screen: str
    stamp: Stamp
    fields: QueryDict
    done: bool


@dataclass(slots=True)
class Result:
    """What came of a step."""

    kept: bool = True
    errors: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    elsewhere: list[dict[str, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """As the reply has it."""
        return {"kept": self.kept, "errors": self.errors, "seen": self.seen, "elsewhere": self.elsewhere}


@never_cache
@languages.for_clients
@require_POST
def save_steps(request: HttpRequest) -> JsonResponse:
    """Take in some steps. What cannot stand is said beside its question; everything else is kept."""
    now = timezone.now()
    is_json = request.content_type == "application/json"
    if is_json and int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        return JsonResponse({"too_large": True}, status=413)
    visit = visit_of(request, now=now)
    if visit is None:
        return JsonResponse({"expired": True, "verify": reverse("intake:verify")}, status=401)
    try:
        body = _body(request.body if is_json else request.POST.get("steps", ""))
        if body.get("whose", visit.whose) != visit.whose:
            return JsonResponse({"gone": "other"}, status=409)
        steps = _steps(body, device=device_of(request), now=now)
        if not is_json and len(steps) != 1:
            raise Unreadable("a file comes with exactly one step")
    except Unreadable as why:
        return JsonResponse({"unreadable": str(why)}, status=422)
    if visit.response.status == "completed":
        return JsonResponse({"gone": "sent"}, status=409)
    try:
        return _taken(request, visit, steps, now)
    except AlreadySent:
        return JsonResponse({"gone": "sent"}, status=409)


def _body(text: bytes | str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("this is not JSON") from error
    if not isinstance(body, dict) or not isinstance(body.get("steps"), list):
        raise Unreadable("steps are missing")
    if len(body["steps"]) > MOST_STEPS:
        raise Unreadable(f"more than {MOST_STEPS} steps")
    return body


def _steps(body: Mapping[str, Any], *, device: str, now: datetime) -> list[Step]:
    sent = _moment(body.get("sent"), "sent")
    window = body.get("from", "")
    if not isinstance(window, str) or len(window) > 40 or not (window.isascii() and window.isprintable()):
        raise Unreadable("from is not a short word")
    return [_step(raw, sent=sent, device=device, window=window, now=now) for raw in body["steps"]]


def _step(raw: Any, *, sent: datetime, device: str, window: str, now: datetime) -> Step:
    if not isinstance(raw, dict) or not isinstance(raw.get("key"), str) or not isinstance(raw.get("screen"), str):
        raise Unreadable("a step needs a key and a screen")
    seq = raw.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq < 2**63:
        raise Unreadable("seq is not a whole number")
    # Only the difference of the device's two times is used: its clock may be wrong.
    waited = min(max(sent - _moment(raw.get("at"), "at"), timedelta(0)), LONGEST_WAIT)
    stamp = Stamp(int((now - waited).timestamp() * 1000), device, window, seq)
    fields = raw.get("fields", [])
    if not isinstance(fields, list) or len(fields) > MOST_FIELDS:
        raise Unreadable("fields is not a list, or a long one")
    posted = QueryDict(mutable=True)
    for pair in fields:
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):
            raise Unreadable("a field is a name and a value")
        posted.appendlist(*pair)
    return Step(raw["key"][:200], raw["screen"], stamp, posted, raw.get("done") is True)


def _moment(text: Any, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else timezone.make_aware(moment)
    except (TypeError, ValueError, OverflowError) as error:
        raise Unreadable(f"{name} is not a moment") from error


def _taken(request: HttpRequest, visit: Visit, steps: list[Step], now: datetime) -> JsonResponse:
    shown: screens.Screen | None = None
    results: dict[str, Result] = {}
    given: dict[str, list[Given]] = {}
    finished: list[str] = []
    for step in steps:
        result = results[step.key] = Result()
        here = shown.turn_to(step.screen) if shown else screens.screen_of(visit, step.screen, now=now, ahead=True)
        if here is None:
            result.errors = {"": gettext("This page is not part of your form.")}
        else:
            shown = here
            given.setdefault(step.key, []).extend(_given(request, shown, step, result, now))
            _mark(visit, step, result, now)
            if step.done and not result.errors and _is_finished(shown, result):
                finished.append(shown.page.slug)
        result.kept = not result.errors
    everything = [one for some in given.values() for one in some]
    kept = keep(response=visit.response, given=everything, screens_done=finished, by=visit.actor, now=now)
    spec = screens.spec_for(kept.response)
    told = {one.address: asdict(one) for one in screens.elsewhere_of(spec, kept.others, kept.answers)}
    for key, some in given.items():
        results[key].seen = {one.address: digest(kept.answers.get(one.address)) for one in some}
        results[key].elsewhere = [told.pop(one.address) for one in some if one.address in told]
    return JsonResponse({"results": {key: one.as_json() for key, one in results.items()}, **_whereabouts(shown, kept)})


def _given(request: HttpRequest, shown: screens.Screen, step: Step, result: Result, now: datetime) -> list[Given]:
    """The answers of a step that can stand; `shown` goes on with them, as later steps may follow from them."""
    asked = step.fields.getlist("asked")
    if not asked:
        return []
    form = shown.form(step.fields, request.FILES, only=asked)
    form.is_valid()
    changes = screens.with_files(shown, form, now=now)
    result.errors = {name: " ".join(str(word) for word in words) for name, words in form.errors.items()}
    shown.answers = {**shown.answers, **changes}
    return [Given(name, value, step.stamp, step.fields.get(f"seen:{name}")) for name, value in changes.items()]


def _mark(visit: Visit, step: Step, result: Result, now: datetime) -> None:
    """A change on the body chart: it has its own fields and is no answer to a question."""
    if "region" not in step.fields:
        return
    try:
        given = datetime.fromtimestamp(step.stamp.at / 1000, UTC)
        change_mark(visit, step.fields, given=given, now=now)
    except UnfitMark as refused:
        result.errors[step.key] = str(refused)


def _is_finished(shown: screens.Screen, result: Result) -> bool:
    """Nothing that must be answered is open on the screen, in any instance of its groups."""
    here = {item.link_id for item in shown.page.group.walk()}
    words = gettext("Please answer this question.")
    for address in missing(shown.spec, shown.answers):
        item = item_at(shown.spec, address)
        if item is not None and item.link_id in here:
            result.errors[address] = words
    return not result.errors


def _whereabouts(shown: screens.Screen | None, kept: Kept) -> dict[str, Any]:
    """Where the client stands now; the advice is that of the screen of the last step."""
    if shown is None:
        return {"revision": kept.response.revision}
    shown.take(kept.response, kept.answers, [])
    advice = shown.advice()
    after = shown.progress.first_open(kept.response.screens_done)
    return {
        "revision": kept.response.revision,
        "screens": [screens.address_of_screen(one.slug) for one in shown.progress.screens],
        "next": screens.address_of_screen(after.slug) if after else reverse("intake:readback"),
        "progress": {
            "value": shown.progress.number(shown.page.slug),
            "total": len(shown.progress.screens),
            "words": shown.minutes_left,
        },
        "advice": [{"level": one.level, "text": one.text, "call": one.call} for one in advice],
        "advice_mark": mark_of(advice),
    }

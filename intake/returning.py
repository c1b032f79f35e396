"""Coming back: the last answers shown part by part, "still right?" as one tap, and only what changed is typed.

Nothing of the last form stands in the new one until the client has said so. Asked anew are answers that are too old,
everything about the moment (how you are now, red flags, pain today) and what is signed. The new form is complete in
itself; `Response.based_on` and `Response.confirmed` keep what it stands on and what was only said to be still right.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from clinic import audit
from intake import marks, readback
from intake.access import Visit
from intake.engine.enablement import answered, enabled
from intake.engine.pages import Page, page_named
from intake.engine.progress import Progress, progress_of
from intake.engine.specs import Item
from intake.engine.validation import Unfit, check
from intake.identity import BODY_CHART, CONSENTS, OF_THE_MOMENT, SIGNATURE
from intake.inviting import validity
from intake.models import Response
from intake.questionnaires import spec_of
from intake.readback import Line
from intake.responses import answers_of, save, today_of


@dataclass(frozen=True, slots=True)
class Remembered:
    """One part of the form with the answers of last time."""

    base: Response
    page: Page
    lines: list[Line]
    anew: list[str]
    kept: dict[str, Any]
    given: datetime
    progress: Progress


def where_next(visit: Visit, *, now: datetime) -> tuple[str, ...]:
    """The next page of a returning client: its address name and part. Empty when the usual way goes on."""
    response = visit.response
    if response.based_on_id is None:
        return ()
    progress = _progress(response)
    page = progress.first_open(response.screens_done)
    if page is None:
        return ()
    return ("intake:again" if remembered(visit, page.slug, now=now) else "intake:screen", page.slug)


def remembered(visit: Visit, slug: str, *, now: datetime) -> Remembered | None:
    """What the client said last time in this part, as far as it may be said to be still right; None for nothing."""
    response = visit.response
    base = _base(response)
    progress = _progress(response)
    page = next((one for one in progress.screens if one.slug == slug), None)
    if base is None or base.submitted_at is None or page is None:
        return None
    here = answers_of(response)
    last = _fitting(base, page.group, now=now)
    spec = spec_of(response.version)
    merged = {**here, **{name: value for name, value in last.items() if not answered(here.get(name))}}
    on = enabled(spec, merged)
    kept = {name: value for name, value in last.items() if name in on}
    if not kept:
        return None
    told = spec.in_language(get_language() or "")
    body = readback.body_of(base) if _has_body_chart(page.group) else ()
    parts = readback.parts_of(told, {name: merged[name] for name in merged if name in on}, body=body)
    lines = next((part.lines for part in parts if part.link_id == slug), [])
    asked = {item.link_id for item in page.group.walk() if item.is_question and item.link_id in on}
    before = answers_of(base)
    anew = [
        told.index[name].text
        for name in asked
        if not answered(merged.get(name)) and (spec.index[name].required or answered(before.get(name)))
    ]
    return Remembered(base, page, lines, anew, kept, base.submitted_at, progress)


def confirm(*, visit: Visit, slug: str, now: datetime) -> bool:
    """Everything shown is still right. True when the part is done; False when some of it must be asked anew."""
    found = remembered(visit, slug, now=now)
    if found is None:
        return False
    with audit.transaction():
        response = _take_over(visit, found, now=now, done=not found.anew)
        response.confirmed = [*dict.fromkeys([*response.confirmed, *found.kept])]
        response.save(update_fields=["confirmed"])
        names = [found.page.slug]
        audit.record("response.confirm", by=visit.actor, client=response.client, subject=response, fields=names)
    return not found.anew


def open_to_change(*, visit: Visit, slug: str, now: datetime) -> None:
    """Something here has changed: the last answers stand in the part, to be corrected; nothing is confirmed."""
    found = remembered(visit, slug, now=now)
    if found is not None:
        with audit.transaction():
            _take_over(visit, found, now=now, done=False)


def _take_over(visit: Visit, found: Remembered, *, now: datetime, done: bool) -> Response:
    here = answers_of(visit.response)
    changes = {name: value for name, value in found.kept.items() if not answered(here.get(name))}
    screen = found.page.slug if done else ""
    response = save(response=visit.response, changes=changes, by=visit.actor, now=now, screen_done=screen)
    if _has_body_chart(found.page.group) and not response.marks.exists():
        marks.carry(before=found.base, to=response)
    return response


def _base(response: Response) -> Response | None:
    if response.based_on_id is None:
        return None
    if not Response.based_on.is_cached(response):
        rows = Response.objects.select_related("version__questionnaire").defer("version__document")
        response.based_on = rows.get(pk=response.based_on_id)
    return response.based_on


def _progress(response: Response) -> Progress:
    return progress_of(spec_of(response.version), answers_of(response), response.screens_done)


def _has_body_chart(group: Item) -> bool:
    return any(item.link_id == BODY_CHART for item in group.walk())


def _fitting(base: Response, group: Item, *, now: datetime) -> dict[str, Any]:
    """The last answers of this part that may count again: asked in this version, still valid, not of the moment."""
    old = validity.stale_questions(base, now=now)
    today, before = today_of(now), answers_of(base)
    fitting = {}
    for item in group.walk():
        value = before.get(item.link_id)
        if not item.is_question or not answered(value) or item.link_id in old or is_asked_anew(item.link_id):
            continue
        try:
            check(item, value, today=today)
        except Unfit:
            continue  # the question has changed since
        fitting[item.link_id] = value
    return fitting


def is_asked_anew(link_id: str) -> bool:
    """Never taken from last time: what is signed, and how somebody is at this moment."""
    return link_id == SIGNATURE or link_id in CONSENTS or link_id.startswith(OF_THE_MOMENT)


def told(visit: Visit, page: Page) -> Page:
    """The part in the language that is spoken now."""
    spec = spec_of(visit.response.version).in_language(get_language() or "")
    return page_named(spec, page.slug) or page

"""What stands beside a note: plan, last time, flags and limits, what the client answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conditions.regions import Region, by_group, regions
from conditions.techniques import PressureLevel, pressure_scale
from intake.marks import latest_of
from intake.responses import latest_completed
from intake.safety.flags import standing
from intake.safety.standing import Standing
from treatments.chart import area_words, flag_lines, limit_words, work_words
from treatments.forms.note import NoteForm
from treatments.history import brief
from treatments.models import Session
from treatments.sessions import last_signed


@dataclass(frozen=True, slots=True)
class AreaBox:
    """One area to tick, with what stands against it."""

    region: Region
    on: bool
    blocked: bool
    most: int | None
    ask: bool


def context_of(session: Session, now: datetime) -> dict[str, Any]:
    """The left column, the same on every page of a session."""
    found = standing(session.client, now=now)
    last = last_signed(session)
    plan = session.plan
    return {
        "session": session,
        "client": session.client,
        "plan": plan,
        "age": session.client.age_on(session.starts_at.date()),
        "standing": found,
        "limits": limit_words(found),
        "flags": flag_lines(found),
        "last": last,
        "last_work": work_words(last.work) if last else "",
        "last_areas": area_words(last.regions) if last else [],
        "reassess": bool(plan and session.number in plan.reassess_after),
        "body": latest_of(session.client),
        "brief": brief(latest_completed(session.client)),
    }


def shown(form: NoteForm, session: Session, found: Standing) -> dict[str, Any]:
    """The form with its technique rows and area boxes: the plan's own first, the rest behind a fold."""
    plan = session.plan
    first = list(plan.techniques) if plan else []
    rows = form.work_rows(first=first, blocked=set(found.blocked_techniques))
    near = [row for row in rows if row.on or row.code in first]
    ticked = set(_ticked(form))
    usual = dict.fromkeys([*(plan.regions if plan else []), *(code for code in regions() if code in ticked)])
    boxes = {code: _box(code, ticked, found) for code in regions()}
    return {
        "form": form,
        "rows": near or rows[:8],
        "more_rows": [row for row in rows if row not in (near or rows[:8])],
        "areas_near": [boxes[code] for code in usual if code in boxes],
        "areas_more": [
            (group.capitalize(), [boxes[region.code] for region in found_])
            for group, found_ in by_group(code for code in regions() if code not in usual).items()
        ],
        "levels": _levels(found),
    }


def _ticked(form: NoteForm) -> list[str]:
    if form.is_bound:
        data = form.data
        return list(data.getlist("regions") if hasattr(data, "getlist") else data.get("regions", []))
    return list(form.initial.get("regions") or [])


def _box(code: str, ticked: set[str], found: Standing) -> AreaBox:
    most = found.region_limits.get(code)
    if most is not None and found.pressure_max is not None and most >= found.pressure_max:
        most = None  # the limit for everywhere stands above the rows already
    ask = code in found.unagreed_regions or regions()[code].is_sensitive
    return AreaBox(regions()[code], code in ticked, code in found.blocked_regions, most, ask)


def _levels(found: Standing) -> list[tuple[PressureLevel, bool]]:
    """The pressure scale; the second says whether the level is above what the flags allow."""
    most = found.pressure_max
    return [(level, most is not None and level.level > most) for level in pressure_scale()]

"""What the owner decides about a questionnaire beside its words: who is asked, how long answers count, put away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from clinic import audit
from clinic.models import Service, User
from conditions.models import Condition
from intake.models import Questionnaire

LONGEST_DAYS = 3660


class Unknown(ValueError):
    """A number of days that cannot be, or a question the form does not have."""


def set_asking(
    *,
    questionnaire: Questionnaire,
    asked: str,
    conditions: Iterable[Condition],
    services: Iterable[Service],
    valid_days: int,
    question_days: Mapping[str, int],
    ask_again_from: date | None,
    by: User,
    now: datetime,
) -> set[str]:
    """Decide whom the form is for and how long its answers count; the names of what really changed."""
    if not all(1 <= days <= LONGEST_DAYS for days in (valid_days, *question_days.values())):
        raise Unknown("Answers count for a day at least and for ten years at most.")
    with audit.transaction():
        row = Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
        values: dict[str, Any] = {
            "asked": asked,
            "valid_days": valid_days,
            "question_days": dict(question_days),
            "ask_again_from": ask_again_from,
        }
        changed = {name for name, value in values.items() if getattr(row, name) != value}
        for name in changed:
            setattr(row, name, values[name])
        if changed:
            row.save(update_fields=changed)
        changed |= _set(row, "conditions", conditions) | _set(row, "services", services)
        if changed:
            audit.record("questionnaire.asking", by=by, subject=row, fields=changed)
    return changed


def _set(row: Questionnaire, name: str, wanted: Iterable[Any]) -> set[str]:
    related = getattr(row, name)
    now = {one.pk for one in wanted}
    if now == set(related.values_list("pk", flat=True)):
        return set()
    related.set(now)
    return {name}


def retire(*, questionnaire: Questionnaire, by: User, now: datetime) -> None:
    """Put a form away: nobody is asked it any more, its answers stay. Doing it twice changes nothing."""
    _retire(questionnaire, by=by, at=now)


def bring_back(*, questionnaire: Questionnaire, by: User, now: datetime) -> None:
    """Ask a form again that was put away."""
    _retire(questionnaire, by=by, at=None)


def _retire(questionnaire: Questionnaire, *, by: User, at: datetime | None) -> None:
    with audit.transaction():
        row = Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
        if (row.retired_at is None) == (at is None):
            return
        row.retired_at, row.retired_by = at, by if at else None
        row.save(update_fields=["retired_at", "retired_by"])
        audit.record("questionnaire.retire" if at else "questionnaire.bring_back", by=by, subject=row)

"""Small helpers of the catalogue's templates."""

import json
from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.translation import gettext

from conditions.forms import ConditionForm
from conditions.grades import Grade

register = template.Library()


@register.inclusion_tag("conditions/_grade.html")
def evidence_grade(grade: Grade, words: bool = True) -> dict[str, object]:
    """The four-step drawing of how good the evidence is, with its name beside it."""
    return {"grade": grade, "words": words}


@register.filter
def with_number(advice: str, number: str) -> str:
    """Puts the clinic's emergency number into an advice."""
    return advice.replace("{emergency_number}", str(number or gettext("the emergency number")))


@register.filter
def codes(rows: Iterable[dict[str, str]]) -> str:
    """'M54.2, M54.12' from rows of codes."""
    return ", ".join(row["code"] for row in rows)


@register.filter
def field_name(field: str) -> str:
    """A column of Condition by the label of its form field."""
    if field in ("plan", "plan_variants"):
        return {"plan": "Usual plan", "plan_variants": "Plan variants"}[field]
    known = ConditionForm.base_fields.get(field)
    return str((known and known.label) or field.replace("_", " ")).capitalize()


@register.filter
def sides(change: dict[str, Any]) -> tuple[str, str]:
    """A change as (was, now); of longer lists only the lines that differ."""
    was, now = readable(change["was"]), readable(change["now"])
    old, new = was.split("\n"), now.split("\n")
    if min(len(old), len(new)) < 2 or sorted(old) == sorted(new):
        return was, now
    gone, come = [line for line in old if line not in new], [line for line in new if line not in old]
    return "\n".join(gone) or "(nothing taken away)", "\n".join(come) or "(nothing added)"


@register.filter
def readable(value: object) -> str:
    """Any stored value as plain text: lists line by line, codes with their titles."""
    if value in ("", None, [], {}):
        return "(empty)"
    if isinstance(value, dict) and set(value) == {"code", "display"}:
        return f"{value['code']} {value['display']}"
    if isinstance(value, dict):
        return "\n".join(f"{str(name).replace('_', ' ')}: {_inline(each)}" for name, each in value.items())
    if isinstance(value, list):
        return "\n".join(readable(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _inline(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else str(value)

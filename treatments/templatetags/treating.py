"""Template tags of the treatment room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext

from clinic import dates
from treatments.answers import Said
from treatments.chart import area_words
from treatments.limits import technique_name
from treatments.models import CheckIn

register = template.Library()

MESSAGE_WORDS = {
    "intake.link": "Health history link",
    "intake.invitation": "Health history link",
    "aftercare.same_day": "Aftercare, same day",
    "aftercare.h24": "How is it after a day?",
    "aftercare.h72": "How is it after three days?",
    "aftercare.h48": "Aftercare, two days on",
    "aftercare.pre_next": "Reminder of the session",
    "aftercare.d7": "How is it after a week?",
    "aftercare.d14": "How is it after two weeks?",
    "aftercare.tip": "A tip, two days on",
    "aftercare.rebook": "Sessions left in the plan",
    "aftercare.words": "The therapist’s own words",
    "aftercare.check_in": "How is it now?",
    "aftercare.advice": "Advice after the session",
    "aftercare.home": "Home programme",
    "aftercare.book": "Invitation to book",
    "aftercare.reminder": "Reminder of the session",
}


@register.filter
def message_words(kind: str) -> str:
    """What a message is, for people: “aftercare.check_in” → “Aftercare: check in”."""
    if kind in MESSAGE_WORDS:
        return MESSAGE_WORDS[kind]
    room, _, what = kind.partition(".")
    return f"{room.capitalize()}: {what.replace('_', ' ').replace('.', ', ')}" if what else room.capitalize()


@register.filter
def work_rows(work: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A note's work for a table: names for codes."""
    return [
        {
            "name": technique_name(str(row["technique"])),
            "pressure": row.get("pressure"),
            "minutes": row.get("minutes"),
            "areas": ", ".join(area_words(row.get("regions") or [])),
        }
        for row in work
    ]


@register.filter
def grouped(widget: Any, field: BoundField) -> list[tuple[str, list[dict[str, Any]], int]]:
    """The options of a field with grouped choices, group by group, each with whether it is ticked."""
    return [
        (str(name), options, number)
        for name, options, number in widget.optgroups(field.html_name, [str(one) for one in field.value() or []])
    ]


@register.filter
def told(said: Said) -> str:
    """What a client answered, to themselves: in the language of the page."""
    parts = [str(CheckIn.Feeling(said.feeling).label)] if said.feeling else []
    if said.score is not None:
        parts.append(gettext("%(score)s of 10") % {"score": said.score})
    if said.reaction is not None:
        parts.append(gettext("a reaction") if said.reaction else gettext("no reaction"))
    return ", ".join(parts)


@register.filter
def visit_day(moment: datetime) -> str:
    """“Thursday, 3 December”, in the language and on the clock of the page."""
    return dates.in_words(timezone.localtime(moment), "weekday")

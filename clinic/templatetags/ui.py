"""Small pieces of the interface that need more than an include: icons, badges, the line chart.

A badge always carries a word and a shape; its colour only helps those who can tell it apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField
from lucide.templatetags.lucide import lucide as draw_icon

from clinic import linechart

register = template.Library()

SESSION_STATES = {
    "booked": ("Booked", "quiet", "ring"),
    "arrived": ("Arrived", "info", "dot"),
    "in_session": ("In session", "accent", "half"),
    "done": ("Done", "caution", "square"),
    "signed": ("Signed", "success", "check"),
    "cancelled": ("Cancelled", "struck", "cross"),
    "no_show": ("No show", "urgent", "cross"),
}
READINESS = {
    "not_sent": ("Intake not sent", "caution", "ring"),
    "sent": ("Intake sent", "quiet", "ring"),
    "in_progress": ("Intake {percent} %", "info", "half"),
    "done": ("Intake done", "success", "check"),
    "done_due": ("Intake done, agreements due", "caution", "half"),
    "done_flags": ("Intake done, with flags", "urgent", "triangle"),
    "expired": ("Intake expired", "danger", "cross"),
}
CLASSES = {
    "emergency": ("Emergency", "emergency", "diamond"),
    "urgent": ("Urgent", "urgent", "triangle"),
    "caution": ("Caution", "caution", "square"),
    "info": ("Note", "info", "dot"),
    "success": ("All clear", "success", "check"),
}
# In this order: most browsers also name the ones they descend from.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "a Mac"),
    ("Linux", "Linux"),
)
ALERT_ICONS = {
    "emergency": "siren",
    "danger": "circle-alert",
    "error": "circle-alert",
    "urgent": "triangle-alert",
    "caution": "triangle-alert",
    "warning": "triangle-alert",
    "success": "circle-check",
    "info": "info",
}


def _code(value: object) -> str:
    return str(value).strip().lower().replace(" ", "_").replace("-", "_")


@register.simple_tag
@lru_cache(maxsize=256)  # drawing one copies an XML tree; a page shows twenty of the same few
def icon(name: str, size: int = 18) -> str:
    """A lucide icon, hidden from screen readers: words always stand beside it."""
    return draw_icon(name, size=size, aria_hidden="true", focusable="false", stroke_width="1.75", **{"class": "icon"})


@register.simple_tag
def alert_icon(tone: str, size: int = 20) -> str:
    return icon(ALERT_ICONS.get(_code(tone), "info"), size)


@register.inclusion_tag("components/badge.html")
def badge(words: object, tone: str = "quiet", shape: str = "dot") -> dict[str, object]:
    """Any other small label. Shapes: ring, dot, half, square, triangle, diamond, check, cross, none."""
    return {"words": words, "tone": tone, "shape": shape}


@register.inclusion_tag("components/badge.html")
def session_state(state: object) -> dict[str, object]:
    words, tone, shape = SESSION_STATES.get(_code(state), (str(state), "quiet", "dot"))
    return {"words": words, "tone": tone, "shape": shape}


@register.inclusion_tag("components/badge.html")
def readiness(state: object, percent: int | None = None) -> dict[str, object]:
    """The intake light: not_sent, sent, in_progress (with percent), done, done_due, done_flags, expired."""
    words, tone, shape = READINESS.get(_code(state), (str(state), "quiet", "dot"))
    return {"words": words.format(percent=percent or 0), "tone": tone, "shape": shape}


@register.inclusion_tag("components/badge.html")
def flag_class(name: object) -> dict[str, object]:
    words, tone, shape = CLASSES.get(_code(name), (str(name).capitalize(), "quiet", "dot"))
    return {"words": words, "tone": tone, "shape": shape}


@register.filter
def tone_of(name: object) -> str:
    """The tone of a flag's class, for `class="flag tone-{{ flag.severity|tone_of }}"`."""
    return CLASSES.get(_code(name), ("", "quiet", ""))[1]


@register.filter
def message_tone(tags: str) -> str:
    """Django's message level as one of our alerts."""
    for level, tone in (("error", "danger"), ("warning", "caution"), ("success", "success")):
        if level in tags.split():
            return tone
    return "info"


@register.filter
def initials(name: object) -> str:
    """Two letters for an avatar: first and last word of the name, in whatever alphabet, without "Dr."."""
    words = [word for word in str(name).split() if word[:1].isalnum() and not word.endswith(".")]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.filter
def device(user_agent: object) -> str:
    """A browser's long self-description in the words its owner would use."""
    text = str(user_agent)
    browser = next((words for mark, words in BROWSERS if mark in text), "A browser")
    system = next((words for mark, words in SYSTEMS if mark in text), "")
    return f"{browser} on {system}" if system else browser


@register.inclusion_tag("components/line_chart.html")
def line_chart(
    points: Iterable[Any],
    *,
    title: str,
    low: float = 0,
    high: float = 10,
    goal: float | None = None,
    unit: str = "",
    table: bool = True,
) -> dict[str, object]:
    """Values over time as SVG with the same numbers in a table; points as (when, value, series) or linechart.Point."""
    ready = linechart.points_from(points)
    return {
        "title": title,
        "unit": unit,
        "points": list(reversed(ready)),
        "show_table": table,
        "several": len({point.series for point in ready}) > 1,
        "goal": goal,
        "wide": linechart.draw(ready, width=720, height=240, low=low, high=high, goal=goal),
        "narrow": linechart.draw(ready, width=340, height=210, low=low, high=high, goal=goal),
    }


@register.inclusion_tag("components/scale.html")
def scale_field(field: BoundField, low: str = "", high: str = "") -> dict[str, object]:
    """A choice field of 0 to 10 as a row of radio buttons, with words at both ends."""
    return {"field": field, "low": low, "high": high}

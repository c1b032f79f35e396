"""The switch between the languages, and the addresses of a public page in each of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Context
from django.utils import timezone, translation

from clinic import dates, languages, links

register = template.Library()


@dataclass(frozen=True)
class Spoken:
    """One language of this page."""

    code: str
    name: str
    url: str
    absolute: str
    current: bool


def _spoken(context: Context) -> list[Spoken]:
    request = context.get("request")
    path, here = (request.get_full_path() if request else "/"), translation.get_language()
    found = []
    for code, _ in settings.LANGUAGES:
        url = languages.within(path, code)
        name = translation.get_language_info(code)["name_local"].capitalize()
        found.append(Spoken(code, name, url, links.absolute(url), code == here))
    return found


@register.inclusion_tag("components/language_switch.html", takes_context=True)
def language_switch(
    context: Context, *, form: str = "", enter: str = "next", here: bool = False, shared: bool = False
) -> dict[str, Any]:
    """English / Español, each in its own words.

    `shared`: a public page, the other language is a link that may be passed on. `form`: the id of the page's own form;
    the switch is one of its buttons, so that what was typed goes along, and the view asks `languages.switching`; Enter
    still presses the button "action" with the value `enter`. Otherwise it posts on its own: with `here` to the page
    itself, whose view then only shows it again.
    """
    request = context.get("request")
    if request is None or not _for_clients(request):
        return {"languages": []}
    return {
        "languages": _spoken(context),
        "form": form or "language",
        "own_form": not form and not shared,
        "enter": enter if form else "",
        "here": here,
        "shared": shared,
        "back": languages.without(request.get_full_path()),
        "name": languages.SWITCH,
        "csrf_token": context.get("csrf_token"),
    }


def _for_clients(request: HttpRequest) -> bool:
    return bool(request.resolver_match and languages.is_for_clients(request.resolver_match.func))


@register.filter
def translated(words: Any) -> Any:
    """A text, or a list of texts, of the clinic's data in the language of the page; words of the clinic's own as is."""
    if isinstance(words, list | tuple):
        return list(dict.fromkeys(translation.gettext(str(one)) for one in words))
    return translation.gettext(str(words)) if words else ""


@register.filter
def day(moment: Any) -> str:
    """A day as the language of the page writes it: 3 March 2026, 3 de marzo de 2026."""
    return dates.in_words(timezone.localtime(moment) if isinstance(moment, datetime) else moment) if moment else ""


@register.inclusion_tag("components/language_alternates.html", takes_context=True)
def language_alternates(context: Context) -> dict[str, Any]:
    """For search engines: where this page is in each language."""
    return {"languages": _spoken(context)}

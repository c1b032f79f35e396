"""Which language a page speaks. Staff pages speak English; pages for clients what their reader chose.

A page for clients is a view marked with `for_clients`. Its language is, in this order: the choice made in the pass or
link of this browser (session), the client's own (`speak`), the choice made on a public page (cookie), the browser's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

STAFF = "en"
#: The name of the switch's buttons (no question is called like this), and of the language in a shared address.
SWITCH = "switch_language"
PARAMETER = "lang"
_CHOICE = "language"
KEPT_FOR = 365 * 24 * 3600  # seconds a choice on a public page is remembered


def for_clients(view: View) -> View:
    """Marks a view whose page is read by clients. Decorators with `wraps` pass the mark on."""
    view.for_clients = True  # type: ignore[attr-defined]
    return view


def is_for_clients(view: Callable[..., object]) -> bool:
    """Whether `for_clients` stands on the view."""
    return bool(getattr(view, "for_clients", False))


def known(code: object) -> str:
    """The code when the clinic speaks it, else empty."""
    return code if isinstance(code, str) and code in dict(settings.LANGUAGES) else ""


def leave_unread(request: HttpRequest) -> None:
    """Never look for the switch in this request: its fields cannot be read."""
    request.fields_unread = True  # type: ignore[attr-defined]


def asked(request: HttpRequest) -> str:
    """The language this very request asks for: a pressed switch, or the address of a page that was shared."""
    if getattr(request, "fields_unread", False):
        return ""
    return known(request.POST.get(SWITCH) if request.method == "POST" else request.GET.get(PARAMETER))


def switching(request: HttpRequest) -> bool:
    """The switch of a page with fields was pressed: show what was typed in the other language, send nothing."""
    return request.method == "POST" and bool(asked(request))


def kept(request: HttpRequest) -> str:
    """What was chosen behind the link or pass of this browser; empty when nothing was."""
    return known(request.session.get(_CHOICE))


def chosen(request: HttpRequest) -> str:
    """What somebody chose in this browser; empty when nobody did."""
    return asked(request) or kept(request) or known(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME))


def of_visitor(request: HttpRequest) -> str:
    """The language of a reader of whom nothing is known but the browser."""
    return chosen(request) or translation.get_language_from_request(request)


def choose(request: HttpRequest, response: HttpResponse, code: str) -> None:
    """Remember a choice: with the pass where there is one (another person may use this browser next), else a cookie."""
    if not request.session.is_empty():
        request.session[_CHOICE] = code
        return
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=KEPT_FOR,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )


def speak(request: HttpRequest, language: str) -> str:
    """Speak the client's own language from here on, unless another was chosen here; returns the one spoken."""
    code = asked(request) or kept(request) or known(language) or of_visitor(request)
    translation.activate(code)
    return code


def chosen_here(request: HttpRequest) -> str:
    """What was chosen on a page behind the link or pass: the client's own language from then on."""
    return asked(request) or kept(request)


def without(path: str) -> str:
    """The address without a language in it."""
    parts = urlsplit(path)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != PARAMETER]
    return urlunsplit(parts._replace(query=urlencode(query)))


def shared(address: str) -> str:
    """An address for a message: the page it opens speaks the language of the message, before it knows whose it is."""
    code = translation.get_language() or STAFF
    return address if code == STAFF else within(address, code)


def within(path: str, code: str) -> str:
    """The address with a language in it: what a shared link to a public page looks like."""
    bare = without(path)
    return f"{bare}{'&' if '?' in bare else '?'}{urlencode({PARAMETER: code})}"

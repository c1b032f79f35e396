"""The owner at work on the draft of the series: its lines, and one line with its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access import me
from clinic.permissions import Permission, requires
from treatments import authoring, cautions, differences, discretion, drafting, editions, placeholders
from treatments.differences import PARTS, Edition
from treatments.drafting import Document
from treatments.errors import Refused, StaleRecord
from treatments.forms.series import AddForm, LineForm
from treatments.forms.series_words import WordsForm
from treatments.models import Series
from treatments.series import What
from treatments.views.series import rows_of

Edit = Callable[[Document], Document]
_MOVES: dict[str, Callable[[str], Edit]] = {
    "up": lambda key: lambda document: drafting.moved(document, key, up=True),
    "down": lambda key: lambda document: drafting.moved(document, key, up=False),
    "on": lambda key: lambda document: drafting.switched(document, key, on=True),
    "off": lambda key: lambda document: drafting.switched(document, key, on=False),
    "remove": lambda key: lambda document: drafting.without(document, key),
}


@requires(Permission.CATALOGUE_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def series_draft(request: HttpRequest) -> HttpResponse:
    """The lines of the draft, what must be mended, what to look at. A post does what the pressed button says."""
    draft = editions.draft()
    if draft is None:
        return redirect("treatments:series_list")
    if request.method == "POST":
        return _posted(request, draft)
    return render(request, "treatments/series_draft.html", _context(draft, AddForm()))


def _posted(request: HttpRequest, draft: Series) -> HttpResponse:
    verb, _, key = request.POST.get("do", "").partition(":")
    if verb == "add":
        return _add(request, draft)
    if verb not in _MOVES:
        return render(request, "treatments/series_draft.html", _context(draft, AddForm()), status=422)
    try:
        authoring.change(
            edit=_MOVES[verb](key), seen=request.POST.get("seen", ""), by=me(request), now=timezone.now()
        )  # fmt: skip
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("treatments:series_draft")


def _add(request: HttpRequest, draft: Series) -> HttpResponse:
    form = AddForm(request.POST)
    if not form.is_valid():
        return render(request, "treatments/series_draft.html", _context(draft, form), status=422)
    given, names = form.cleaned_data, authoring.names()
    more = {"title": given["title"], "taken": authoring.taken_keys(), "tip": next(iter(names.conditions), "")}
    _, key = drafting.added(draft.document, given["kind"], **more)
    try:
        authoring.change(
            edit=lambda document: drafting.added(document, given["kind"], **more)[0], seen=given["seen"],
            by=me(request), now=timezone.now(),
        )  # fmt: skip
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("treatments:series_draft")
    return redirect("treatments:series_line", key)


def _context(draft: Series, form: AddForm) -> dict[str, Any]:
    problems = [(each, line_of(each.where, draft.document)) for each in authoring.problems(draft)]
    bad = {key for _, key in problems}
    return {
        "draft": draft,
        "seen": authoring.stamp(draft),
        "rows": [row | {"problem": row["key"] in bad} for row in rows_of(draft, authoring.names())],
        "problems": problems,
        "cautions": [] if problems else authoring.to_look_at(draft),
        "untranslated": cautions.untranslated(draft.document),
        "form": form,
    }


def line_of(where: str, document: Mapping[str, Any]) -> str:
    """The line a problem belongs to: "lines.h24.when", or "wordings.h24:sms.es.text" by who uses it."""
    kind, _, rest = where.partition(".")
    name = rest.partition(".")[0]
    if kind == "lines":
        return name
    return next((str(row["key"]) for row in document["lines"] if name in [row.get(part) for part in PARTS]), "")


def line_form(data: Any, draft: Series, row: Mapping[str, Any]) -> LineForm:
    """One line with its words, as a form."""
    limits = discretion.limits()
    parts = [
        WordsForm(
            data, part=part, row=row, own=authoring.own_words(draft.document, row, part),
            shipped=authoring.shipped(row, part), limits=limits, own_name=drafting.own_name(str(row["key"]), part),
        )
        for part in PARTS
        if not row.get("part_of")
    ]  # fmt: skip
    return LineForm(data, row=row, parts=parts, names=authoring.names(), initial={"seen": authoring.stamp(draft)})


@requires(Permission.CATALOGUE_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def series_line(request: HttpRequest, key: str) -> HttpResponse:
    """One line: when, for whom, and its words in English and Spanish side by side."""
    draft = editions.draft()
    if request.method == "POST":
        # Somebody published or discarded it meanwhile: what was typed goes on in a new draft.
        return _save(request, draft or editions.begin(by=me(request), now=timezone.now()), key)
    row = drafting.find(draft.document, key) if draft else None
    if draft is None or row is None:
        messages.info(request, "This line is not in the draft any more." if draft else "There is no draft any more.")
        return redirect("treatments:series_draft")
    return render(request, "treatments/series_line.html", _of_line(draft, line_form(None, draft, row)))


def _save(request: HttpRequest, draft: Series, key: str) -> HttpResponse:
    row = drafting.find(draft.document, key) or _lost(request, key)
    form = line_form(request.POST, draft, row)
    if not form.is_valid():
        status = 422
        return render(request, "treatments/series_line.html", _of_line(draft, form), status=status)
    new, words = form.written()
    try:
        authoring.change(
            edit=lambda document: drafting.put(document, new, words), seen=form.cleaned_data["seen"], by=me(request),
            now=timezone.now(),
        )  # fmt: skip
    except StaleRecord:
        return _clash(request, draft, form, drafting.put(draft.document, new, words))
    messages.success(request, f"“{new['title']}” is kept in the draft. Clients get it once you publish.")
    return redirect("treatments:series_line", key) if "stay" in request.POST else redirect("treatments:series_draft")


def _lost(request: HttpRequest, key: str) -> dict[str, Any]:
    """The line was taken out while it was being edited: what was typed is a line of its sort again."""
    what = request.POST.get("what", "")
    if what not in list(What) or what == What.WORDS:
        raise Http404
    begins = {} if "tip" in request.POST else drafting.begins(What(what))
    inside = {"part_of": "same_day"} if "tip" in request.POST else {}
    return {"key": key, "what": what, **begins, **inside}


def _clash(request: HttpRequest, draft: Series, form: LineForm, mine: Mapping[str, Any]) -> HttpResponse:
    """Somebody else saved first: theirs stands, what was typed is still here, and what saving it now would change."""
    theirs = authoring.edition(draft)
    yours = authoring.edition(Series(number=draft.number, document=mine))
    found = differences.between(theirs, Edition(mine, yours.says), authoring.names())
    data = request.POST.copy()
    data["seen"] = authoring.stamp(draft)
    again = line_form(data, draft, form.row)
    again.is_valid()
    context = _of_line(draft, again) | {"clash": found, "is_clash": True}
    return render(request, "treatments/series_line.html", context, status=409)


def _of_line(draft: Series, form: LineForm) -> dict[str, Any]:
    return {
        "draft": draft,
        "form": form,
        "key": form.row["key"],
        "heading": form.row.get("title") or "A new line",
        "what": What(form.row["what"]).words,
        "meanings": [(name, words, name in placeholders.IN_TEXTS) for name, words in placeholders.MEANINGS.items()],
        "sources": ", ".join(form.row.get("sources", ())),
        "part_errors": list(form.errors_of_parts()) if form.is_bound else [],
    }

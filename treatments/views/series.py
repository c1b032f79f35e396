"""The owner's aftercare series: its versions, what each said, how two differ; where a draft begins."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from clinic.access import me
from clinic.permissions import Permission, requires
from treatments import authoring, daily, editions, line_words, wording
from treatments.differences import LANGUAGE_NAMES, PARTS
from treatments.line_words import Names
from treatments.models import Series
from treatments.series import What

#: More versions than any clinic makes, and no more than a column holds.
HIGHEST = 10**9


def rows_of(version: Series, names: Names) -> list[dict[str, Any]]:
    """The lines of a version in words, for a list."""
    titles = authoring.edition(version).titles
    return [
        {
            "key": row["key"],
            "title": row.get("title") or row["key"],
            "what": line_words.what(row),
            "when": line_words.when(row, titles),
            "channels": line_words.channels(row),
            "topic": daily.topic_of(row["key"], What(row["what"])).replace("_", "-"),
            "for_whom": line_words.for_whom(row, names),
            "avoided": line_words.avoided(row, names),
            "tip": names.conditions.get(row.get("tip", ""), ""),
            "sources": ", ".join(row.get("sources", ())),
            "off": row.get("off", False),
            "inside": bool(row.get("part_of")),
            "row": row,
        }
        for row in version.document["lines"]
    ]


def words_of(version: Series, row: dict[str, Any]) -> list[dict[str, Any]]:
    """What a line says on each channel, in both languages, and whose words they are."""
    edition = authoring.edition(version)
    return [
        {
            "name": name,
            "own": row[part] in version.document.get("wordings", {}),
            "id": row[part],
            "languages": [(code, words, *edition.says(row[part], code)) for code, words in LANGUAGE_NAMES.items()],
        }
        for part, name in PARTS.items()
        if row.get(part)
    ]


def version_or_404(number: int) -> Series:
    """A version or draft by its number."""
    found = editions.numbered(number) if number <= HIGHEST else None
    if found is None:
        raise Http404
    return found


def published() -> list[Series]:
    """Every version clients got messages from, the newest first; the built-in one is there before anybody used it."""
    rows = list(Series.objects.filter(published_at__isnull=False).select_related("published_by").order_by("-number"))
    built_in = editions.numbered(editions.BUILT_IN)
    return rows if built_in is None or any(row.number == built_in.number for row in rows) else [*rows, built_in]


@requires(Permission.CATALOGUE_EDIT)
@require_GET
def series_list(request: HttpRequest) -> HttpResponse:
    """The version in force, the draft if there is one, and every version before."""
    versions = published()
    context = {
        "versions": versions,
        "current": versions[0],
        "draft": editions.draft(),
        "rows": rows_of(versions[0], authoring.names()),
        "review_note": wording.review_note(),
    }
    return render(request, "treatments/series_list.html", context)


@requires(Permission.CATALOGUE_EDIT)
@require_GET
def series_version(request: HttpRequest, number: int) -> HttpResponse:
    """A version to be read, and what is different from another one."""
    version = version_or_404(number)
    if version.is_draft:
        return redirect("treatments:series_draft")
    others = [each for each in published() if each.number != number]
    asked = request.GET.get("beside", "")
    beside = next((each for each in others if str(each.number) == asked), None)
    older = next((each for each in others if each.number < number), None)
    context = {
        "version": version,
        "is_current": version.number == editions.current().number,
        "lines": [row | {"words": words_of(version, row["row"])} for row in rows_of(version, authoring.names())],
        "others": others,
        "beside": beside or older,
        "changes": _changes(version, beside or older),
    }
    return render(request, "treatments/series_version.html", context)


def _changes(version: Series, beside: Series | None) -> list[Any]:
    if beside is None:
        return []
    old, new = sorted((version, beside), key=lambda each: each.number)
    return authoring.changes(old, new)


@requires(Permission.CATALOGUE_EDIT)
@require_POST
def series_start(request: HttpRequest) -> HttpResponse:
    """Begin a draft of the version in force or of an older one, or go on with the one there is."""
    asked = request.POST.get("from", "")
    source = editions.numbered(int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 9 else None
    if source is not None and source.is_draft:
        source = None
    editions.begin(by=me(request), now=timezone.now(), from_=source)
    return redirect("treatments:series_draft")

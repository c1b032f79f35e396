"""The owner at work on the series: what a version says and how two differ, what to look at, one step on the draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from clinic.models import User
from conditions.models import Condition
from conditions.reading import WHAT as AVOID
from conditions.regions import regions
from conditions.techniques import techniques
from treatments import cautions, differences, drafting, editions, series, wording
from treatments.cautions import Caution
from treatments.differences import Change, Edition
from treatments.drafting import Document
from treatments.errors import Refused, StaleRecord
from treatments.line_words import Names
from treatments.models import Series
from treatments.series import LANGUAGES, Problem, What


class NoDraft(Refused):
    words = "There is no draft: it was published or thrown away."


class NothingChanged(Refused):
    words = "Nothing is different from the version in force."


def names() -> Names:
    """What the codes of a document are called today."""
    return Names(
        conditions=dict(Condition.objects.values_list("slug", "name")),
        techniques={code: each.name for code, each in techniques().items()},
        areas={code: each.name for code, each in regions().items()},
        avoid=dict(AVOID),
    )


def edition(row: Series) -> Edition:
    """A version with the words it sends in either language."""

    def says(name: str, language: str) -> tuple[str, str]:
        with translation.override(language):
            try:
                said = editions.wording_of(row, name)
            except KeyError:
                return "", ""
        return said.subject, said.text

    return Edition(row.document, says)


def changes(old: Series, new: Series) -> list[Change]:
    """What differs, in words."""
    return differences.between(edition(old), edition(new), names())


def problems(row: Series) -> list[Problem]:
    """What must be mended before a draft is published."""
    return series.problems(row.document, editions.known())


def to_look_at(row: Series) -> list[Caution]:
    """What may stay as it is, once somebody has seen it. Empty while there are problems."""
    return cautions.of(edition(row))


def stamp(row: Series) -> str:
    """The draft as a page shows it: which one, and how often it was saved."""
    return f"{row.public_id.hex[:12]}.{row.revision}"


def change(
    *, edit: Callable[[Document], Mapping[str, Any]], seen: str, by: User, now: datetime
) -> Series:  # fmt: skip
    """One step on the draft a page showed. NoDraft when it is gone, StaleRecord when it went on without this page."""
    row = editions.draft()
    if row is None:
        raise NoDraft
    if seen != stamp(row):
        raise StaleRecord
    return editions.save(row=row, document=edit(row.document), revision=row.revision, by=by, now=now)


def publish(*, seen: str, note: str, by: User, now: datetime) -> Series:
    """Put the draft a page showed in force. NothingChanged beside what `editions.publish` raises."""
    row = editions.draft()
    if row is None:
        raise NoDraft
    if seen != stamp(row):
        raise StaleRecord
    if row.document == editions.current().document:
        raise NothingChanged
    return editions.publish(row=row, revision=row.revision, by=by, now=now, change_note=note)


def taken_keys() -> set[str]:
    """Keys any version has or had: a new line never takes over the check-ins of one that meant something else."""
    found = {str(row.get("key")) for each in Series.objects.only("document") for row in each.document["lines"]}
    return found | {str(row["key"]) for row in editions.current().document["lines"]}


def shipped(row: Mapping[str, Any], part: str) -> dict[str, Any] | None:
    """The shipped words of a line on a channel: {"name", "edition", "en": (subject, text), "es": …}; or nothing."""
    built_in = next((each for each in wording.built_in()["lines"] if each["key"] == row["key"]), None)
    start = built_in if built_in is not None else drafting.begins(What(row["what"]))
    name = row.get(part) if row.get(part) in wording.wordings() else start.get(part)
    if not name:
        return None
    words = wording.wordings()[name]
    found: dict[str, Any] = {"name": name, "edition": words.edition}
    for language in LANGUAGES:
        with translation.override(language):
            found[language] = (gettext(words.subject) if words.subject else "", gettext(words.text))
    return found


def own_words(document: Mapping[str, Any], row: Mapping[str, Any], part: str) -> Mapping[str, Any] | None:
    """What the clinic wrote itself for a line on a channel, also while it is not sent."""
    wordings: Mapping[str, Any] = document.get("wordings", {})
    return wordings.get(row.get(part) or drafting.own_name(str(row["key"]), part))

"""Verbs on the aftercare series: the one in force, a draft, publishing it. A published one is never changed.

For the owner's pages: `current()`, `draft()`, `save()`, `publish()`, `discard()`, `known()`; words by `wording_of()`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils.translation import get_language, gettext

from clinic import audit
from clinic.compiled import Compiled
from clinic.models import User
from conditions.models import Condition
from conditions.reading import WHAT as AVOID
from conditions.regions import regions
from conditions.techniques import techniques
from treatments import discretion, series, wording
from treatments.errors import Refused, StaleRecord
from treatments.models import Series, Timeline
from treatments.series import Known, Line, Problem
from treatments.wording import PLACEHOLDERS, Wording

BUILT_IN = 1


class Published(Refused):
    words = "This version is published and never changes. Begin a new draft."


class Unfit(Refused):
    """The draft cannot be published; `problems` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("Mend these first: " + " ".join(each.words for each in problems))
        self.problems = problems


def current() -> Series:
    """The series in force. Until the owner publishes one it is the built-in, which is kept once a session names it."""
    return Series.objects.filter(published_at__isnull=False).order_by("-number").first() or _built_in()


def _built_in() -> Series:
    document = {"lines": wording.built_in()["lines"], "wordings": {}}
    return Series(number=BUILT_IN, document=document, change_note="Built in")


def keep(row: Series, now: datetime) -> Series:
    """The row itself, kept when it was not yet; of two at once one is."""
    if row.pk is None:
        row.created_at = row.published_at = now
        Series.objects.bulk_create([row], ignore_conflicts=True)
        return Series.objects.get(number=row.number)
    return row


def numbered(number: int) -> Series | None:
    """A version by its number."""
    return _NUMBERED.first(number) or (_built_in() if number == BUILT_IN else None)


_NUMBERED = Compiled(
    lambda number: Series.objects.filter(number=number), stand_in=0, field=lambda: Series._meta.get_field("number")
)


def lines_of(row: Series) -> tuple[Line, ...]:
    """The lines of a published version, or of a draft without problems."""
    return series.read(row.document)


def draft() -> Series | None:
    """The version that is being worked on."""
    return Series.objects.filter(published_at=None).order_by("number").first()


def begin(*, by: User, now: datetime, from_: Series | None = None) -> Series:
    """A draft to work on: the one that is there, or a copy of a published version (the one in force)."""
    with audit.transaction():
        if (row := draft()) is not None:
            return row
        source = keep(from_ or current(), now)
        number = (Series.objects.aggregate(last=Max("number"))["last"] or 0) + 1
        row = Series.objects.create(number=number, document=source.document, created_at=now, created_by=by)
        audit.record("series.begin", by=by, subject=row)
    return row


def save(*, row: Series, document: Mapping[str, Any], revision: int, by: User, now: datetime) -> Series:
    """Keep a draft as it is, with its problems. Raises Published, or StaleRecord for an older revision."""
    with audit.transaction():
        kept = _held(row, revision)
        if kept.document != document:
            kept.document, kept.revision = dict(document), kept.revision + 1
            kept.saved_at, kept.saved_by = now, by
            kept.save(update_fields=["document", "revision", "saved_at", "saved_by"])
            audit.record("series.save", by=by, subject=kept, fields=["document"])
    return kept


def publish(*, row: Series, revision: int, by: User, now: datetime, change_note: str = "") -> Series:
    """Put a draft in force, for sessions that are closed from now on. Raises Unfit, Published or StaleRecord."""
    with audit.transaction():
        kept = _held(row, revision)
        if found := series.problems(kept.document, known()):
            raise Unfit(found)
        kept.published_at, kept.published_by, kept.change_note = now, by, change_note.strip()[:300]
        kept.save(update_fields=["published_at", "published_by", "change_note"])
        audit.record("series.publish", by=by, subject=kept)
    return kept


def discard(*, row: Series, by: User) -> None:
    """Throw a draft away."""
    with audit.transaction():
        if not row.is_draft:
            raise Published
        if Series.objects.filter(pk=row.pk, published_at=None).delete()[0]:
            audit.record("series.discard", by=by, subject=row)


def _held(row: Series, revision: int) -> Series:
    kept = Series.objects.select_for_update().get(pk=row.pk)
    if not kept.is_draft:
        raise Published
    if kept.revision != revision:
        raise StaleRecord
    return kept


def known() -> Known:
    """What a document may name today."""
    return Known(
        wordings=frozenset(wording.wordings()),
        placeholders=PLACEHOLDERS,
        conditions=frozenset(Condition.objects.values_list("slug", flat=True)),
        techniques=frozenset(techniques()),
        areas=frozenset(regions()),
        avoid=frozenset(AVOID),
        limits=discretion.limits(),
    )


def wording_of(row: Series, name: str) -> Wording:
    """Words by their id, in the language of the page: the clinic's own of this version, else the shipped ones.

    KeyError for an id that is neither.
    """
    own = row.document.get("wordings", {}).get(name)
    if own is None:
        shipped = (wording.by_reply() if settings.SMS_REPLIES else {}).get(name) or wording.wordings()[name]
        return Wording(
            name, gettext(shipped.text), gettext(shipped.subject) if shipped.subject else "", shipped.edition
        )
    said = {**own["en"], **{part: words for part, words in own.get(get_language() or "en", {}).items() if words}}
    return Wording(name, said["text"], said.get("subject", ""), f"s{row.number}")


def series_of(timeline: Timeline | None) -> Series:
    """The version a session's messages came from."""
    return timeline.series if timeline is not None else current()

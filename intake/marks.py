"""What a client marks on the body: region, symptom, strength."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext

from clinic import audit
from clinic.models import Client
from conditions.bodychart import STRENGTH_NEEDED, mark_words, symptom_words, your, your_region
from conditions.regions import mark_fields, regions
from intake.models import BodyMark, Response

MOST = 60


class UnfitMark(ValueError):
    """A mark that cannot be kept; the message is for the client."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark to read: codes for the drawing, words for people."""

    id: int
    region: str
    symptom: str
    intensity: int | None

    @property
    def place(self) -> str:
        """'Low back, your left'."""
        return your_region(self.region)

    @property
    def feeling(self) -> str:
        """'Pain, 6 of 10'."""
        return mark_words(self)


def symptom_choices() -> list[tuple[str, str]]:
    """What can be felt, with its words."""
    return [(code, symptom_words(code)) for code in mark_fields().symptoms]


def in_words(rows: Iterable[BodyMark]) -> list[Marked]:
    """Marks as a list to read, in the body's order."""
    order = {code: at for at, code in enumerate(regions())}
    rows = sorted(rows, key=lambda row: order.get(row.region, len(order)))
    return [Marked(row.pk, row.region, row.symptom, row.intensity) for row in rows]


@dataclass(frozen=True, slots=True)
class Latest:
    """What a client marked last, and when it was sent in."""

    marks: list[Marked]
    sent_at: datetime | None


def latest_of(client: Client) -> Latest:
    """The marks of the client's newest sent form that has any, for the chart and the note: one query."""
    forms = Response.objects.filter(client=client, status=Response.Status.COMPLETED, marks__isnull=False)
    newest = forms.order_by("-submitted_at", "-id").values("pk")[:1]
    rows = list(BodyMark.objects.filter(response__in=newest).annotate(sent_at=F("response__submitted_at")))
    return Latest(in_words(rows), rows[0].sent_at if rows else None)


def region_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """All regions under their part of the body, head to foot, with 'your right' and 'your left'."""
    parts: dict[str, list[tuple[str, str]]] = {}
    for region in regions().values():
        parts.setdefault(gettext(region.group.capitalize()), []).append((region.code, your(region)))
    return list(parts.items())


def mark(
    *, response: Response, region: str, symptom: str, intensity: int | None, by: audit.Actor, now: datetime
) -> BodyMark:
    """Keep one mark; marking the same again changes its strength. Raises UnfitMark."""
    if region not in regions():
        raise UnfitMark(gettext("Please choose a place on the body."))
    if symptom not in mark_fields().symptoms:
        raise UnfitMark(gettext("Please choose what you feel there."))
    if symptom in STRENGTH_NEEDED and intensity is None:
        raise UnfitMark(gettext("Please say how strong it is, from 0 to 10."))
    if intensity is not None and not 0 <= intensity <= 10:
        raise UnfitMark(gettext("The strength goes from 0 to 10."))
    with audit.transaction():
        locked = Response.objects.select_for_update().get(pk=response.pk)
        if locked.status != Response.Status.IN_PROGRESS:
            raise UnfitMark(gettext("This form was sent already."))
        if locked.marks.exclude(region=region, symptom=symptom).count() >= MOST:
            raise UnfitMark(gettext("There is room for %(most)s marks.") % {"most": MOST})
        kept, _ = BodyMark.objects.update_or_create(
            response=response, region=region, symptom=symptom, defaults={"intensity": intensity, "marked_at": now}
        )
        audit.record("response.mark", by=by, client=response.client, subject=response, fields=["marks"])
    return kept


def unmark(*, response: Response, mark_id: int, by: audit.Actor, now: datetime) -> None:
    """Take a mark away; harmless when it is gone already."""
    with audit.transaction():
        locked = Response.objects.select_for_update().get(pk=response.pk)
        if locked.status == Response.Status.IN_PROGRESS and locked.marks.filter(pk=mark_id).delete()[0]:
            audit.record("response.unmark", by=by, client=response.client, subject=response, fields=["marks"])

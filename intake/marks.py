"""What a client marks on the body: region, symptom, strength."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext, gettext_noop

from clinic import audit
from conditions.regions import mark_fields, regions
from intake.models import BodyMark, Response

MOST = 60
#: The chart's own rule: these symptoms come with a strength from 0 to 10.
STRENGTH_NEEDED = frozenset({"pain", "ache", "burning", "tingling", "numbness"})
_OWN_WORDS = {
    "do_not_touch": gettext_noop("Please do not touch"),
    "bruise_or_skin": gettext_noop("Bruise or skin problem"),
}


class UnfitMark(ValueError):
    """A mark that cannot be kept; the message is for the client."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark in words."""

    id: int
    region: str
    symptom: str
    intensity: int | None


def symptom_words(code: str) -> str:
    """A symptom as people say it."""
    return gettext(_OWN_WORDS.get(code) or code.replace("_", " ").capitalize())


def symptom_choices() -> list[tuple[str, str]]:
    """What can be felt, with its words."""
    return [(code, symptom_words(code)) for code in mark_fields().symptoms]


def in_words(rows: list[BodyMark]) -> list[Marked]:
    """Marks as a list to read, in the body's order."""
    order = {code: at for at, code in enumerate(regions())}
    rows = sorted(rows, key=lambda row: order.get(row.region, len(order)))
    return [Marked(row.pk, _region_words(row.region), symptom_words(row.symptom), row.intensity) for row in rows]


def _region_words(code: str) -> str:
    region = regions().get(code)
    if region is None:
        return code
    area = gettext(region.area)
    if region.side == "right":
        return gettext("%(area)s, your right") % {"area": area}
    return gettext("%(area)s, your left") % {"area": area} if region.side == "left" else area


def region_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """All regions under their part of the body, head to foot, with 'your right' and 'your left'."""
    parts: dict[str, list[tuple[str, str]]] = {}
    for region in regions().values():
        parts.setdefault(gettext(region.group.capitalize()), []).append((region.code, _region_words(region.code)))
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

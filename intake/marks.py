"""What a client marks on the body: region, symptom, strength."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext

from clinic import audit
from clinic.models import Client
from conditions.bodychart import STRENGTH_NEEDED, mark_words, your, your_region
from conditions.regions import mark_fields, regions
from intake.models import BodyMark, Response

MOST = 60


class UnfitMark(ValueError):
    """A mark that cannot be kept; the message is for the client."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark to read: codes for the drawing, words for people."""

    region: str
    symptom: str
    intensity: int | None

    @property
    def place(self) -> str:
        """'Low back, your left'."""
        return your_region(self.region)

    @property
    def area(self) -> str:
        """The same for staff: 'Low back, left'."""
        known = regions().get(self.region)
        return known.name if known else self.region

    @property
    def feeling(self) -> str:
        """'Pain, 6 of 10'."""
        return mark_words(self)


def in_words(rows: Iterable[BodyMark]) -> list[Marked]:
    """Marks as a list to read, in the body's order."""
    order = {code: at for at, code in enumerate(regions())}
    rows = sorted(rows, key=lambda row: order.get(row.region, len(order)))
    return [Marked(row.region, row.symptom, row.intensity) for row in rows]


@dataclass(frozen=True, slots=True)
class Latest:
    """What a client marked last, and when it was sent in."""

    marks: list[Marked]
    sent_at: datetime | None


def latest_of(client: Client) -> Latest:
    """The marks of the client's newest sent form that has any, for the chart and the note: one query."""
    forms = Response.objects.filter(client=client, status=Response.Status.COMPLETED, marks__removed=False)
    newest = forms.order_by("-submitted_at", "-id").values("pk")[:1]
    rows = list(BodyMark.objects.filter(response__in=newest).annotate(sent_at=F("response__submitted_at")))
    return Latest(in_words(rows), rows[0].sent_at if rows else None)


def region_choices() -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """All regions under their part of the body, head to foot: code, words, and whether we ask before working there."""
    parts: dict[str, list[tuple[str, str, bool]]] = {}
    for region in regions().values():
        part = parts.setdefault(gettext(region.group.capitalize()), [])
        part.append((region.code, your(region), region.is_sensitive))
    return list(parts.items())


def mark(
    *,
    response: Response,
    region: str,
    symptom: str,
    intensity: int | None,
    by: audit.Actor,
    now: datetime,
    given: datetime | None = None,
) -> None:
    """Keep one mark; marking the same again changes its strength. Raises UnfitMark.

    `given` is when the client did it, where that was before `now`: a change that comes late, out of a tunnel or for the
    second time, takes nothing back that was done after it.
    """
    _check(region, symptom)
    if symptom in STRENGTH_NEEDED and intensity is None:
        raise UnfitMark(gettext("Please say how strong it is, from 0 to 10."))
    if intensity is not None and not 0 <= intensity <= 10:
        raise UnfitMark(gettext("The strength goes from 0 to 10."))
    with audit.transaction():
        locked = _locked(response)
        if locked.marks.exclude(region=region, symptom=symptom).count() >= MOST:
            raise UnfitMark(gettext("There is room for %(most)s marks.") % {"most": MOST})
        state = {"intensity": intensity, "removed": False}
        if _apply(locked, region, symptom, state, min(given or now, now)):
            audit.record("response.mark", by=by, client=response.client, subject=response, fields=["marks"])


def unmark(
    *, response: Response, region: str, symptom: str, by: audit.Actor, now: datetime, given: datetime | None = None
) -> None:
    """Take a mark away; harmless when it is gone already. Raises UnfitMark for a place or symptom that is none."""
    _check(region, symptom)
    with audit.transaction():
        locked = _locked(response)
        if _apply(locked, region, symptom, {"removed": True}, min(given or now, now)):
            audit.record("response.unmark", by=by, client=response.client, subject=response, fields=["marks"])


def carry(*, before: Response, to: Response) -> None:
    """The same marks on another form of the same client: a newer version, or what is still right since last time."""
    BodyMark.objects.bulk_create(
        BodyMark(response=to, region=one.region, symptom=one.symptom, intensity=one.intensity, marked_at=one.marked_at)
        for one in before.marks.all()
    )


def _check(region: str, symptom: str) -> None:
    if region not in regions():
        raise UnfitMark(gettext("Please choose a place on the body."))
    if symptom not in mark_fields().symptoms:
        raise UnfitMark(gettext("Please choose what you feel there."))


def _locked(response: Response) -> Response:
    locked = Response.objects.select_for_update().get(pk=response.pk)
    if locked.status != Response.Status.IN_PROGRESS:
        raise UnfitMark(gettext("This form was sent already."))
    return locked


def _apply(response: Response, region: str, symptom: str, state: dict[str, Any], at: datetime) -> bool:
    """Whether the change is the newest of this place and feeling, and so was made."""
    row = BodyMark.everything.filter(response=response, region=region, symptom=symptom).first()
    if row is not None and row.marked_at > at:
        return False
    if row is None:
        row = BodyMark(response=response, region=region, symptom=symptom)
    for name, value in state.items():
        setattr(row, name, value)
    row.marked_at = at
    row.save()
    return True

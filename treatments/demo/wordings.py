"""The owner's draft of the aftercare series: one text in the clinic's own words, one line moved, nothing published."""

from __future__ import annotations

from datetime import datetime, timedelta

from clinic.models import User
from treatments import authoring, drafting, editions
from treatments.drafting import Document

OWN = {
    "en": {"text": "{clinic}: good morning {first_name}, how are you today? Tap to tell us: {link} Questions: {phone}"},
    "es": {"text": "{clinic}: buenos días, {first_name}. ¿Cómo está hoy? Toque para contarnos: {link} Dudas: {phone}"},
}


def tell(*, owner: User, now: datetime) -> None:
    """Begun yesterday, saved once."""
    began = now - timedelta(days=1)
    row = editions.begin(by=owner, now=began)
    authoring.change(edit=_edited, seen=authoring.stamp(row), by=owner, now=began + timedelta(minutes=20))


def _edited(document: Document) -> Document:
    line = drafting.find(document, "h24")
    assert line is not None
    name = drafting.own_name("h24", "sms")
    return drafting.put(document, line | {"sms": name}, {name: OWN})

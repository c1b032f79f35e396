"""Signed notes held against the audit: what was signed is what is there, and nothing signed has gone."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.fernet import InvalidToken

from clinic.models import AuditEvent
from treatments.models import Note
from treatments.sessions import checksum

SIGNED = "note.sign"


def signed_notes() -> Iterator[str]:
    """One line for each signed note that is not what the audit says was signed."""
    said = dict(AuditEvent.objects.filter(action=SIGNED).values_list("subject_id", "reason"))
    rows = Note.objects.filter(signed_at__isnull=False).select_related("session", "signed_by")
    # Not read in one go: a single unreadable note must be named, not stop the rest.
    for key in rows.order_by("id").values_list("pk", flat=True).iterator(chunk_size=500):
        try:
            note = rows.get(pk=key)
        except InvalidToken:
            yield f"note number {key}: cannot be read with the keys this clinic has"
            continue
        signed = said.pop(str(note.public_id), None)
        if signed is None:
            yield f"note {note.public_id}: is signed, but the audit knows of no signature"
        elif not signed == note.checksum == checksum(note):
            yield f"note {note.public_id}: is not what was signed"
    for public_id in said:
        yield f"note {public_id}: was signed and is gone, or is not signed any more"

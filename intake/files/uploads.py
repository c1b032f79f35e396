"""Files that come with an answer: known by what they are, made anew, sealed on the disk with the clinic's keys."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext, gettext_lazy

from clinic import audit
from clinic.fields import decrypt_bytes, encrypt_bytes
from clinic.upload_limits import BIGGEST
from intake.engine.attached import attached
from intake.files import papers, pictures
from intake.identity import SIGNATURE
from intake.models import Response, Upload

MOST_FILES = 20
ACCEPT = "image/jpeg,image/png,image/heic,image/heif,application/pdf,.heic,.heif"
#: What the disk holds under this ending opens only with the clinic's keys; older files stand there as they came.
SEALED = ".sealed"

TOO_LARGE = gettext_lazy("This file is larger than 15 MB. A photo at normal quality is small enough.")
NO_KIND = gettext_lazy("Please choose a photo (JPEG, PNG or HEIC) or a PDF.")
NO_PICTURE = gettext_lazy("This photo cannot be read. Please take it again, or choose another one.")
NO_PAPER = gettext_lazy("This PDF cannot be read. Please save it again, or take a photo of the page.")


class UnfitFile(ValueError):
    """A file that cannot be kept; the message is for the client."""


def keep(*, response: Response, link_id: str, given: UploadedFile, by: audit.Actor, now: datetime) -> dict[str, Any]:
    """Store a file for a question and return the answer that points to it. Raises UnfitFile; nothing is kept then."""
    if (given.size or 0) > BIGGEST:
        raise UnfitFile(TOO_LARGE)
    if not given.size:
        raise UnfitFile(gettext("This file is empty. Please choose another one."))
    content, kind, ending = _made_anew(given.read())
    name = f"{_plain_name(given.name or '')}.{ending}"
    with audit.transaction():
        # Two at once must not both be the last that fits, and none comes after the form is sent.
        lock(response)
        if response.uploads.count() >= MOST_FILES:
            raise UnfitFile(gettext("There is room for %(most)s files.") % {"most": MOST_FILES})
        upload = Upload.objects.create(
            response=response,
            link_id=link_id,
            file=ContentFile(encrypt_bytes(content), name=f"{uuid.uuid4().hex}{SEALED}"),
            name=name,
            content_type=kind,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            uploaded_at=now,
        )
        audit.record("upload.add", by=by, client=response.client, subject=upload)
    return {"title": name, "contentType": kind, "size": len(content), "url": f"urn:uuid:{upload.public_id}"}


def lock(response: Response) -> None:
    """Hold the response's row, still unsent. Raises UnfitFile when another window has sent it meanwhile."""
    rows = Response.objects.select_for_update().filter(pk=response.pk)
    if list(rows.values_list("status", flat=True)) != [Response.Status.IN_PROGRESS]:
        raise UnfitFile(gettext("This form was sent already."))


def drop(*, response: Response, public_id: str, by: audit.Actor) -> None:
    """Take a file of an unsent form away for good. One that came with an earlier form stays with that."""
    with audit.transaction():
        locked = Response.objects.select_for_update().get(pk=response.pk)
        found = locked.uploads.filter(public_id=public_id).first() if _is_uuid(public_id) else None
        if found is not None and locked.status == Response.Status.IN_PROGRESS:
            remove(found, by=by)


def tidy(*, response: Response, answers: Mapping[str, Any], by: audit.Actor) -> None:
    """Files that no answer points to any more, replaced or of a question that is not asked, are not kept."""
    others = response.other_answers.all()
    values = [*answers.values(), *(other.value for other in others)] if response.uploads.exists() else []
    used = {one.id for value in values for one in attached(value)}
    for upload in response.uploads.all():
        if str(upload.public_id) not in used and upload.link_id != SIGNATURE:  # a drawn name stands beside its answer
            remove(upload, by=by)


def remove(upload: Upload, *, by: audit.Actor) -> None:
    """Take a file away for good, from the disk once the transaction holds."""
    audit.record("upload.remove", by=by, client=upload.response.client, subject=upload)
    storage, name = upload.file.storage, str(upload.file.name)
    upload.delete()
    transaction.on_commit(lambda: storage.delete(name))


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def read(upload: Upload) -> bytes:
    """The file as it was kept."""
    with upload.file.open("rb") as kept:
        content: bytes = kept.read()
    return decrypt_bytes(content) if str(upload.file.name).endswith(SEALED) else content


def preview(upload: Upload) -> bytes | None:
    """A photo, small; None for what is no photo."""
    if not upload.is_picture:
        return None
    return pictures.redrawn(read(upload), longest=pictures.PREVIEW_SIDE)


def _plain_name(name: str) -> str:
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    kept = "".join(char for char in stem if char.isalnum() or char in " -_")
    return kept.strip()[:60] or "file"


def _made_anew(content: bytes) -> tuple[bytes, str, str]:
    """The content as we keep it, its kind and its ending."""
    if pictures.is_picture(content):
        try:
            return pictures.redrawn(content), "image/jpeg", "jpg"
        except pictures.TooManyPixels as error:
            raise UnfitFile(gettext("This picture has too many pixels. Please take it at normal quality.")) from error
        except pictures.NotAPicture as error:
            raise UnfitFile(NO_PICTURE) from error
    if papers.is_paper(content):
        try:
            return papers.rewritten(content), "application/pdf", "pdf"
        except papers.Locked as error:
            words = gettext("This PDF has a password. Please save it without one, or take a photo of the page.")
            raise UnfitFile(words) from error
        except papers.TooLong as error:
            words = gettext("This PDF has too many pages. Please send only those that matter.")
            raise UnfitFile(words) from error
        except papers.NotAPaper as error:
            raise UnfitFile(NO_PAPER) from error
    raise UnfitFile(NO_KIND)

"""Files that come with an answer: checked by what they are, pictures made anew without their hidden data."""

from __future__ import annotations

import hashlib
import io
import uuid
import warnings
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from PIL import Image, ImageOps, UnidentifiedImageError

from clinic import audit
from intake.models import Response, Upload

BIGGEST = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
MOST_FILES = 10
LONGEST_SIDE = 3000


class UnfitFile(ValueError):
    """A file that cannot be kept; the message is for the client."""


def keep(*, response: Response, link_id: str, given: UploadedFile, by: audit.Actor, now: datetime) -> dict[str, Any]:
    """Store a file for a question and return the answer that points to it. Raises UnfitFile; nothing is kept then."""
    if (given.size or 0) > BIGGEST:
        raise UnfitFile("This file is larger than 10 MB. A photo at normal quality is small enough.")
    if response.uploads.count() >= MOST_FILES:
        raise UnfitFile(f"There is room for {MOST_FILES} files.")
    content, kind, ending = _cleaned(given.read())
    name = f"{_plain_name(given.name or '')}.{ending}"
    with audit.transaction():
        upload = Upload.objects.create(
            response=response,
            link_id=link_id,
            file=ContentFile(content, name=f"{uuid.uuid4().hex}.{ending}"),
            name=name,
            content_type=kind,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            uploaded_at=now,
        )
        audit.record("upload.add", by=by, client=response.client, subject=upload)
    return {"title": name, "contentType": kind, "size": len(content), "url": f"urn:uuid:{upload.public_id}"}


def _plain_name(name: str) -> str:
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    kept = "".join(char for char in stem if char.isalnum() or char in " -_")
    return kept.strip()[:60] or "file"


def _cleaned(content: bytes) -> tuple[bytes, str, str]:
    if content.startswith(b"%PDF-"):
        return content, "application/pdf", "pdf"
    if content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return _picture(content), "image/jpeg", "jpg"
    raise UnfitFile("Please choose a photo (JPEG or PNG) or a PDF.")


def _picture(content: bytes) -> bytes:
    """The picture drawn anew: whatever else the file carried, such as the place it was taken, is gone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=["JPEG", "PNG"])
            if picture.width * picture.height > MOST_PIXELS:
                raise UnfitFile("This picture has too many pixels.")
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombWarning) as error:
        raise error if isinstance(error, UnfitFile) else UnfitFile("This picture cannot be read.") from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=85)
    return out.getvalue()

"""A signature drawn by hand beside the typed name: a picture with the response, one at most, the newest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clinic import audit
from intake.engine.attached import Attached
from intake.files import uploads
from intake.identity import SIGNATURE
from intake.models import Response

#: The fields beside the typed name: the picture, and "yes" when an earlier one was wiped away.
DRAWN, WIPED = f"drawn:{SIGNATURE}", f"wiped:{SIGNATURE}"


def drawn_of(response: Response) -> tuple[Attached, ...]:
    """The drawing that stands with this response; empty when the name was only typed."""
    rows = response.uploads.filter(link_id=SIGNATURE).order_by("-uploaded_at", "-id")[:1]
    return tuple(Attached(str(row.public_id), row.name, row.content_type, row.size) for row in rows)


def take(
    *, response: Response, data: Mapping[str, Any], files: Mapping[str, Any], by: audit.Actor, now: datetime
) -> None:
    """Keep what was drawn, in place of what was drawn before; forget what was wiped away. Raises uploads.UnfitFile."""
    given = files.get(DRAWN)
    if given is None and data.get(WIPED) != "yes":
        return
    with audit.transaction():
        uploads.lock(response)
        before = list(response.uploads.filter(link_id=SIGNATURE))
        if given is not None:
            uploads.keep(response=response, link_id=SIGNATURE, given=given, by=by, now=now)
        for one in before:
            uploads.remove(one, by=by)

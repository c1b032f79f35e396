"""How large a file a form takes. What is more is read and thrown away, so that the page can say what was wrong.

A request that is cut off in the middle shows people an empty page; one that is read to its end gets its form back.
"""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler

BIGGEST = 15 * 1024 * 1024


class Capped(FileUploadHandler):
    """Stands before the handlers that keep: they get as much as shows that a file is too large, and no more."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= BIGGEST else None

    def file_complete(self, file_size: int) -> Any:
        return None

"""PDFs that clients send, written anew: the pages and nothing that acts. Pure.

Scripts, actions, attached files, forms that calculate and the file's own description are left out; what stands on the
pages, filled-in fields too, stays. A file that is a PDF and something else besides is only a PDF afterwards.
"""

from __future__ import annotations

import io
import logging
import warnings
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject

MOST_PAGES = 60
MOST_OBJECTS = 50_000
DEEPEST = 40
#: What an action does, by its own name: each is emptied wherever in the file it stands.
_ACTIONS = frozenset(
    f"/{name}" for name in (
        "JavaScript", "Launch", "SubmitForm", "ImportData", "ResetForm", "URI", "GoToR", "GoToE", "GoTo3DView", "Named",
        "Hide", "Movie", "Sound", "Rendition", "RichMediaExecute", "SetOCGState", "Thread", "Trans",
    )
)  # fmt: skip
_CARRIERS = frozenset({"/EmbeddedFile", "/Filespec", "/F", "/Metadata"})
_ACTING_NOTES = frozenset({"/FileAttachment", "/RichMedia", "/Screen", "/Movie", "/Sound", "/3D"})

# It reports every small fault of a file at length; the file's words have no business in our logs.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


class NotAPaper(ValueError):
    """These bytes are no PDF that can be read."""


class Locked(ValueError):
    """The PDF asks for a password."""


class TooLong(ValueError):
    """The PDF has more pages, or more parts, than a clinic can read."""


def is_paper(content: bytes) -> bool:
    """Whether the bytes begin as a PDF does."""
    return content.startswith(b"%PDF-")


def rewritten(content: bytes) -> bytes:
    """The PDF with its pages only."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _rewritten(content)
    except (Locked, TooLong):
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError) as error:
        raise NotAPaper(type(error).__name__) from error
    except (RecursionError, NotImplementedError, OverflowError, MemoryError) as error:
        raise NotAPaper(type(error).__name__) from error


def _rewritten(content: bytes) -> bytes:
    reader = PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted:
        raise Locked
    pages = reader.pages
    if not len(pages):
        raise NotAPaper("no pages")
    if len(pages) > MOST_PAGES or len(reader.xref_objStm) > MOST_OBJECTS:
        raise TooLong
    writer = PdfWriter()  # with a catalogue of its own: what the old one opened or carried is not taken along
    writer.metadata = None
    for page in pages:
        writer.add_page(page)
    if len(writer._objects) > MOST_OBJECTS:
        raise TooLong
    for part in writer._objects:
        _quieten(part, depth=0)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _quieten(part: Any, *, depth: int) -> None:
    """Empty, in one object and in what is written inside it, everything that acts or carries another file."""
    if depth > DEEPEST:
        raise NotAPaper("nested too deep")
    if isinstance(part, ArrayObject):
        for value in part:
            _quieten(value, depth=depth + 1)
    if not isinstance(part, DictionaryObject):
        return
    acts = _name(part, "/S") in _ACTIONS or bool({"/JS", "/EF", "/XFA"} & part.keys())
    if acts or _name(part, "/Type") in _CARRIERS:
        part.clear()
        if isinstance(part, StreamObject):
            part.set_data(b"")
    part.pop("/AA", None)
    if "/Annots" in part:
        notes = part["/Annots"].get_object()
        kept = [note for note in notes if _is_quiet(note)] if isinstance(notes, ArrayObject) else []
        part[NameObject("/Annots")] = ArrayObject(kept)
    for value in list(part.values()):
        _quieten(value, depth=depth + 1)


def _name(part: DictionaryObject, key: str) -> Any:
    """What stands under a key, also where it is only pointed to: that hides nothing from a reader of the file."""
    found = part.get(key)
    return found.get_object() if found is not None else None


def _is_quiet(note: Any) -> bool:
    found = note.get_object()
    return isinstance(found, DictionaryObject) and _name(found, "/Subtype") not in _ACTING_NOTES

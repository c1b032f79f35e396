"""A document as PDF: an HTML template drawn with our own fonts, without a look at the network or the disk.

Roboto draws Latin, Greek and Cyrillic. Letters of other scripts come out as words in brackets ("[2 letters, Arabic]"),
with a line at the end that says so: a name is never a row of blanks.
"""

from __future__ import annotations

import io
import logging
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import font_roboto
from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.http import content_disposition_header
from django.utils.translation import gettext, ngettext
from reportlab.pdfbase.ttfonts import TTFontFile
from xhtml2pdf import pisa
from xhtml2pdf.config.resources import ResourceAccessPolicy
from xhtml2pdf.default import DEFAULT_CSS

from clinic.models import ClinicSettings

FONTS = Path(font_roboto.__file__).parent / "files"
IMAGES = Path(settings.BASE_DIR) / "static" / "img"
_CSS = Path(settings.BASE_DIR) / "static" / "css"
_FACES = {
    ("normal", "normal"): "Roboto-Regular.ttf",
    ("bold", "normal"): "Roboto-Bold.ttf",
    ("normal", "italic"): "Roboto-Italic.ttf",
    ("bold", "italic"): "Roboto-BoldItalic.ttf",
}
_TOKEN = re.compile(r"^\s*(--[a-z0-9-]+):\s*(#[0-9a-f]{6});", re.MULTILINE)
#: Nothing by the network; of the disk only the fonts and our own drawings. A photograph stays below 25 megapixels.
POLICY = ResourceAccessPolicy.server(FONTS, extra_roots=(IMAGES,), allow_remote=False)

# It reports every style it does not know; what a page refuses to fetch is told by its own error below.
logging.getLogger("xhtml2pdf").setLevel(logging.ERROR)


class NotDrawn(RuntimeError):
    """The document could not be made; a fault of its template, never of what a person typed."""


def render(template_name: str, context: Mapping[str, Any]) -> bytes:
    """The PDF of a template that extends `pdf/base.html`, with the clinic's letterhead and page numbers."""
    words = {"clinic": ClinicSettings.load(), "logo": (IMAGES / "logo.svg").as_uri(), **context}
    # Tag by tag: a mark that a text begins with must not melt into the sign that closes the tag before it.
    page = ">".join(unicodedata.normalize("NFC", part) for part in render_to_string(template_name, words).split(">"))
    page, replaced = _readable(page)
    if replaced:
        page = page.replace("</body>", render_to_string("pdf/_other_letters.html") + "</body>")
    made = io.BytesIO()
    result = pisa.CreatePDF(page, made, default_css=_css(), encoding="utf-8", resource_policy=POLICY)
    if result.err:
        raise NotDrawn(template_name)
    return made.getvalue()


def answer(document: bytes, *, name: str, download: bool = True) -> HttpResponse:
    """The PDF as a page's answer; nothing of it stays in the browser's cache."""
    response = HttpResponse(document, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(download, name) or "attachment"
    response["Cache-Control"] = "no-store, private"
    return response


@cache
def _css() -> str:
    """The sheet for paper: the tool's own, our fonts, and our rules with the colours of the house put in."""
    faces = "".join(
        f'@font-face {{ font-family: Roboto; font-weight: {weight}; font-style: {style}; src: url("{name}"); }}\n'
        for (weight, style), name in ((face, (FONTS / file).as_uri()) for face, file in _FACES.items())
    )
    colours = dict(reversed(_TOKEN.findall((_CSS / "tokens.css").read_text(encoding="utf-8"))))
    rules = re.sub(r"var\((--[a-z0-9-]+)\)", lambda found: colours[found[1]], (_CSS / "pdf.css").read_text("utf-8"))
    return f"{DEFAULT_CSS}\n{faces}\n{rules}"


@cache
def _drawable() -> frozenset[int]:
    """The characters all four faces have."""
    faces = [frozenset(TTFontFile(str(FONTS / name)).charToGlyph) for name in _FACES.values()]
    return faces[0].intersection(*faces[1:])


def _readable(page: str) -> tuple[str, bool]:
    """The page with every letter we cannot draw put into words, and whether there were any."""
    known = _drawable()
    out: list[str] = []
    missing: list[str] = []
    replaced = False
    for char in page:
        if ord(char) in known or char in "\n\t\r":
            if missing:
                out.append(_in_words(missing))
                missing = []
            out.append(char)
        elif unicodedata.category(char) in {"Cf", "Cc", "Co", "Cs", "Cn"}:
            continue  # marks of direction and joining: nothing to see
        else:
            missing.append(char)
            replaced = True
    return "".join([*out, _in_words(missing)] if missing else out), replaced


def _in_words(chars: list[str]) -> str:
    """ "[2 letters, Arabic]" for letters; a picture sign by its own name."""
    names = [unicodedata.name(char, "") for char in chars]
    if all(unicodedata.category(char)[0] == "S" for char in chars):
        return " ".join(f"[{name.lower() or 'sign'}]" for name in names)
    script = names[0].split(" ")[0].split("-")[0]
    script = "Chinese, Japanese or Korean" if script in {"CJK", "HIRAGANA", "KATAKANA", "HANGUL"} else script.title()
    count = sum(unicodedata.category(char)[0] != "M" for char in chars) or len(chars)
    words = ngettext("%(count)d letter, %(script)s", "%(count)d letters, %(script)s", count)
    return f"[{words % {'count': count, 'script': gettext(script)}}]"

"""Photos and papers as clients send them, made on the spot."""

import io

from PIL import Image
from pypdf import PdfWriter


def picture(kind="JPEG", size=(40, 30), mode="RGB", **save):
    out = io.BytesIO()
    Image.new(mode, size, "white").save(out, kind, **save)
    return out.getvalue()


def paper(*, pages=1, change=lambda writer: None, **encrypt):
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    change(writer)
    if encrypt:
        writer.encrypt(**encrypt)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()

"""Files from clients: known by content, made anew, sealed on the disk, gone when nobody points to them."""

import io
import struct
import zlib
from pathlib import Path

import pillow_heif
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw
from pypdf import PdfReader
from pypdf.annotations import Link
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    RectangleObject,
    StreamObject,
    TextStringObject,
)

from clinic import audit
from intake.engine.attached import attached, without
from intake.files import pictures, uploads
from intake.files.uploads import UnfitFile
from intake.tests.files import paper, picture

PLACE = b"CANARY-PLACE"


def exif(orientation=1):
    """What a phone writes into a photo: where it was taken, and how it was held."""
    made = Image.Exif()
    made[0x010E] = PLACE.decode()
    made[0x0112] = orientation
    made.get_ifd(0x8825)[1] = "N"
    made.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return made


def huge_png(side=30_000):
    """A real header that promises far more than it holds."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_a_plain_png_of_many_pixels_is_not_decoded():
    assert pictures.redrawn(picture("PNG", size=(5000, 4000)))
    with pytest.raises(pictures.TooManyPixels):
        pictures.redrawn(picture("PNG", size=(5200, 5000)))


@pytest.fixture
def keep(response, moment, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path

    def go(content, name="scan.jpg"):
        by = audit.ClientActor(response.client, via="test")
        given = SimpleUploadedFile(name, content)
        return uploads.keep(response=response, link_id="care.prescription", given=given, by=by, now=moment)

    return go


def kept(response):
    return uploads.read(response.uploads.get())


def test_photo_is_drawn_anew_upright_and_without_its_place(keep, response):
    answer = keep(picture(exif=exif(orientation=6)))
    content = kept(response)
    assert PLACE not in content and b"Exif" not in content
    found = Image.open(io.BytesIO(content))
    assert (found.format, found.size, dict(found.getexif())) == ("JPEG", (30, 40), {})
    row = response.uploads.get()
    assert answer["url"] == f"urn:uuid:{row.public_id}" and row.size == len(content)


def test_photo_of_an_iphone_becomes_a_jpeg(keep, response):
    out = io.BytesIO()
    heif = pillow_heif.from_pillow(Image.new("RGB", (64, 48), "teal"))
    heif.save(out, exif=exif().tobytes())
    assert pictures.is_picture(out.getvalue())
    answer = keep(out.getvalue(), "IMG_0001.HEIC")
    assert (answer["title"], answer["contentType"]) == ("IMG_0001.jpg", "image/jpeg")
    content = kept(response)
    assert PLACE not in content and Image.open(io.BytesIO(content)).size == (64, 48)


def test_large_photo_is_made_smaller(keep, response):
    keep(picture(size=(4000, 3000)))
    assert Image.open(io.BytesIO(kept(response))).size == (2500, 1875)


def test_ink_on_a_see_through_ground_stays_readable(keep, response):
    drawn = Image.new("RGBA", (60, 60), (0, 0, 0, 0))
    ImageDraw.Draw(drawn).line((0, 30, 60, 30), fill=(0, 0, 0, 255), width=4)
    out = io.BytesIO()
    drawn.save(out, "PNG")
    keep(out.getvalue())
    found = Image.open(io.BytesIO(kept(response)))
    assert found.getpixel((30, 5)) > (240, 240, 240) and found.getpixel((30, 30)) < (60, 60, 60)


def test_disk_holds_a_random_name_that_nobody_else_may_read_and_no_plain_content(keep, response):
    keep(picture("PNG"), "../../etc/<b>pass wd.php.png")
    row = response.uploads.get()
    assert ".." not in row.file.name and "pass" not in row.file.name and row.file.name.endswith(".sealed")
    assert row.name == "bpass wdphp.jpg"
    with row.file.open("rb") as raw:
        sealed = raw.read()
    assert b"JFIF" not in sealed and kept(response).startswith(b"\xff\xd8")
    assert Path(row.file.path).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script>",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload='x'/>",
        b"GIF89a" + b"\0" * 40,
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"",
        b"MZ\x90\0",
        b"PK\x03\x04 a letter",
        b"\0\0\0\x18ftypmp42" + b"\0" * 40,
        b"BM" + b"\0" * 60,
    ],
)
def test_anything_else_is_refused_by_what_it_is(keep, response, content):
    with pytest.raises(UnfitFile):
        keep(content, "photo.jpg")
    assert not response.uploads.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8\xff broken",
        b"\x89PNG\r\n\x1a\n",
        picture()[:200],
        picture("PNG", size=(400, 400))[:60],
        b"\0\0\0\x18ftypheic" + b"\0" * 400,
    ],
)
def test_cut_off_photo_is_explained(keep, response, content):
    with pytest.raises(UnfitFile, match="take it again"):
        keep(content)
    assert not response.uploads.exists()


def test_too_many_pixels_are_refused_before_they_are_read(keep):
    with pytest.raises(UnfitFile, match="pixels"):
        keep(huge_png())
    with pytest.raises(UnfitFile, match="pixels"):
        keep(huge_png(9000))


def test_polyglot_is_only_a_picture_afterwards(keep, response):
    keep(picture() + b"<script>alert(1)</script>" + paper())
    assert b"<script>" not in kept(response) and b"%PDF" not in kept(response)


def test_file_too_large_or_one_too_many_is_explained(keep, monkeypatch):
    with pytest.raises(UnfitFile, match="15 MB"):
        keep(b"\xff\xd8\xff" + b"\0" * uploads.BIGGEST)
    monkeypatch.setattr(uploads, "MOST_FILES", 1)
    keep(picture())
    with pytest.raises(UnfitFile, match="room for 1"):
        keep(picture())


# --- PDFs ------------------------------------------------------------------------------------------


def entries(**named):
    return DictionaryObject({NameObject(f"/{name}"): value for name, value in named.items()})


def action(name, **more):
    return entries(S=NameObject(f"/{name}"), **{key: TextStringObject(value) for key, value in more.items()})


def acting(writer):
    """A PDF that does all that one may not."""
    script = action("JavaScript", JS="app.alert('CANARY-SCRIPT')")
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(script)
    writer.pages[0][NameObject("/AA")] = entries(O=writer._add_object(action("Launch", F="CANARY-RUN")), C=script)
    writer.add_attachment("CANARY-FILE.exe", b"MZ CANARY-FILE")
    writer.add_metadata({"/Author": "CANARY-AUTHOR"})
    writer.add_annotation(0, Link(rect=RectangleObject((0, 0, 9, 9)), url="https://CANARY-LINK.example"))


def test_pdf_keeps_its_pages_and_nothing_that_acts(keep, response):
    answer = keep(paper(pages=3, change=acting), "letter.pdf")
    content = kept(response)
    assert (answer["contentType"], len(PdfReader(io.BytesIO(content)).pages)) == ("application/pdf", 3)
    assert b"CANARY" not in content
    for word in (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/OpenAction", b"/URI"):
        assert word not in content, word


def pointing(writer):
    """The same, with every name that gives it away in an object of its own."""

    def named(name):
        return writer._add_object(NameObject(name))

    script = entries(S=named("/JavaScript"), JS=TextStringObject("app.alert('CANARY-SCRIPT')"))
    held = StreamObject()
    held.set_data(b"CANARY-FILE")
    held[NameObject("/Type")] = named("/EmbeddedFile")
    inside = entries(EF=entries(F=writer._add_object(held)))
    link = entries(S=named("/URI"), URI=TextStringObject("https://CANARY-LINK.example"))
    rect = RectangleObject((0, 0, 9, 9))
    notes = [
        entries(Subtype=named("/FileAttachment"), Rect=rect, FS=inside),
        entries(Subtype=NameObject("/Link"), Rect=rect, A=link),
    ]
    writer.pages[0][NameObject("/AA")] = entries(O=writer._add_object(script))
    writer.pages[0][NameObject("/Annots")] = ArrayObject(writer._add_object(note) for note in notes)


def test_what_acts_in_a_pdf_cannot_hide_behind_a_reference(keep, response):
    keep(paper(change=pointing), "letter.pdf")
    assert b"CANARY" not in kept(response)


def test_filled_in_form_of_a_pdf_stays_readable(keep, response):
    def filled(writer):
        field = entries(
            Type=NameObject("/Annot"), Subtype=NameObject("/Widget"), FT=NameObject("/Tx"), F=NumberObject(4),
            V=TextStringObject("Massage, twice a week"), Rect=RectangleObject((0, 0, 90, 20)),
        )  # fmt: skip
        writer.add_annotation(0, field)

    keep(paper(change=filled), "form.pdf")
    notes = PdfReader(io.BytesIO(kept(response))).pages[0]["/Annots"]
    assert notes[0].get_object()["/V"] == "Massage, twice a week"


def test_pdf_is_no_archive_beside(keep, response):
    keep(paper() + b"PK\x03\x04 CANARY archive")
    assert b"CANARY" not in kept(response)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (paper(user_password="x", algorithm="AES-256"), "password"),
        (paper(pages=61), "too many pages"),
        (b"%PDF-1.7 rest", "cannot be read"),
        (b"%PDF-1.7\n%%EOF", "cannot be read"),
        (paper()[:120], "cannot be read"),
        (b"%PDF-1.4\n" + b"[" * 200_000, "cannot be read"),
    ],
)
def test_pdf_that_does_not_serve_is_explained(keep, response, content, words):
    with pytest.raises(UnfitFile, match=words):
        keep(content, "letter.pdf")
    assert not response.uploads.exists()


# --- taken away ------------------------------------------------------------------------------------------


def test_dropped_file_is_gone_from_the_disk(keep, response, django_capture_on_commit_callbacks):
    keep(picture())
    row = response.uploads.get()
    by = audit.ClientActor(response.client, via="test")
    uploads.drop(response=response, public_id="no-uuid", by=by)
    with django_capture_on_commit_callbacks(execute=True):
        uploads.drop(response=response, public_id=str(row.public_id), by=by)
    assert not response.uploads.exists() and not row.file.storage.exists(row.file.name)


def test_sending_leaves_only_files_that_an_answer_points_to(keep, response, fill):
    keep(picture())
    answer = keep(picture())
    fill(response, {"care.referred": "yes", "care.prescription": answer})
    assert [str(row.public_id) for row in response.uploads.all()] == [attached(answer)[0].id]


def test_answers_with_several_files_are_read_and_shortened():
    one, two = ({"title": name, "url": f"urn:uuid:{name}", "contentType": "image/jpeg", "size": 9} for name in "ab")
    assert [file.title for file in attached([one, two, "x", {"url": 5}])] == ["a", "b"]
    assert without([one, two], "a") == [two] and without([two], "b") is None and without(one, "a") is None
    assert attached(None) == () and without(one, "b") == one

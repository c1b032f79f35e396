import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from clinic import audit
from intake import uploads
from intake.uploads import UnfitFile


def picture(kind="JPEG", size=(40, 30), **save):
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind, **save)
    return out.getvalue()


@pytest.fixture
def keep(response, moment, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path

    def go(content, name="scan.jpg"):
        by = audit.ClientActor(response.client, via="test")
        given = SimpleUploadedFile(name, content)
        return uploads.keep(response=response, link_id="care.prescription", given=given, by=by, now=moment)

    return go


def test_picture_is_drawn_anew_without_its_place(keep, response):
    exif = Image.Exif()
    exif[0x010E] = "CANARY-PLACE"
    answer = keep(picture(exif=exif))
    row = response.uploads.get()
    with row.file.open("rb") as kept:
        content = kept.read()
    assert b"CANARY" not in content and content.startswith(b"\xff\xd8")
    assert answer["url"] == f"urn:uuid:{row.public_id}" and row.size == len(content)


def test_name_on_disk_is_random_and_the_shown_one_plain(keep, response):
    keep(picture("PNG"), "../../etc/<b>pass wd.php.png")
    row = response.uploads.get()
    assert ".." not in row.file.name and "pass" not in row.file.name
    assert row.name == "bpass wdphp.jpg"


def test_pdf_is_kept_as_it_is(keep, response):
    keep(b"%PDF-1.7 rest", "letter.pdf")
    assert response.uploads.get().content_type == "application/pdf"


@pytest.mark.parametrize(
    "content",
    [b"<html><script>", b"<svg xmlns=''/>", b"GIF89a", b"", b"\xff\xd8\xff broken", b"MZ", b"\x89PNG\r\n\x1a\n"],
)
def test_anything_else_is_refused_by_what_it_is(keep, response, content):
    with pytest.raises(UnfitFile):
        keep(content, "photo.jpg")
    assert not response.uploads.exists()


def test_too_many_pixels_are_refused_before_they_are_read(keep, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_PIXELS", 100)
    with pytest.raises(UnfitFile, match="pixels"):
        keep(picture())


def test_too_large_a_file_is_refused(keep, monkeypatch):
    monkeypatch.setattr(uploads, "BIGGEST", 10)
    with pytest.raises(UnfitFile, match="10 MB"):
        keep(picture())

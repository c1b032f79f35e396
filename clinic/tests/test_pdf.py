"""Documents as PDF: every letter comes out, nothing is fetched, pages are numbered."""

import copy
import io
import socket
from pathlib import Path
from unittest import mock

import pytest
from pypdf import PdfReader

from clinic import pdf
from clinic.models import ClinicSettings

pytestmark = pytest.mark.django_db


@pytest.fixture
def draw(settings, tmp_path):
    """draw("<p>…</p>", **context) -> the text of each page."""
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"].append(tmp_path)
    settings.TEMPLATES = templates  # the engines are made anew, and again after the test

    def go(body, **context):
        page = "{% extends 'pdf/base.html' %}{% block content %}" + body + "{% endblock content %}"
        (tmp_path / "one.html").write_text(page, encoding="utf-8")
        made = pdf.render("one.html", context)
        assert made.startswith(b"%PDF-")
        return [page.extract_text() for page in PdfReader(io.BytesIO(made)).pages]

    return go


@pytest.mark.parametrize(
    "name",
    [
        "Łukasz Świątek",
        "Zoë Ångström",
        "Ngọc Nguyễn",
        "İbrahim Çağlar",
        "Ελένη Παπαδοπούλου",
        "Анна Їжакевич",
        "50 ≤ 60 € „so“ – ja",
    ],
)
def test_letters_of_europe_and_vietnam_come_out(draw, name):
    for style in ("", "<b>", "<i>"):
        assert name in draw(style + "{{ name }}", name=name)[0]


def test_a_decomposed_letter_is_one_letter(draw):
    assert "Zoë" in draw("{{ name }}", name="Zoe\u0308")[0]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("王", "[1 letter, Chinese, Japanese or Korean]"),
        ("عربي", "[4 letters, Arabic]"),
        ("שלום", "[4 letters, Hebrew]"),
        ("नमस्ते", "[4 letters, Devanagari]"),
        ("🙂", "[slightly smiling face]"),
    ],
)
def test_other_scripts_are_put_into_words_and_explained(draw, typed, read):
    text = " ".join(draw("Name: {{ name }}.", name=typed)[0].split())
    assert f"Name: {read}." in text
    assert "letters of a script that this paper cannot show" in text


def test_no_word_of_other_scripts_where_there_are_none(draw):
    assert "square brackets" not in draw("Ann")[0]


def test_a_mark_at_the_beginning_of_a_text_does_not_swallow_the_tag_before_it(draw):
    text = draw("<p>{{ said }}</p><p>after</p>", said="\u0338 word=hidden")[0]
    assert "word=hidden" in text and "after" in text


def test_typed_markup_is_text(draw):
    text = draw("{{ said }}", said='<img src="http://evil.example/x.png"> & <b>')[0]
    assert '<img src="http://evil.example/x.png"> & <b>' in text


@pytest.mark.parametrize(
    "source",
    ["http://evil.example/x.png", "https://127.0.0.1/x.png", "file:///etc/passwd", "/etc/passwd", "../../manage.py"],
)
def test_nothing_is_fetched_from_network_or_disk(draw, source):
    read = []
    opened = Path.read_bytes
    with (
        mock.patch.object(socket, "getaddrinfo", side_effect=AssertionError("looked up")),
        mock.patch.object(
            Path, "read_bytes", autospec=True, side_effect=lambda path: read.append(path) or opened(path)
        ),
    ):
        text = draw(f'before <img src="{source}" alt=""> after')[0]
    assert "before" in text
    assert "after" in text
    assert all(pdf.FONTS in path.parents or pdf.IMAGES in path.parents for path in read)


def test_letterhead_and_page_numbers_stand_on_every_page(draw):
    ClinicSettings.objects.update_or_create(id=1, defaults={"name": "Zoë & Co", "phone": "+43 1 234"})
    pages = draw("{% for n in many %}<p>Line {{ n }}</p>{% endfor %}", many=range(120))
    assert len(pages) > 1
    for number, text in enumerate(pages, start=1):
        assert "Zoë & Co" in text
        assert "+43 1 234" in text
        assert f"Page {number} / {len(pages)}" in " ".join(text.split())


def test_the_fonts_are_inside(draw):
    made = pdf.render("one.html", {}) if draw("<b>bold</b> plain") else b""
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in PdfReader(io.BytesIO(made)).pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert any("Roboto" in name for name in fonts)


def test_the_answer_is_kept_by_no_cache():
    response = pdf.answer(b"%PDF-1.4", name="form.pdf")
    assert response["Cache-Control"] == "no-store, private"
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="form.pdf"'

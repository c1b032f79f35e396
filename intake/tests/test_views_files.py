"""Files on their way in and out: large ones, the client's own look at them, nobody else's."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from clinic.models import AuditEvent
from intake.files.uploads import BIGGEST
from intake.responses import answers_of
from intake.tests.conftest import come_in
from intake.tests.files import paper, picture

PRESCRIPTION = "care.prescription"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def care():
    return reverse("intake:screen", args=["care"])


def give(browser, care, content, name="scan.jpg", **more):
    data = {"asked": ["care.referred", PRESCRIPTION, "care.doctor"], "care.referred": "yes", "care.doctor": "Dr Lin"}
    return browser.post(care, data | {PRESCRIPTION: SimpleUploadedFile(name, content), "action": "next"} | more)


def answer(response):
    response.refresh_from_db()
    return answers_of(response).get(PRESCRIPTION)


def noise(megabytes):
    """A PDF of that size, nearly: the pages of one that was scanned."""
    content = paper(change=lambda writer: writer.add_attachment("x", b"0"))
    return content + b"\n" * int(megabytes * 1024 * 1024 - len(content))


def test_fifteen_megabytes_come_through(ann, response, care):
    give(ann, care, noise(15), "report.pdf")
    assert answer(response)["contentType"] == "application/pdf"


@pytest.mark.parametrize("megabytes", [15.2, 16, 40])
def test_more_is_explained_on_the_page_and_the_rest_kept(ann, response, care, megabytes):
    shown = give(ann, care, noise(megabytes), "report.pdf")
    assert shown.status_code == 422 and "larger than 15 MB" in shown.content.decode()
    assert answer(response) is None and answers_of(response)["care.doctor"] == "Dr Lin"


def test_largest_file_is_not_held_in_memory_twice():
    assert BIGGEST == 15 * 1024 * 1024


def test_client_sees_their_own_photo_before_sending(ann, response, care):
    give(ann, care, picture(size=(900, 600)))
    file = response.uploads.get()
    small, whole = (reverse(f"intake:{name}", args=[file.public_id]) for name in ("own_preview", "own_file"))
    assert small in ann.get(care).content.decode()
    seen = ann.get(small)
    assert seen.headers["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(seen.content)).size == (480, 320)
    assert "sandbox" in seen.headers["Content-Security-Policy"]
    assert seen.headers["X-Content-Type-Options"] == "nosniff" and "no-store" in seen.headers["Cache-Control"]
    assert ann.get(whole).headers["Content-Disposition"].startswith("attachment")
    seen_by = AuditEvent.objects.filter(action="upload.read").values_list("actor_kind", "client")
    assert list(seen_by) == [("client", response.client_id)] * 2


def test_nobody_else_sees_it(ann, response, care, bens_browser, client, as_user, therapist, desk):
    give(ann, care, picture())
    file = response.uploads.get()
    for name in ("own_preview", "own_file"):
        url = reverse(f"intake:{name}", args=[file.public_id])
        assert bens_browser.get(url).status_code == 404
        assert client.get(url).status_code == 303
    for name in ("upload", "upload_preview"):
        url = reverse(f"intake:{name}", args=[file.public_id])
        assert as_user(desk).get(url).status_code == 403
        assert bens_browser.get(url).status_code in (302, 404)


@pytest.fixture
def bens_browser(history, client_ben, desk, moment):
    from intake.inviting import invitations
    from intake.tests.conftest import agree

    agree(client_ben, desk, moment)
    return come_in(invitations.invite(client=client_ben, by=desk, now=moment))


def test_therapist_gets_a_small_picture_and_the_whole_file(ann, response, care, fill, as_user, therapist):
    give(ann, care, picture(size=(900, 600)))
    fill(response, {"care.referred": "yes", PRESCRIPTION: answer(response)})
    file = response.uploads.get()
    browser = as_user(therapist)
    small = reverse("intake:upload_preview", args=[file.public_id])
    assert small in browser.get(reverse("intake:review_detail", args=[response.public_id])).content.decode()
    seen = browser.get(small)
    assert seen.headers["Content-Type"] == "image/jpeg" and "sandbox" in seen.headers["Content-Security-Policy"]
    whole = browser.get(reverse("intake:upload", args=[file.public_id]))
    assert whole.content.startswith(b"\xff\xd8") and whole.headers["Content-Disposition"].startswith("attachment")


def test_file_is_taken_away_by_a_button_and_the_rest_of_the_page_kept(ann, response, care):
    give(ann, care, picture())
    file = response.uploads.get()
    data = {"asked": ["care.referred", "care.doctor"], "care.referred": "yes", "care.doctor": "Dr Moss"}
    gone = ann.post(care, data | {"action": f"drop-{file.public_id}"})
    assert gone.status_code == 303 and not response.uploads.exists()
    assert answer(response) is None and answers_of(response)["care.doctor"] == "Dr Moss"
    assert ann.post(care, data | {"action": f"drop-{file.public_id}"}).status_code == 303
    assert ann.post(care, data | {"action": "drop-nonsense"}).status_code == 303


def test_new_file_takes_the_place_of_the_old_one(ann, response, care, fill):
    give(ann, care, picture(), "first.jpg")
    give(ann, care, picture(), "second.jpg")
    assert answer(response)["title"] == "second.jpg"
    fill(response, {"care.referred": "yes", PRESCRIPTION: answer(response)})
    assert [row.name for row in response.uploads.all()] == ["second.jpg"]

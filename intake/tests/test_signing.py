import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from clinic import audit
from intake.files import signing, uploads
from intake.files.signing import DRAWN, WIPED
from intake.models import Response, Upload
from intake.readback import of_response

pytestmark = pytest.mark.django_db

PAGE = ("intake:screen", ["consent"])


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_a_form_sent_meanwhile_keeps_its_signature_and_takes_no_more_files(ann, response, moment):
    sign(ann, **{DRAWN: drawing()})
    before = Upload.objects.get()
    Response.objects.filter(pk=response.pk).update(status="completed", submitted_at=moment)
    by = audit.ClientActor(response.client, via="test")
    for data, files in (({}, {DRAWN: drawing("red")}), ({WIPED: "yes"}, {})):
        with pytest.raises(uploads.UnfitFile):
            signing.take(response=response, data=data, files=files, by=by, now=moment)
    with pytest.raises(uploads.UnfitFile):
        uploads.keep(response=response, link_id="care.prescription", given=drawing(), by=by, now=moment)
    assert Upload.objects.get() == before


def drawing(colour="black"):
    made = io.BytesIO()
    Image.new("RGB", (600, 200), colour).save(made, "PNG")
    return SimpleUploadedFile("signature.png", made.getvalue(), "image/png")


def sign(browser, **more):
    body = {"asked": "consent.signature", "consent.signature": "Ann Archer", "action": "next"}
    return browser.post(reverse(PAGE[0], args=PAGE[1]), body | more)


def test_drawn_signature_stands_beside_the_name_the_newest_only_and_stays_after_sending(ann, fill):
    sign(ann, **{DRAWN: drawing()})
    first = Upload.objects.get()
    sign(ann, **{DRAWN: drawing("blue")})
    assert Upload.objects.get().pk != first.pk
    shown = reverse("intake:own_preview", args=[Upload.objects.get().public_id])
    assert shown in ann.get(reverse(PAGE[0], args=PAGE[1])).content.decode()
    sent = fill(Response.objects.get())
    line = next(line for part in of_response(sent) for line in part.lines if line.is_signature)
    assert (line.answer, [one.id for one in line.files]) == ("Ann Archer", [str(Upload.objects.get().public_id)])


def test_wiped_signature_is_gone_and_what_is_no_drawing_says_why(ann):
    sign(ann, **{DRAWN: drawing()})
    sign(ann, **{WIPED: "yes"})
    assert not Upload.objects.exists()
    answer = sign(ann, **{DRAWN: SimpleUploadedFile("x.png", b"<svg onload=alert(1)>", "image/png")})
    assert answer.status_code == 422 and not Upload.objects.exists()
    assert "Ann Archer" in answer.content.decode()

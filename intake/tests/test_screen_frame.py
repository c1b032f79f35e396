"""The page round the questions is drawn once and filled: what comes out is what the template would have drawn."""

import re

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from clinic.models import ClinicSettings
from intake.engine import prepared
from intake.engine.pages import pages_of
from intake.engine.prepared import Html
from intake.questionnaires import spec_of
from intake.tests.conftest import give
from intake.views import form

SLUGS = ["about", "reason", "today", "health", "consent"]


def plain(html):
    """Without what is random in every answer, and without the blank space that the frame leaves out."""
    html = re.sub(r"\s+", " ", re.sub(r'(csrfmiddlewaretoken" value|X-CSRFToken)(=|": )"[^"]+"', r"\1", html))
    return re.sub(r"> <|> | <", "><", html)


@pytest.fixture
def drawn_anew(monkeypatch):
    """Each page beside what its template makes of the same context without a frame."""
    pairs = []
    frame = form._frame

    def both(request, context):
        made = frame(request, context)
        pairs.append((plain(made), plain(render_to_string("intake/screen.html", dict(context), request))))
        return made

    monkeypatch.setattr(form, "_frame", both)
    return pairs


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_framed_page_is_the_page_its_template_draws(ann, client_ann, clinic_settings, drawn_anew, language):
    client_ann.language = language
    client_ann.save(update_fields=["language"])
    give(ann, "today", {"today.urgent": ["chest_pain"]})
    for slug in SLUGS:
        assert ann.get(reverse("intake:screen", args=[slug])).status_code == 200
    ann.post(reverse("intake:screen", args=["reason"]), {"action": "next", "asked": ["reason.goal"], "reason.goal": ""})
    assert len(drawn_anew) > len(SLUGS)
    for framed, alone in drawn_anew:
        assert framed == alone


def test_a_frame_knows_the_clinic_and_the_tablet_it_is_drawn_for(ann, clinic_settings):
    first = ann.get(reverse("intake:screen", args=["reason"])).content.decode()
    ClinicSettings.objects.update(name="By the lake", phone="+1 555 010 0999")
    page = ann.get(reverse("intake:screen", args=["reason"])).content.decode()
    assert "By the lake" in page and "By the lake" not in first and "tel:+15550100999" in page
    assert "give the tablet back" not in page
    session = ann.session
    session["handed_over"] = True
    session.save()
    assert "give the tablet back" in ann.get(reverse("intake:screen", args=["reason"])).content.decode()


def test_nothing_of_a_client_stays_in_a_frame(ann, client_ann, response):
    give(ann, "reason", {"reason.goal": "Lift my child <once>"})
    page = ann.get(reverse("intake:screen", args=["reason"])).content.decode()
    assert "Lift my child &lt;once&gt;" in page and str(response.public_id) in page
    kept = "".join("".join(piece.parts) for piece in prepared._framed.values())
    assert kept
    token = ann.cookies["csrftoken"].value
    for mine in ("Lift my child", str(response.public_id), client_ann.first_name, token, "csrftoken="):
        assert mine not in kept
    titles = {page.title for page in pages_of(spec_of(response.version))}
    assert not any(f"<h1>{title}</h1>" in kept for title in titles)


@pytest.mark.django_db
def test_values_are_escaped_where_they_are_not_pieces_of_html(rf):
    values = {name: f"<{name}>" for name in form._VALUES} | {"questions": Html("<p>asked</p>"), "csrf_token": "x"}
    parts = dict.fromkeys(form._PARTS, True)
    html = prepared.framed("intake/screen.html", rf.get("/"), kept_by=("test",), parts=parts, values=values)
    assert "<p>asked</p>" in html and "<title>" in html
    assert 'value="&lt;whose&gt;"' in html and "<h1>&lt;title&gt;</h1>" in html

"""Questionnaires that others wrote, on a phone: every kind of field fits, answers are kept as they are given."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from clinic import audit
from intake import questionnaires
from intake.engine.pages import pages_of
from intake.inviting import invitations
from intake.models import Response
from intake.responses import answers_of
from intake.tests.browser.conftest import enter
from intake.tests.conftest import agree

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SET = Path(__file__).parents[4] / "shared" / "fhir" / "questionnaires"
NAMES = [
    "lforms-bit-of-everything.json",
    "lforms-quantity-units.json",
    "sdc-questionnaire-sdc-test-all-data-types.json",
    "sdc-questionnaire-sdc-test-nested-groups.json",
    "refero-choice-slider-view.json",
    "beda-allergies.json",
]


@pytest.fixture
def open_form(window, client_ann, desk, moment):
    """open_form(document) publishes it and comes in by a link on a phone."""

    def go(document):
        document = {key: value for key, value in document.items() if key not in {"url", "version"}} | {"version": "1"}
        questionnaires.publish(slug="set", document=document, by=audit.SYSTEM, now=moment)
        agree(client_ann, desk, moment)
        invitation = invitations.invite(client=client_ann, by=desk, now=moment, slug="set")
        page = window()
        enter(page, invitation)
        page.wait_for_url("**/form/**")
        return page, questionnaires.spec_of(invitation.version)

    return go


@pytest.mark.skipif(not SET.is_dir(), reason="the set is not part of the project")
@pytest.mark.parametrize("name", NAMES)
def test_no_screen_is_wider_than_a_phone(open_form, clean, name):
    page, spec = open_form(json.loads((SET / name).read_text(encoding="utf-8")))
    for one in pages_of(spec):
        page.goto(f"/intake/form/{one.slug}/")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, one.slug


def test_slider_answers_nothing_until_it_is_moved(open_form):
    ext = "http://hl7.org/fhir/StructureDefinition/"
    slider = {
        "linkId": "pain", "type": "integer", "text": "How much?", "extension": [
            {"url": ext + "questionnaire-itemControl", "valueCodeableConcept": {"coding": [{"code": "slider"}]}},
            {"url": ext + "minValue", "valueInteger": 1}, {"url": ext + "maxValue", "valueInteger": 5}],
    }  # fmt: skip
    page, _ = open_form({"resourceType": "Questionnaire", "status": "active", "title": "T", "item": [slider]})
    expect(page.locator("[data-slider-number]")).to_have_value("")
    page.locator("[data-slider]").focus()
    page.keyboard.press("End")
    expect(page.locator("[data-slider-number]")).to_have_value("5")
    expect(page.locator("[data-save-state]")).to_have_text("Saved")
    assert answers_of(Response.objects.select_related("version").get()) == {"pain": 5}

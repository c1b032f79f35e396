"""Spanish on a phone: longer words fit, and the switch loses nothing that was typed, with a script and without."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from intake import responses
from intake.inviting import invitations
from intake.models import Response
from intake.questionnaires import spec_of
from intake.tests.conftest import HEALTHY, link_to

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ALL = ["tinnitus", "back-pain", "migraine", "neck-pain", "tmj", "plantar-fasciitis", "fibromyalgia"]


def come_in(page, invitation, button):
    page.goto(link_to(invitation))
    for part, value in zip(("day", "month", "year"), ("4", "5", "1986"), strict=True):
        page.fill(f"#born-{part}", value)
    page.get_by_role("button", name=button).click()
    page.wait_for_url("**/intake/form/**")


def test_nothing_is_wider_than_a_phone_in_spanish(window, invited, moment):
    call_command("load_catalogue", verbosity=0)
    invited.client.language = "es"
    invited.client.save()
    page = window(locale="es-MX")
    wide = []

    def look(address):
        page.goto(address)
        assert page.get_attribute("html", "lang") == "es"
        shown, there = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        if shown > there:
            wide.append((address, shown))

    for address in ("/", "/conditions/", "/conditions/tmj/", "/massage/how-often/", "/massage/what-it-is/"):
        look(address)
    come_in(page, invited, "Abrir mi formulario")
    response = Response.objects.get(invitation=invited)
    answers = HEALTHY | {"reason.conditions": ALL, "today.urgent": ["chest_pain"]}
    responses.save(response=response, changes=answers, by=invitations.actor_of(invited), now=moment)
    for group in spec_of(response.version).groups:
        look(reverse("intake:screen", args=[group.link_id]))
    look(reverse("intake:readback"))
    assert wide == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_switch_keeps_what_was_just_typed_and_comes_back_to_the_screen(window, invited, script):
    page = window(java_script_enabled=script)
    come_in(page, invited, "Open my form")
    page.fill('[name="about.emergency_name"]', "Eva Archer")
    here = page.url
    page.get_by_role("button", name="Español").click()
    page.wait_for_selector('html[lang="es"]')
    assert page.url == here and page.get_by_role("heading", name="Sobre usted").is_visible()
    assert page.input_value('[name="about.emergency_name"]') == "Eva Archer"
    page.get_by_role("button", name="English").click()
    page.wait_for_selector('html[lang="en"]')
    assert page.input_value('[name="about.emergency_name"]') == "Eva Archer"


def test_enter_in_a_field_goes_on_and_does_not_switch(window, invited):
    page = window(java_script_enabled=False)
    page.goto(link_to(invited))
    for part, value in zip(("day", "month", "year"), ("4", "5", "1986"), strict=True):
        page.fill(f"#born-{part}", value)
    page.press("#born-year", "Enter")
    page.wait_for_url("**/intake/form/**")
    assert page.get_attribute("html", "lang") == "en"

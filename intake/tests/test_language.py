"""Which language a client's page speaks, and the switch between them."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from intake.models import Response
from intake.tests.conftest import born, come_in, link_to, posted

pytestmark = pytest.mark.django_db

SWITCH = "switch_language"
SPANISH_BROWSER = {"HTTP_ACCEPT_LANGUAGE": "es-MX,es;q=0.9,en;q=0.5"}


def speaks(answer):
    page = answer.content.decode()
    code = page.split('<html lang="')[1][:2]
    assert answer.headers["Content-Language"] == code
    return code


def screen(name="about"):
    return reverse("intake:screen", args=[name])


def test_before_the_birth_date_the_page_speaks_the_browsers_language(invited):
    for browser, code in ((Browser(), "en"), (Browser(**SPANISH_BROWSER), "es")):
        browser.get(link_to(invited))
        assert speaks(browser.get(reverse("intake:verify"))) == code


def test_behind_the_pass_the_page_speaks_the_clients_language(invited):
    invited.client.language = "es"
    invited.client.save()
    assert speaks(come_in(invited).get(screen())) == "es"


def test_choice_before_the_birth_date_keeps_what_was_typed_and_becomes_the_clients(invited):
    browser = Browser()
    browser.get(link_to(invited))
    answer = browser.post(reverse("intake:verify"), {"born_day": "4", "born_year": "19", SWITCH: "es"})
    assert (answer.status_code, speaks(answer)) == (200, "es")
    assert 'value="4"' in answer.content.decode() and 'value="19"' in answer.content.decode()
    assert "invalid-feedback" not in answer.content.decode()
    browser.post(reverse("intake:verify"), born(invited.client.date_of_birth))
    assert speaks(browser.get(screen())) == "es"
    invited.client.refresh_from_db()
    assert invited.client.language == "es"


def test_switch_on_a_screen_saves_first_and_shows_the_same_screen(ann, invited):
    data = posted({"about.emergency_name": "Zoe Zander"}) | {"action": "next", SWITCH: "es"}
    answer = ann.post(screen(), data)
    assert (answer.status_code, answer["Location"]) == (303, screen())
    page = ann.get(screen())
    assert speaks(page) == "es" and "Zoe Zander" in page.content.decode()
    invited.client.refresh_from_db()
    assert invited.client.language == "es"
    assert Response.objects.get(invitation=invited).screens_done == []
    assert speaks(ann.post(reverse("clinic:language"), {SWITCH: "en", "next": screen()}, follow=True)) == "en"


def test_switch_keeps_on_the_page_what_cannot_be_saved(ann):
    answer = ann.post(screen(), posted({"about.mobile": "not a number"}) | {SWITCH: "es"})
    assert speaks(answer) == "es" and "not a number" in answer.content.decode()


def test_new_link_is_not_sent_again_by_the_switch(invited):
    browser = Browser()
    browser.get(link_to(invited))
    before = invited.client.invitations.count()
    answer = browser.post(reverse("intake:new_link"), {SWITCH: "es"})
    assert speaks(answer) == "es" and invited.client.invitations.count() == before


def test_another_person_at_this_browser_does_not_inherit_the_choice(ann, invited):
    ann.post(reverse("clinic:language"), {SWITCH: "es"})
    ann.post(reverse("intake:leave"))
    assert speaks(ann.get("/")) == "en"


def test_public_page_can_be_shared_in_a_language_and_is_remembered_without_a_session():
    browser = Browser()
    answer = browser.get("/?lang=es")
    assert speaks(answer) == "es" and "private" in answer["Cache-Control"]
    assert {"Cookie", "Accept-Language"} <= set(answer["Vary"].split(", "))
    page = answer.content.decode()
    assert 'hreflang="en" href="' in page and "?lang=en" in page
    assert speaks(browser.get("/conditions/")) == "es"
    assert speaks(browser.get("/conditions/?lang=xx")) == "es"
    assert list(browser.cookies) == ["django_language"]


def test_staff_pages_are_english_whatever_the_browser_wishes(as_user, desk):
    assert speaks(Browser(**SPANISH_BROWSER).get("/accounts/login/?lang=es")) == "en"
    assert speaks(as_user(desk, **SPANISH_BROWSER).get("/clients/")) == "en"


def test_switch_leads_nowhere_else():
    answer = Browser().post("/language/", {SWITCH: "es", "next": "https://evil.example/"})
    assert answer["Location"] == "/"


def test_the_page_after_leaving_still_speaks_the_clients_language(invited):
    invited.client.language = "es"
    invited.client.save()
    assert speaks(come_in(invited).post(reverse("intake:leave"))) == "es"

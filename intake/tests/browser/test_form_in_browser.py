import re

import pytest
from playwright.sync_api import expect

from intake.inviting.invitations import token_of
from intake.models import Flag, Response, Upload
from intake.responses import answers_of
from intake.tests.browser.conftest import enter, fill_in, next_screen
from intake.tests.conftest import HEALTHY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ALL_REASONS = ["back-pain", "migraine", "tmj", "tinnitus", "plantar-fasciitis", "fibromyalgia"]


def walk(page, answers, look=lambda page: None):
    """From screen to screen until the read-back; returns how many screens there were."""
    screens = 0
    while not page.url.endswith("/check/"):
        assert screens < 20
        look(page)
        fill_in(page, answers)
        before = page.url
        next_screen(page)
        page.wait_for_url(lambda url, before=before: url.split("#")[0] != before)
        screens += 1
    return screens


def kept():
    return answers_of(Response.objects.select_related("version").get())


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.once
def test_axe_finds_nothing_on_any_screen_light_or_dark(window, clean, invited, language):
    invited.client.language = language
    invited.client.save()
    page = window(locale=language, reduced_motion="reduce", bypass_csp=True)

    def look(page):
        assert page.locator("html").get_attribute("lang") == language
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            clean(page)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url

    page.goto("/intake/start/")
    look(page)
    enter(page, invited, born="5 5 1986")
    look(page)
    enter(page, invited)
    page.wait_for_url("**/form/about/")
    next_screen(page)
    page.locator(".error-summary").wait_for()
    walk(page, HEALTHY | {"reason.conditions": ALL_REASONS}, look=look)
    look(page)
    page.locator(".intake-actions .btn-primary").click()
    page.wait_for_url("**/intake/done/")
    look(page)


def test_healthy_person_fills_in_and_sends_the_form_on_a_phone(window, invited):
    page = window()
    enter(page, invited)
    assert walk(page, HEALTHY) <= 14
    page.get_by_role("button", name="Send my form").click()
    expect(page.get_by_role("heading", name="Thank you, your form is with us")).to_be_visible()
    assert Response.objects.get().status == "completed"
    assert not Flag.objects.exists()


def test_form_works_without_scripts(window, invited):
    page = window(java_script_enabled=False)
    enter(page, invited)
    fill_in(page, HEALTHY | {"about.minor": True})
    next_screen(page)
    expect(page.get_by_text("another question on this page")).to_be_visible()
    fill_in(page, {"about.guardian_name": "Gus Archer", "about.guardian_phone": "+15550100111",
                   "about.guardian_relation": "Father"})  # fmt: skip
    next_screen(page)
    expect(page).to_have_url(re.compile("/care/"))
    walk(page, HEALTHY)
    page.get_by_role("button", name="Send my form").click()
    assert Response.objects.get().status == "completed"
    assert list(Flag.objects.values_list("rule_id", flat=True)) == ["CO-MINOR"]


def test_dangerous_answer_shows_advice_at_once_and_again_before_sending(window, invited):
    page = window()
    enter(page, invited)
    page.goto("/intake/form/today/")
    fill_in(page, {"today.urgent": ["chest_pain"]})
    advice = page.get_by_role("alert")
    expect(advice).to_contain_text("Please call 911")
    expect(advice.get_by_role("link", name="Call 911")).to_have_attribute("href", "tel:911")
    page.goto("/intake/form/check/")
    expect(page.get_by_text("Please call 911")).to_be_visible()


def test_follow_up_appears_and_goes_with_its_answer(window, invited):
    page = window()
    enter(page, invited)
    page.goto("/intake/form/today/")
    follow_up = page.locator('[data-question="today.injury_when"]')
    expect(follow_up).to_be_hidden()
    fill_in(page, {"today.injury": "yes"})
    expect(follow_up).to_be_visible()
    fill_in(page, {"today.injury": "no"})
    expect(follow_up).to_be_hidden()


def test_none_of_these_is_one_tap(window, invited):
    page = window()
    enter(page, invited)
    page.goto("/intake/form/today/")
    fill_in(page, {"today.skin": ["rash", "bruise", "none"]})
    question = page.locator('[data-question="today.skin"]')
    assert [box.get_attribute("value") for box in question.locator("input:checked").all()] == ["none"]


def test_each_answer_is_kept_as_it_is_given_and_goes_on_elsewhere(window, invited):
    phone = window()
    enter(phone, invited)
    phone.goto("/intake/form/reason/")
    phone.get_by_label("What would you most like to be able to do again").fill("Lift my child")
    expect(phone.locator("[data-save-state]")).to_have_text("Saved")
    desk = window(viewport={"width": 1280, "height": 900})
    enter(desk, invited)
    desk.goto("/intake/form/reason/")
    expect(desk.get_by_label("What would you most like to be able to do again")).to_have_value("Lift my child")


def test_answers_given_in_a_tunnel_are_sent_afterwards(window, invited):
    page = window()
    enter(page, invited)
    page.goto("/intake/form/reason/")
    page.context.set_offline(True)
    fill_in(page, {"reason.since": "gt3m", "reason.diagnosed": "yes"})
    expect(page.locator("[data-save-state]")).to_contain_text("we keep trying")
    page.context.set_offline(False)
    expect(page.locator("[data-save-state]")).to_have_text("Saved", timeout=10_000)
    assert (kept()["reason.since"], kept()["reason.diagnosed"]) == ("gt3m", "yes")


def test_token_is_in_no_later_address_or_referer(window, invited):
    page, seen = window(), []
    page.on("request", lambda request: seen.append((request.url, request.headers.get("referer", ""))))
    enter(page, invited)
    page.wait_for_url("**/form/about/")
    secret = token_of(invited)
    assert secret in seen[0][0]
    assert not [one for one in seen[1:] if secret in one[0] + one[1]]


def test_nothing_of_the_client_stays_in_the_browsers_storage(window, invited):
    page = window()
    enter(page, invited)
    page.goto("/intake/form/reason/")
    fill_in(page, {"reason.goal": "CANARY"})
    expect(page.locator("[data-save-state]")).to_have_text("Saved")
    assert page.evaluate("JSON.stringify([localStorage, sessionStorage])") == "[{},{}]"
    page.get_by_role("button", name="Stop for now").click()
    page.go_back()
    expect(page.get_by_text("CANARY")).to_have_count(0)


def test_screen_is_answered_by_keyboard_alone(window, invited):
    page = window(viewport={"width": 1280, "height": 900})
    enter(page, invited)
    page.goto("/intake/form/care/")
    page.get_by_label("Your doctor or practice").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-save-state]")).to_have_text("Saved")
    while page.evaluate("document.activeElement.textContent.trim()") != "Next":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/form/reason/")
    assert (kept()["care.contact_doctor"], kept()["care.referred"]) == (True, "no")


def test_next_waits_for_the_answer_on_its_way_and_is_no_other_device(window, invited):
    page = window()
    enter(page, invited)
    page.goto("/intake/form/care/")
    page.route("**/save/", lambda route: (page.wait_for_timeout(400), route.continue_()))
    fill_in(page, {"care.contact_doctor": True, "care.referred": "no"})
    next_screen(page)
    page.wait_for_url("**/form/reason/")


def test_signature_is_drawn_with_a_finger_kept_at_once_and_wiped(window, invited, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    page = window()
    enter(page, invited)
    page.goto("/intake/form/consent/")
    fill_in(page, {"consent.signature": "Ann Archer"})
    sheet = page.locator("[data-draw] canvas")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 50, steps=5)
    with page.expect_response("**/intake/save/"):
        page.mouse.up()
    expect(page.locator("[data-save-state]")).to_have_text("Saved")
    assert Upload.objects.get().is_picture
    with page.expect_response("**/intake/save/"):
        page.get_by_role("button", name="Wipe and sign again").click()
    expect(page.locator("[data-save-state]")).to_have_text("Saved")
    assert not Upload.objects.exists()

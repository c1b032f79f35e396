"""By keyboard alone, and without scripts."""

import re

import pytest
from playwright.sync_api import expect

from treatments.tests.browser import inside
from treatments.tests.browser.windows import DESK, PHONE, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def windows(demo_windows):
    demo_windows.complaints.clear()
    yield demo_windows
    assert not demo_windows.complaints


def tab_to(page, words):
    """Press Tab until the thing with these words has the focus; fails when it is never reached."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText?.trim() || ''") == words:
            return
    raise AssertionError(f"Tab never reached {words!r}")


def test_from_sign_in_over_search_to_the_chart_by_keyboard_alone(windows, demo_clinic):
    page = windows.open(DESK)
    page.goto("/accounts/login/")
    page.keyboard.press("Tab")
    page.locator("input[name=login]").focus()
    page.keyboard.type("therapist@demo.example")
    page.keyboard.press("Tab")
    page.keyboard.type(demo_clinic.logins["therapist"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/today/")
    page.keyboard.press("/")
    expect(page.locator("#find-client")).to_be_focused()
    page.keyboard.type("swiat")
    expect(page.locator(".search-results a").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/clients/[0-9a-f-]{36}/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Łukasz Świątek")
    if not page.url.endswith("/chart/"):
        tab_to(page, "Chart")
        page.keyboard.press("Enter")
    page.wait_for_url("**/chart/")
    expect(page.get_by_role("heading", name="Over time")).to_be_visible()


def test_first_tab_skips_to_the_content_and_focus_is_seen(windows, demo_clinic):
    page = windows.open(DESK)
    sign_in(page, "desk@demo.example", demo_clinic.logins["desk"])
    page.keyboard.press("Tab")
    first = page.locator(":focus")
    expect(first).to_be_in_viewport()
    assert first.get_attribute("href") == "#main"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_intake_screen_keeps_and_goes_on_without_scripts(windows, demo_clinic):
    page = windows.open(PHONE, java_script_enabled=False)
    places = inside.run(demo_clinic, "demo_places()")  # a link sent again since the start takes the old one's place
    page.goto(places["link"])
    year, month, day = places["link-born"].split("-")
    for label, part in (("Day", day), ("Month", month), ("Year", year)):
        page.get_by_label(label).fill(part)
    page.get_by_role("button", name="Open my form").click()
    page.wait_for_url("**/intake/form/**")
    page.goto("/intake/form/care/")
    page.get_by_label("Your doctor or practice").fill("Dr Mora, Oak Street")
    for name in ("care.contact_doctor", "care.referred"):
        page.locator(f'fieldset[data-question="{name}"] .form-check').last.click()
    page.get_by_role("button", name="Next").last.click()
    page.wait_for_url(lambda url: "/intake/form/care/" not in url)
    page.goto("/intake/form/care/")
    expect(page.get_by_label("Your doctor or practice")).to_have_value("Dr Mora, Oak Street")


def test_day_sheet_and_note_work_without_scripts(windows, demo_clinic):
    page = windows.open(DESK, java_script_enabled=False)
    sign_in(page, "therapist@demo.example", demo_clinic.logins["therapist"])
    expect(page.locator(".slot").first).to_be_visible()
    page.goto(demo_clinic.places["note"])
    page.get_by_label("What the client says").fill("Slept well; turning to the left is easier.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("What the client says")).to_have_value("Slept well; turning to the left is easier.")
    page.goto(demo_clinic.places["note"])
    expect(page.get_by_label("What the client says")).to_have_value("Slept well; turning to the left is easier.")

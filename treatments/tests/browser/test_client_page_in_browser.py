"""A client's own pages: for a screen reader, dark, on a small phone, in both languages; by keys alone, no script."""

import pytest
from playwright.sync_api import expect

from treatments.tests.browser.test_axe import TOO_WIDE
from treatments.tests.browser.windows import PHONE, axe_finds

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def windows(demo_windows):
    demo_windows.complaints.clear()
    yield demo_windows
    assert not demo_windows.complaints


def give_date_of_birth(page, places):
    year, month, day = places["own-page-born"].split("-")
    for part, text in (("day", day), ("month", month), ("year", year)):
        page.fill(f"#born-{part}", text)
    page.locator("#verify .btn-primary").press("Enter")
    page.wait_for_url("**/mine/")


def look_at(page):
    """What is wrong with the page in light, in dark, and on the narrowest phone."""
    found = axe_finds(page)
    page.emulate_media(color_scheme="dark")
    found += axe_finds(page, "color-contrast")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 360, "height": 800})
    found += page.evaluate(TOO_WIDE)
    page.set_viewport_size(PHONE)
    return found


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.once
def test_axe_finds_nothing_on_a_clients_pages(windows, demo_clinic, language):
    places, page = demo_clinic.places, windows.open({"width": 390, "height": 843}, axe=True)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": demo_clinic.address}])
    wrong = {}
    for name in ("check-in", "check-in-answered", "client-page", "own-page"):
        page.goto(places[name])
        assert page.locator("html").get_attribute("lang") == language
        wrong[name] = look_at(page)
    give_date_of_birth(page, places)
    wrong["own"] = look_at(page)
    page.goto("/mine/messages/")
    wrong["messages"] = look_at(page)
    assert {name: found for name, found in wrong.items() if found} == {}


def test_a_client_answers_and_adds_by_keys_alone_and_without_a_script(windows, demo_clinic):
    page = windows.open({"width": 390, "height": 843}, java_script_enabled=False)
    # The client may have read Spanish in the test before.
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": demo_clinic.address}])
    page.goto(f"{demo_clinic.places['check-in']}?feeling=same")
    expect(page.locator("input[name=feeling]:checked")).to_have_value("same")
    page.locator("input[name=feeling]:checked").focus()
    page.keyboard.press("Tab")  # one button stands behind the choice
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your answer")
    page.locator("input[name=score]").first.focus()
    page.keyboard.press("ArrowRight")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.type("Slept well")
    page.get_by_role("button", name="Add this").press("Enter")
    expect(page.locator(".said li")).to_have_count(2)
    expect(page.locator(".said")).to_contain_text("1 of 10")
    page.goto(demo_clinic.places["own-page"])
    give_date_of_birth(page, demo_clinic.places)
    page.goto("/mine/messages/")
    box = page.locator("input[name='forms:email']")
    was = box.is_checked()
    box.press("Space")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator("main")).to_contain_text("This is written down")
    assert page.locator("input[name='forms:email']").is_checked() != was

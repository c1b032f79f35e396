"""The body chart by finger, by keyboard, and as a list."""

import re

import pytest
from playwright.sync_api import expect

from intake.models import BodyMark
from intake.tests.browser.conftest import DESK, enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def kept():
    return {(row.region, row.symptom): row.intensity for row in BodyMark.objects.all()}


def at_the_chart(page, invitation):
    enter(page, invitation)
    page.goto("/intake/form/reason/")


def place(page, code, figure):
    return page.locator(f'[data-bc-figure="{figure}"] [data-code="{code}"]')


def finger(page, code, figure):
    """Tap where the region's number would stand."""
    x, y = place(page, code, figure).evaluate(
        """path => { const [x, y] = path.dataset.at.split(" "); const svg = path.ownerSVGElement;
        const at = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM()); return [at.x, at.y]; }"""
    )
    page.touchscreen.tap(x, y)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_places_are_marked_by_finger_and_read_back(window, clean, invited, scheme):
    page = window(color_scheme=scheme, bypass_csp=True)
    at_the_chart(page, invited)
    page.get_by_role("button", name="Back", exact=True).first.click()
    place(page, "POST-BACK-LOW-L", "posterior").scroll_into_view_if_needed()
    finger(page, "POST-BACK-LOW-L", "posterior")
    sheet = page.get_by_role("dialog", name="Low back, your left")
    expect(sheet).to_be_visible()
    sheet.get_by_role("button", name="Pain").tap()
    assert kept() == {}
    sheet.get_by_role("button", name="6", exact=True).tap()
    sheet.get_by_role("button", name="Stiffness").tap()
    expect(page.locator("[data-bc-state]")).to_have_text("Saved")
    clean(page)
    sheet.get_by_role("button", name="Done").tap()
    expect(page.locator("[data-bc-list] li")).to_have_text(
        [re.compile("Low back, your left.*Pain, 6 of 10", re.DOTALL), re.compile("Stiffness")]
    )
    page.get_by_role("button", name="Front", exact=True).click()
    place(page, "ANT-TEMPLE-R", "anterior").scroll_into_view_if_needed()
    finger(page, "ANT-TEMPLE-R", "anterior")  # too small there: the face comes up
    finger(page, "ANT-TEMPLE-R", "face")
    page.get_by_role("dialog", name="Temple, your right").get_by_role("button", name="Tension").tap()
    expect(page.locator("[data-bc-state]")).to_have_text("Saved")
    page.get_by_role("button", name="Done").tap()
    clean(page)
    page.get_by_role("button", name=re.compile("Remove.*Stiffness")).click()
    expect(page.locator("[data-bc-list] li")).to_have_count(2)
    page.reload()
    expect(page.locator("[data-bc-list] li")).to_have_count(2)
    assert kept() == {("POST-BACK-LOW-L", "pain"): 6, ("ANT-TEMPLE-R", "tension"): None}


def test_chart_is_used_by_keyboard_alone(window, invited):
    page = window(**DESK)
    at_the_chart(page, invited)
    page.get_by_role("link", name="Choose places from a list instead").focus()
    page.keyboard.press("Tab")
    focused = page.locator("[data-code]:focus")
    expect(focused).to_have_attribute("aria-label", "Forehead")
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    name = focused.get_attribute("aria-label")
    page.keyboard.press("Enter")
    expect(page.locator("[data-bc-place]")).to_be_focused()
    for _ in range(4):  # Done, Pain, Ache, Tension
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("[data-bc-state]")).to_have_text("Saved")
    page.keyboard.press("Escape")
    expect(focused).to_have_attribute("aria-label", f"{name}. Tension")
    assert list(kept().values()) == [None]


def test_every_place_is_reached_by_arrows(window, invited):
    page = window(**DESK)
    at_the_chart(page, invited)
    left_out = page.evaluate(
        """() => {
        const places = [...document.querySelectorAll("[data-code]")];
        const seen = new Set(), open = [places[0]];
        while (open.length) {
            const place = open.pop();
            if (seen.has(place)) continue;
            seen.add(place);
            for (const key of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]) {
                place.focus();
                place.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
                open.push(document.activeElement);
            }
        }
        return places.filter((place) => !seen.has(place)).map((place) => place.dataset.code);
    }"""
    )
    assert left_out == []


def test_list_does_the_same_without_a_script(window, invited):
    page = window(java_script_enabled=False)
    at_the_chart(page, invited)
    page.get_by_label("Place").select_option(label="Calf, your right")
    page.get_by_label("What you feel").select_option(label="Burning")
    page.get_by_role("button", name="Add this place").click()
    expect(page.get_by_role("alert")).to_contain_text("how strong")
    expect(page.get_by_label("Place")).to_have_value("POST-CALF-R")
    page.get_by_label("How strong, 0 to 10").fill("4")
    page.get_by_role("button", name="Add this place").click()
    assert kept() == {("POST-CALF-R", "burning"): 4}
    page.get_by_role("button", name=re.compile("Remove.*Calf, your right")).click()
    assert kept() == {}


def test_list_finds_a_place_by_a_word(window, invited):
    page = window()
    at_the_chart(page, invited)
    page.get_by_role("link", name="Choose places from a list instead").click()
    page.get_by_label("Search, such as").fill("heel left")
    expect(page.get_by_label("Place", exact=True)).to_have_value("POST-HEEL-L")
    page.get_by_label("What you feel").select_option(label="Tension")
    page.get_by_role("button", name="Add this place").click()
    expect(page.locator("[data-bc-state]")).to_have_text("Saved")
    assert kept() == {("POST-HEEL-L", "tension"): None}


def test_mark_made_in_a_tunnel_is_sent_afterwards(window, invited):
    page = window()
    at_the_chart(page, invited)
    page.context.set_offline(True)
    place(page, "ANT-KNEE-L", "anterior").click()
    page.get_by_role("dialog").get_by_role("button", name="Swelling").click()
    page.context.set_offline(False)
    expect(page.locator("[data-save-state]")).to_have_text("Saved", timeout=10_000)
    assert kept() == {("ANT-KNEE-L", "swelling"): None}

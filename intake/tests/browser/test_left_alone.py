"""A form left alone, and a phone that changes hands."""

import pytest
from playwright.sync_api import expect

from intake.tests.browser.conftest import enter, fill_in
from intake.tests.browser.test_form_in_browser import kept

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_form_left_alone_hides_its_answers_keeps_them_and_goes_on_where_it_was(window, invited, clean):
    page = window(bypass_csp=True)
    page.clock.install()
    enter(page, invited)
    page.goto("/intake/form/reason/")
    fill_in(page, {"reason.goal": "CANARY"})
    page.clock.fast_forward(60_000 * 9 + 10_000)
    expect(page.get_by_role("status").filter(has_text="In a minute we hide your answers")).to_be_visible()
    page.keyboard.press("Shift")
    page.clock.fast_forward(60_000 * 9)
    expect(page.get_by_role("heading", level=1)).to_have_text("Why you are coming")
    page.clock.fast_forward(90_000)
    page.wait_for_url("**/intake/start/")
    clean(page)
    page.go_back()
    expect(page.get_by_text("CANARY")).to_have_count(0)
    assert "CANARY" not in page.content()
    page.goto("/intake/form/reason/")
    page.wait_for_url("**/intake/start/")
    for part, value in (("day", "4"), ("month", "5"), ("year", "1986")):
        page.fill(f"#born-{part}", value)
    page.get_by_role("button", name="Open my form").click()
    page.wait_for_url("**/intake/form/reason/")
    expect(page.get_by_label("What would you most like to be able to do again")).to_have_value("CANARY")
    assert kept()["reason.goal"] == "CANARY"

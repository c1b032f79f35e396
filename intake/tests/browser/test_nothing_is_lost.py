"""A tunnel, a closed tab, a second device: afterwards every answer given is there."""

import pytest
from playwright.sync_api import expect

from intake.models import Response
from intake.tests.browser.conftest import enter, fill_in, next_screen
from intake.tests.browser.test_form_in_browser import kept
from intake.tests.conftest import HEALTHY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STORED = """async () => {
  const base = await new Promise((done, failed) => {
    const opening = indexedDB.open("intake-unsent", 1);
    opening.onsuccess = () => done(opening.result);
    opening.onerror = () => failed(opening.error);
  });
  const rows = await new Promise((done) => {
    base.transaction("unsent").objectStore("unsent").getAll().onsuccess = (event) => done(event.target.result);
  });
  const text = new TextDecoder();
  return rows.map((row) => JSON.stringify(row) + text.decode(row.sealed));
}"""


def at(page, name):
    """The client stands at this screen."""
    page.goto(f"/intake/form/{name}/")


def at_with_what_follows(page, name, last):
    """The client has read for a moment: the screens up to `last` are in the page's memory."""
    with page.expect_response(f"**/intake/form/{last}/", timeout=20_000) as fetched:
        at(page, name)
    fetched.value.finished()


def saved(page, **more):
    expect(page.locator("[data-save-state]")).to_have_text("Saved", **more)


def lost(*screens):
    """Answers of these screens that were given and did not arrive."""
    told, unasked = kept(), "today.injury_checked"
    given = {name: value for name, value in HEALTHY.items() if name.startswith(screens) and name != unasked}
    return {name: value for name, value in given.items() if told.get(name) != value}


def go_through_a_tunnel(page, names):
    """Answer these screens without a connection, and go on after each."""
    page.context.set_offline(True)
    for name in names:
        page.wait_for_url(f"**/{name}/")
        fill_in(page, HEALTHY)
        next_screen(page)


def test_three_screens_in_a_tunnel_then_the_tab_is_closed_and_opened_again(window, invited):
    page = window()
    enter(page, invited)
    at_with_what_follows(page, "care", "meds")
    go_through_a_tunnel(page, ["care", "reason", "today"])
    page.wait_for_url("**/intake/form/heart/")
    expect(page.locator("[data-save-state]")).to_contain_text("Your answers are safe here")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    fill_in(page, {"heart.bp": "normal"})
    stored = page.evaluate(STORED)
    assert len(stored) >= 15 and not [row for row in stored if "Lift my child" in row or "back-pain" in row]
    assert page.evaluate("JSON.stringify([localStorage, sessionStorage])") == "[{},{}]"
    assert "reason.goal" not in kept()
    again = page.context.new_page()
    page.close()
    again.context.set_offline(False)
    enter(again, invited)
    saved(again, timeout=15_000)
    assert not lost("care.", "reason.", "today.")
    assert kept()["heart.bp"] == "normal"
    assert {"care", "reason", "today"} <= set(Response.objects.get().screens_done)
    assert again.evaluate(STORED) == []


def test_tunnel_ends_and_the_form_goes_on(window, invited):
    page = window()
    enter(page, invited)
    at_with_what_follows(page, "heart", "surgery")
    go_through_a_tunnel(page, ["heart", "meds"])
    page.wait_for_url("**/intake/form/surgery/")
    page.go_back()
    page.wait_for_url("**/intake/form/meds/")
    expect(page.locator('[data-question="meds.classes"] input[value=none]')).to_be_checked()
    page.context.set_offline(False)
    saved(page, timeout=15_000)
    next_screen(page)
    page.wait_for_url("**/intake/form/surgery/")
    assert not lost("heart.", "meds.")


def test_two_devices_at_once_the_later_answer_counts_and_the_other_is_shown(window, invited):
    phone, desk = window(), window(viewport={"width": 1280, "height": 900})
    for page in (phone, desk):
        enter(page, invited)
        at(page, "reason")
    fill_in(phone, {"reason.goal": "Lift my child", "reason.since": "gt3m"})
    saved(phone)
    fill_in(desk, {"reason.goal": "Sleep through"})
    expect(desk.get_by_role("alert")).to_contain_text("Lift my child")
    fill_in(desk, {"reason.diagnosed": "yes"})
    saved(desk)
    told = kept()
    assert (told["reason.goal"], told["reason.since"], told["reason.diagnosed"]) == ("Sleep through", "gt3m", "yes")
    desk.goto("/intake/form/check/")
    expect(desk.get_by_text("Lift my child")).to_be_visible()


def test_answer_the_clinic_cannot_take_stays_as_it_was_typed(window, invited):
    page = window()
    enter(page, invited)
    at(page, "about")
    page.get_by_text("Change something").click()
    field = page.get_by_label("Mobile phone")
    field.fill("12")
    expect(page.locator('[data-question="about.mobile"]')).to_have_class("question has-error")
    at(page, "about")
    expect(page.get_by_label("Mobile phone")).to_have_value("12")
    page.get_by_label("Mobile phone").fill("+1 503 555 0123")
    saved(page)
    assert page.evaluate(STORED) == []

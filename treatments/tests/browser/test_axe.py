"""Every page, for a screen reader, on a dark screen, on a small phone. The client's form has tests of its own."""

import pytest
from playwright.sync_api import expect

from treatments.tests.browser import inside
from treatments.tests.browser.windows import axe_finds

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

# Who looks, and at what: an address, or the name of a place in the demo clinic.
PAGES = {
    None: [
        "/", "/massage/what-it-is/", "/massage/what-to-avoid-afterwards/", "/conditions/", "/conditions/neck-pain/",
        "/accounts/login/", "/accounts/password/reset/", "/intake/start/", "check-in", "join", "/door/",
    ],
    "desk": [
        "/today/", "tomorrow", "/clients/", "/clients/new/", "record", "record-edit", "client-intake", "book",
        "book-slot", "session-cancel", "/tasks/", "task-hand-over", "/outbox/", "/forms/", "/door/poster/",
    ],
    "therapist": [
        "/today/", "/clients/", "record", "chart", "outcomes", "/review/", "review", "flag", "/rules/", "plan",
        "plan-draft", "plan-edit", "plan-hold", "plan-end", "plan-propose", "session-ahead", "note", "note-sign",
        "note-signed", "/notes/unsigned/", "/tasks/", "task-done", "/catalogue/", "/catalogue/neck-pain/",
    ],
    "owner": [
        "/staff/", "/staff/invite/", "staff-edit", "/audit/", "who-looked", "/settings/", "/outbox/",
        "/catalogue/neck-pain/edit/", "/accounts/2fa/", "/accounts/password/change/", "/accounts/sessions/",
        "/accounts/2fa/totp/activate/", "builder", "/series/", "/series/1/", "/series/draft/",
        "/series/draft/lines/h24/", "/series/draft/lines/same_day/", "/series/draft/publish/", "/series/draft/discard/",
        "/series/2/preview/?line=h24&language=es&asked=1",
    ],
}  # fmt: skip
CASES = [pytest.param(role, page, id=f"{role}:{page}") for role, pages in PAGES.items() for page in pages]


@pytest.mark.parametrize(("role", "page"), CASES)
@pytest.mark.once
def test_axe_finds_nothing_and_the_page_fits(window_of, demo_windows, demo_clinic, role, page):
    window = window_of(role)
    demo_windows.complaints.clear()
    window.emulate_media(color_scheme="light")
    window.set_viewport_size({"width": 1280, "height": 900})
    answer = window.goto(demo_clinic.places.get(page, page))
    assert answer.status == 200
    found = {"1280 light": axe_finds(window)}
    window.set_viewport_size({"width": 390, "height": 844})
    found["390 light"] = axe_finds(window)
    window.emulate_media(color_scheme="dark")
    found["390 dark"] = axe_finds(window, "color-contrast")
    window.set_viewport_size({"width": 1280, "height": 900})
    found["1280 dark"] = axe_finds(window, "color-contrast")
    window.set_viewport_size({"width": 360, "height": 800})
    found["too wide at 360"] = window.evaluate(TOO_WIDE)
    wrong = [f"{where}: {each}" for where, what in found.items() for each in what] + demo_windows.complaints
    assert not wrong, "\n".join(wrong)


TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const stray = (one) => one.getBoundingClientRect().right > room + 1 && !one.closest(".nav-list");
  return [...document.body.querySelectorAll("*")].filter(stray)
    .slice(0, 5).map((one) => [one.tagName, one.getAttribute("class"), one.textContent.trim().slice(0, 40)].join(" "));
}"""


def test_second_factor_page(demo_windows, demo_clinic):
    email, password = "tara@demo.example", "two keys for one blue door"
    inside.run(demo_clinic, f"hire_with_second_factor({email!r}, {password!r})")
    window = demo_windows.open({"width": 390, "height": 844}, axe=True)
    window.goto("/accounts/login/")
    window.locator("input[name=login]").fill(email)
    window.locator("input[name=password]").fill(password)
    window.get_by_role("button", name="Sign in", exact=True).click()
    window.wait_for_url("**/accounts/2fa/authenticate/")
    assert axe_finds(window) == []


@pytest.mark.once
def test_refused_form_says_where_and_passes_axe(window_of, demo_windows):
    window = window_of("desk")
    window.goto("/clients/new/")
    demo_windows.complaints.clear()
    window.get_by_role("button", name="Register").click()
    expect(window.locator("input[name=first_name]")).to_be_focused()
    expect(window.locator(".error-summary, .alert").first).to_be_visible()
    assert axe_finds(window) + demo_windows.complaints == []


@pytest.mark.once
def test_what_came_of_sending_to_many_passes_axe(window_of, demo_windows):
    window = window_of("desk")
    window.goto("/forms/")
    demo_windows.complaints.clear()
    window.locator("input[name=client]").first.check()
    window.get_by_role("button", name="Send to those ticked").click()
    expect(window.get_by_role("heading", name="What was sent")).to_be_visible()
    assert axe_finds(window) + demo_windows.complaints == []


def test_page_that_is_not_there(window_of):
    window = window_of(None)
    assert window.goto("/nowhere/").status == 404
    assert axe_finds(window) == []

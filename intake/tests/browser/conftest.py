"""A phone and a desk screen on the live pages."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from clinic.testing_guards import browser_launch
from intake.tests.conftest import link_to

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 900}}
# A refused form answers 422 and a save without a pass 401: the browser notes that, and it is meant so.
EXPECTED = ("status of 422", "status of 401", "ERR_INTERNET_DISCONNECTED")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The machine's own Chromium."""
    return browser_type_launch_args | browser_launch()


@pytest.fixture
def window(browser, live_server):
    """window(**options) opens a page; whatever the console complains of fails the test at the end."""
    opened, complaints = [], []

    def go(**options):
        context = browser.new_context(base_url=live_server.url, **(PHONE | options))
        opened.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield go
    for context in opened:
        context.close()
    assert [one for one in complaints if not any(words in one for words in EXPECTED)] == []


@pytest.fixture
def clean():
    """clean(page) fails when axe finds anything on it."""

    def look(page):
        found = Axe().run(page)
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"

    return look


def enter(page, invitation, born="4 5 1986"):
    """Open the link and give the date of birth."""
    page.goto(link_to(invitation))
    for part, value in zip(("day", "month", "year"), born.split(), strict=True):
        page.fill(f"#born-{part}", value)
    page.locator(".verify .btn-primary").click()


def fill_in(page, answers):
    """Give the answers on the screen that is open, as a person would."""
    for link_id, value in answers.items():
        field = page.locator(f'[data-question="{link_id}"]')
        if not field.count() or not field.is_visible():
            continue
        for one in value if isinstance(value, list) else [value]:
            posted = str(one).lower() if isinstance(one, bool) else one
            choice = field.locator(f'input[value="{posted}"]:not([type=hidden])')
            if choice.count():
                # Away from the bar at the lower edge, as a person would scroll it.
                choice.evaluate("one => one.scrollIntoView({ block: 'center', behavior: 'instant' })")
                choice.check(force=True)
            else:
                field.locator("input:not([type=hidden]), textarea").first.fill(str(one))


def next_screen(page):
    page.locator(".intake-actions button[value=next]").click()

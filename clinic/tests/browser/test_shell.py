"""The shell every page stands in: found by keyboard, in both themes, on a phone and without scripts."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ACCOUNT = (
    "/accounts/2fa/",
    "/accounts/sessions/",
    "/accounts/password/change/",
    "/accounts/logout/",
    "/accounts/email/",
    "/accounts/reauthenticate/",
)
ENTRANCE = ("/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/signup/")
OURS = ("/clients/", "/staff/", "/staff/invite/", "/audit/", "/outbox/", "/settings/")


def assert_clean(page, path):
    page.goto(path)
    found = Axe().run(page)
    assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path


def theme(page):
    return page.evaluate("document.documentElement.dataset.theme")


def test_slash_finds_a_client_and_arrows_walk_the_hits(window, desk, client_ann):
    page = window(desk)
    page.goto("/clients/")
    page.keyboard.press("/")
    page.keyboard.type(client_ann.first_name[:3], delay=30)
    page.locator(".search-results a").first.wait_for()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent").strip().startswith(client_ann.display_name)
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "find-client"
    assert page.locator(".search-results a").count() == 0


def test_search_works_without_scripts(window, desk, client_ann):
    page = window(desk, java_script_enabled=False)
    page.goto("/clients/")
    page.fill("#find-client", client_ann.last_name)
    page.press("#find-client", "Enter")
    assert page.locator("main").get_by_role("link", name=client_ann.last_name).count() >= 1


def test_chosen_theme_is_remembered_and_follows_to_the_next_page(window, desk):
    page = window(desk, color_scheme="light")
    page.goto("/clients/")
    assert theme(page) is None
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Dark colours").click()
    assert theme(page) == "dark"
    page.goto("/accounts/sessions/")
    assert theme(page) == "dark"


def test_menu_closes_with_escape_and_gives_the_focus_back(window, desk):
    page = window(desk)
    page.goto("/clients/")
    page.locator(".user-menu summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert page.locator(".user-menu[open]").count() == 0
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_first_tab_offers_to_skip_to_the_page(window, desk):
    page = window(desk)
    page.goto("/clients/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.once
def test_axe_finds_nothing_on_the_clinics_own_pages(window, owner, client_ann, scheme, width):
    page = window(owner, width=width, color_scheme=scheme)
    for path in (*OURS, *ACCOUNT, f"/clients/{client_ann.public_id}/", f"/clients/{client_ann.public_id}/edit/"):
        assert_clean(page, path)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.once
def test_axe_finds_nothing_before_signing_in(window, clinic_settings, scheme):
    page = window(width=360, color_scheme=scheme)
    for path in (*ENTRANCE, "/there-is-nothing-here/"):
        assert_clean(page, path)

"""A desk screen on the live pages, signed in as one of the people."""

import pytest
from django.conf import settings

from clinic.testing_guards import browser_launch


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The machine's own Chromium."""
    return browser_type_launch_args | browser_launch()


@pytest.fixture
def window(browser, live_server, as_user):
    """window(user, **options) opens a page; whatever the console complains of fails the test at the end."""
    opened, complaints = [], []

    def go(user=None, **options):
        size = {"width": options.pop("width", 1280), "height": 900}
        context = browser.new_context(base_url=live_server.url, viewport=size, **options)
        opened.append(context)
        if user:
            cookie = as_user(user).cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield go
    for context in opened:
        context.close()
    # The browser notes a page that is meant to be missing.
    assert [one for one in complaints if "status of 404" not in one] == []

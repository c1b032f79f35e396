"""What the front desk does: register, look whether a booking may stand, book, take an arrival."""

import re

from playwright.sync_api import expect

from treatments.tests.browser.windows import field


def register(page, *, first, last, born, mobile, email):
    """A new client, with the link sent at once. Returns the address of the record."""
    page.goto("/today/")
    page.get_by_role("link", name="New client").first.click()
    field(page, "First name").fill(first)
    field(page, "Last name").fill(last)
    field(page, "Date of birth").fill(born)
    field(page, "Mobile").fill(mobile)
    field(page, "E-mail").fill(email)
    for way in ("Agrees to messages by SMS", "Agrees to messages by e-mail"):
        page.get_by_label(way).check()
    page.get_by_role("button", name="Register").click()
    page.wait_for_url(re.compile(r"/clients/[0-9a-f-]{36}/$"))
    expect(page.get_by_text("The form is on its way by e-mail")).to_be_visible()
    return page.url


def book(page, record):
    """The second free time today for this client: the first may pass while the form is being filled in."""
    page.goto(record + "book/")
    # The radio button lies under its card.
    page.locator(".times .form-check").nth(1).click()
    page.get_by_role("button", name="Book the session").click()


def arrived(page, name):
    page.goto("/today/")
    slot_of(page, name).get_by_role("button", name=re.compile("^Arrived")).click()
    expect(slot_of(page, name)).to_contain_text("Arrived")


def slot_of(page, name):
    """The client's line on the day sheet."""
    return page.locator(".slot").filter(has_text=name)

"""The client's form as it really runs: what it weighs, and a server that dies in the middle of it."""

import os
import signal
import subprocess
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from clinic.testing_server import wait_until
from treatments.tests.browser import inside
from treatments.tests.browser.windows import PHONE, Windows

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

FIRST_KB, NEXT_KB = 130, 25


@pytest.fixture
def page(browser, demo_clinic):
    """A phone on the first screen of a new form; its complaints do not count: here the network fails."""
    windows = Windows(browser, demo_clinic.address)
    page = windows.open(PHONE)
    page.link = inside.run(demo_clinic, "someone_invited()")
    page.goto(page.link)
    for part, text in (("day", "4"), ("month", "5"), ("year", "1986")):
        page.fill(f"#born-{part}", text)
    page.get_by_role("button", name="Open my form").click()
    page.wait_for_url("**/intake/form/**")
    yield page
    windows.close()


class Scale:
    """Every byte that came over the wire, headers and all."""

    def __init__(self, page):
        self.bytes = {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._arrived)

    def _arrived(self, told):
        self.bytes[told["requestId"]] = told["encodedDataLength"]

    @property
    def kilobytes(self):
        return sum(self.bytes.values()) / 1000

    def empty(self):
        self.bytes.clear()


def test_form_is_light_on_the_wire(page, browser, demo_clinic, capsys):
    windows = Windows(browser, demo_clinic.address)
    first = windows.open(PHONE)  # nothing of the clinic is in its cache
    first.context.add_cookies(page.context.cookies())
    scale = Scale(first)
    # All that comes while the client reads the first screen, the four that follow among it.
    with first.expect_response("**/intake/form/heart/", timeout=30_000) as last:
        first.goto("/intake/form/about/")
    last.value.finished()
    first.wait_for_load_state("networkidle")
    weights = {"first": scale.kilobytes}
    for name in first.locator("form[data-intake]").evaluate("one => JSON.parse(one.dataset.screens)")[1:]:
        scale.empty()
        first.evaluate("async (name) => { await (await fetch(name, { cache: 'no-store' })).text(); }", name)
        weights[name.split("/")[-2]] = scale.kilobytes
    with capsys.disabled():
        print("\nkB over the wire: " + ", ".join(f"{name} {weight:.1f}" for name, weight in weights.items()))
    windows.close()
    assert weights.pop("first") <= FIRST_KB
    assert weights and max(weights.values()) <= NEXT_KB


@contextmanager
def dead_web(clinic):
    """Its web process killed outright, and the supervisor held so that it stays dead for a while."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(clinic.process.pid)], capture_output=True, text=True, check=True
    )
    web = next(int(line.split()[0]) for line in listed.stdout.splitlines() if "gunicorn" in line)
    clinic.process.send_signal(signal.SIGSTOP)
    os.killpg(web, signal.SIGKILL)
    try:
        yield
    finally:
        clinic.process.send_signal(signal.SIGCONT)
    wait_until(lambda: clinic.status() == 200, clinic=clinic, seconds=60)


def test_server_killed_in_mid_form_loses_nothing(page, demo_clinic):
    with page.expect_response("**/intake/form/meds/"):
        page.goto("/intake/form/care/")
    with dead_web(demo_clinic):
        page.get_by_label("Your doctor or practice").fill("Dr Mora, Oak Street")
        page.locator('[data-question="care.contact_doctor"] .form-check').first.tap()
        expect(page.locator("[data-save-state]")).to_contain_text("Your answers are safe here", timeout=20_000)
        page.locator(".intake-actions").get_by_role("button", name="Next").tap()
        page.wait_for_url("**/intake/form/reason/")
        page.locator('[data-question="reason.since"] .form-check').first.tap()
    expect(page.locator("[data-save-state]")).to_have_text("Saved", timeout=60_000)
    told = inside.run(demo_clinic, f"answers_behind({page.link!r})")
    assert (told["care.doctor"], told["care.contact_doctor"]) == ("Dr Mora, Oak Street", True)
    assert told["reason.since"] == page.locator('[data-question="reason.since"] input:checked').get_attribute("value")

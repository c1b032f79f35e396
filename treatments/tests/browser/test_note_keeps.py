"""The session note loses no word: typed, offline, in two windows."""

import re

import pytest
from playwright.sync_api import expect

from treatments.tests.browser.windows import DESK, Windows, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
# What the browser notes when the line is cut or the server answers "saved elsewhere": both are what is tested here.
MEANT = re.compile(r"ERR_INTERNET_DISCONNECTED|status of 409")


@pytest.fixture
def windows(browser, demo_clinic):
    made = Windows(browser, demo_clinic.address)
    yield made
    made.close()
    assert [each for each in made.complaints if not MEANT.search(each)] == []


@pytest.fixture
def note(windows, demo_clinic):
    """A therapist at the note of a session under way."""
    page = windows.open(DESK)
    sign_in(page, "therapist@demo.example", demo_clinic.logins["therapist"])
    page.goto(demo_clinic.places["note"])
    return page


def box(page, name):
    return page.locator(f"textarea[name={name}]")


def state(page):
    return page.locator("[data-save-state]")


def test_words_are_kept_without_pressing_anything(note):
    box(note, "objective").fill("Tone lower on the left.")
    note.locator("[name=pain_before][value='6']").check()
    expect(state(note)).to_have_attribute("data-state", "saved")
    note.reload()
    expect(box(note, "objective")).to_have_value("Tone lower on the left.")
    expect(note.locator("[name=pain_before][value='6']")).to_be_checked()


def test_words_typed_without_a_line_are_sent_when_it_is_back(note):
    note.context.set_offline(True)
    box(note, "assessment").fill("Written in the tunnel.")
    expect(state(note)).to_have_text(re.compile("^Offline"))
    note.context.set_offline(False)
    expect(state(note)).to_have_attribute("data-state", "saved")
    note.reload()
    expect(box(note, "assessment")).to_have_value("Written in the tunnel.")


def test_two_windows_show_both_versions(note):
    second = note.context.new_page()
    second.goto(note.url)
    box(second, "home_care").fill("Walk every day.")
    expect(state(second)).to_have_attribute("data-state", "saved")
    box(note, "plan_next").fill("Shoulder next time.")
    expect(state(note)).to_have_text(re.compile("^Saved elsewhere"))
    note.get_by_role("button", name="Save", exact=True).click()
    expect(note.get_by_role("alert").first).to_contain_text("Walk every day.")
    expect(box(note, "plan_next")).to_have_value("Shoulder next time.")
    box(note, "home_care").fill("Walk every day.")
    note.get_by_role("button", name="Save", exact=True).click()
    note.reload()
    expect(box(note, "plan_next")).to_have_value("Shoulder next time.")
    expect(box(note, "home_care")).to_have_value("Walk every day.")


def test_technique_is_ticked_by_its_pressure_and_emptied_by_its_tick(note):
    row = note.locator("[data-work-row]").first
    row.locator("[type=radio]").first.check(force=True)
    expect(row.locator("[name=work]")).to_be_checked()
    row.locator("[name=work]").uncheck()
    expect(row.locator("[type=radio]").first).not_to_be_checked()
    expect(state(note)).to_have_attribute("data-state", "saved")

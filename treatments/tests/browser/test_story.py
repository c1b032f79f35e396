"""One client, all the way through, in real windows against the running web, worker and scheduler."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from treatments.tests.browser import desk, inside, phone, therapist
from treatments.tests.browser.inside import PASSWORDS
from treatments.tests.browser.windows import DESK, PHONE, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

NAME, EMAIL = phone.NAME, "ann@example.org"
ADVICE = "should be checked by a doctor today"
SAID = "Stiff in the morning, better after a walk."


def staff_window(windows, role):
    page = windows.open(DESK)
    sign_in(page, f"{role}@riverside.example", PASSWORDS[role])
    return page


def answers_of_today(clinic):
    today = datetime.now(ZoneInfo(clinic.time_zone))
    return phone.ANSWERS | {"consent.signed_on": (str(today.day), str(today.month), str(today.year))}


def client_answers(windows, mailbox, clinic):
    """The mailed link, the form on a phone with one dangerous answer, advice at once and before sending."""
    page = windows.open(PHONE)
    phone.open_link(page, mailbox.wait_for(EMAIL, r"http://\S+/i/\S+"))
    phone.fill_in(page, windows, answers_of_today(clinic), advice=ADVICE)
    expect(page.get_by_text(ADVICE)).to_be_visible()
    windows.photograph(page, "client-check")
    page.get_by_role("button", name="Send my form").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    windows.photograph(page, "client-done")


def desk_may_not_book(windows, page, record):
    """The desk learns that a booking may not stand, and nothing of the reason."""
    page.goto(record + "intake/")
    expect(page.locator("main")).to_contain_text("Please do not book")
    windows.photograph(page, "desk-may-not-book")
    refusal = page.get_by_role("alert").or_(page.locator(".alert")).filter(has_text="may not stand at present")
    page.goto(record + "book/")
    expect(refusal.first).to_be_visible()
    desk.book(page, record)
    expect(page.get_by_text("Something needs another look")).to_be_visible()
    expect(refusal.first).to_be_visible()
    for clinical in ("clot", "swollen", "Rule"):
        expect(page.locator("main")).not_to_contain_text(clinical)
    windows.photograph(page, "desk-refused")


def reviewed_and_planned(windows, page, record):
    therapist.override(
        page,
        NAME,
        title="Possible clot in a limb",
        rule="RF-DVT",
        question="one leg or arm newly swollen",
        reason="Seen today: an insect bite, doctor agrees, no sign of a clot.",
    )
    windows.photograph(page, "lead-reviewed")
    therapist.plan(page, record, condition="Back pain", sessions=5)
    windows.photograph(page, "lead-plan")


def treated(windows, page, front):
    """Arrive, start, note, sign; the signed note stays as it is, an addendum stands below it."""
    desk.arrived(front, NAME)
    windows.photograph(front, "desk-day-sheet")
    note = therapist.start(page, NAME)
    therapist.write_note(page, before=6, after=3, said=SAID)
    windows.photograph(page, "lead-note")
    therapist.sign(page, said=SAID)
    page.goto(note)
    expect(page.get_by_label("What the client says")).to_have_count(0)
    expect(page.locator(".signed-by")).to_be_visible()
    therapist.addend(page, text="Left side, not right.", why="Slip of the pen.")
    windows.photograph(page, "lead-signed")


def checked_in(windows, clinic, mailbox):
    """Aftercare and the question come by mail from the worker; a day passes by moving the due time of the row."""
    assert inside.run(clinic, "bring_forward('aftercare.same_day')") == 1
    mailbox.wait_for(EMAIL, r"(?i)thank you for your first visit|after")
    assert inside.run(clinic, "bring_forward('aftercare.h24')") == 1
    page = windows.open(PHONE)
    page.goto(mailbox.wait_for(EMAIL, r"http://\S+/c/[\w.-]+/?"))
    windows.photograph(page, "client-check-in")
    phone.check_in(page, feeling="Worse", score=7, reaction="A headache since last night")
    windows.photograph(page, "client-checked-in")


def test_one_client_all_the_way_through(new_clinic, mailbox, windows):
    front = staff_window(windows, "desk")
    record = desk.register(front, first="Ann", last="Archer", born="4 May 1986", mobile="503 555 0142", email=EMAIL)
    windows.photograph(front, "desk-registered")
    client_answers(windows, mailbox, new_clinic)
    desk_may_not_book(windows, front, record)
    lead = staff_window(windows, "lead")
    reviewed_and_planned(windows, lead, record)
    desk.book(front, record)
    expect(desk.slot_of(front, NAME)).to_be_visible()
    treated(windows, lead, front)
    checked_in(windows, new_clinic, mailbox)
    lead.goto("/tasks/")
    expect(lead.locator("main")).to_contain_text(NAME)
    windows.photograph(lead, "lead-tasks")
    lead.goto(record + "chart/")
    curve = lead.locator(".is-curves")
    expect(curve.locator("svg").first).to_be_visible()
    expect(curve.get_by_role("cell", name=re.compile("^7")).first).to_be_attached()
    windows.photograph(lead, "lead-chart")
    assert not windows.complaints

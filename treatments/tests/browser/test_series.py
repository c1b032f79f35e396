"""The owner writes a message of the series in their own words; a session is closed, and the client's mail says them."""

import re

import pytest
from playwright.sync_api import expect

from treatments.tests.browser import inside, therapist
from treatments.tests.browser.inside import PASSWORDS
from treatments.tests.browser.windows import DESK, field, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

OWNER = "owner@riverside.example"
SUBJECT, WORDS = "Good morning from us", "Hello {first_name}, how did you sleep? Tell us: {link}"
SPANISH = ("Buenos días", "Hola {first_name}, ¿qué tal durmió? Cuéntenos: {link}")


def staff_window(windows, role):
    page = windows.open(DESK)
    sign_in(page, f"{role}@riverside.example", PASSWORDS[role])
    return page


def edited(windows, page):
    """A misspelt placeholder is refused and nothing typed is lost; then both languages are kept."""
    page.get_by_role("link", name="Aftercare", exact=True).click()
    page.get_by_role("button", name="Change it").click()
    page.get_by_role("link", name="How is it after a day?").click()
    mail = page.locator(".series-words").filter(has=page.get_by_role("heading", name="E-mail", exact=True))
    for language, (subject, words) in {"English": (SUBJECT, WORDS), "Spanish": SPANISH}.items():
        field(mail, f"Subject, {language}").fill(subject)
        field(mail, f"Words, {language}").fill(words)
    field(mail, "Words, English").fill(WORDS.replace("first_name", "frist_name"))
    page.get_by_role("button", name="Save in the draft").click()
    expect(page.get_by_role("alert")).to_contain_text("Did you mean “{first_name}”?")
    windows.photograph(page, "owner-refused")
    field(mail, "Words, English").fill(WORDS)
    counted = page.locator("#count-en")
    page.locator("#id_sms-text_en").press_sequentially(" 😀")
    expect(counted).to_contain_text("UCS-2, 3 parts")
    page.locator("#id_sms-text_en").press("Backspace")
    expect(counted).to_contain_text("GSM-7, 1 part")
    page.get_by_role("button", name="Save in the draft").click()
    expect(page.get_by_text("is kept in the draft")).to_be_visible()


def previewed(windows, page):
    """In both languages; one of them sent to the owner."""
    page.get_by_role("link", name="Preview", exact=True).click()
    for language, subject, words in (("English", SUBJECT, "Hello Alex"), ("Spanish", SPANISH[0], "Hola Alejandra")):
        field(page, "Message").select_option(label="How is it after a day?")
        field(page, "Language").select_option(label=language)
        page.get_by_role("button", name="Show").click()
        expect(page.locator(".series-mail")).to_contain_text(subject)
        expect(page.frame_locator(".series-html").locator("body")).to_contain_text(words)
        windows.photograph(page, f"owner-preview-{language}")
    page.get_by_role("button", name="Send me this e-mail").click()
    expect(page.get_by_text(f"A test is on its way to {OWNER}")).to_be_visible()


def published(page):
    page.goto("/series/draft/publish/")
    expect(page.locator(".changes")).to_contain_text(SUBJECT)
    field(page, "What changed, in a word").fill("A warmer question after a day")
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_role("cell", name="A warmer question after a day")).to_be_visible()


def test_what_the_owner_writes_reaches_the_client(new_clinic, mailbox, windows):
    owner = staff_window(windows, "owner")
    edited(windows, owner)
    previewed(windows, owner)
    mailbox.wait_for(OWNER, re.escape(f"[Test] {SPANISH[0]}") + r"[\s\S]*Hola Alejandra")
    published(owner)
    client = inside.run(new_clinic, "someone_arrived()")
    page = staff_window(windows, "therapist")
    therapist.start(page, client["name"])
    therapist.write_note(page, before=6, after=3, said="Slept badly.")
    therapist.sign(page, said="Slept badly.")
    assert inside.run(new_clinic, "bring_forward('aftercare.h24')") == 1
    mailbox.wait_for(
        client["email"], rf"{SUBJECT}\n[\s\S]*Hello {client['name']}, how did you sleep\? Tell us: http://\S+/c/"
    )
    assert not windows.complaints

"""A healthy person with back pain, on a phone: how many touches, how many screens."""

import pytest
from playwright.sync_api import expect

from intake.models import BodyMark, Flag, Response
from intake.tests.browser.conftest import link_to
from intake.tests.browser.test_body_chart_in_browser import finger, place
from intake.tests.browser.test_form_in_browser import kept
from intake.tests.conftest import HEALTHY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_TAPS, MOST_SCREENS = 75, 14


def tap_in(page, target):
    """A thumb on the middle of it, once it is in sight."""
    target.evaluate("one => one.scrollIntoView({ block: 'center', behavior: 'instant' })")
    target.tap()


def answer(page, link_id, value):
    """Touch the card of each answer; a text is a touch on its field, then typing."""
    question = page.locator(f'fieldset[data-question="{link_id}"]')
    for one in value if isinstance(value, list) else [value]:
        posted = str(one).lower() if isinstance(one, bool) else str(one)
        choice = question.locator(".form-check").filter(has=page.locator(f'input[value="{posted}"]'))
        if not choice.count():
            tap_in(page, question.locator("input:not([type=hidden]), textarea").first)
            page.keyboard.insert_text(posted)
        elif not choice.locator("input").is_checked():
            tap_in(page, choice)


def mark_the_back(page):
    """The low back aches, six of ten."""
    tap_in(page, page.locator("[data-bc-views]").get_by_role("button", name="Back", exact=True))
    place(page, "POST-BACK-LOW-L", "posterior").evaluate(
        "one => one.scrollIntoView({ block: 'center', behavior: 'instant' })"
    )
    finger(page, "POST-BACK-LOW-L", "posterior")
    sheet = page.get_by_role("dialog")
    for name in ("Pain", "6"):
        sheet.get_by_role("button", name=name, exact=True).tap()
    sheet.get_by_role("button", name="Done").tap()


def open_questions(page):
    return page.locator("fieldset[data-question]:visible").evaluate_all(
        """all => all.filter(one => one.querySelector("input:checked") === null
        && ![...one.querySelectorAll("input:not([type=hidden]), textarea")].some(field =>
           !["radio", "checkbox"].includes(field.type) && field.value)).map(one => one.dataset.question)"""
    )


def one_screen(page):
    """All that has to be answered, the plain no's by their one button."""
    if page.url.endswith("/reason/"):
        mark_the_back(page)
    everything = page.locator("[data-none-of-these] button")
    if everything.count():
        tap_in(page, everything)
        expect(page.locator("[data-none-of-these]")).to_have_count(0)
    given = set()
    while left := [one for one in open_questions(page) if one in HEALTHY and one not in given]:
        answer(page, left[0], HEALTHY[left[0]])
        given.add(left[0])


def test_healthy_person_with_back_pain_needs_few_taps_and_screens(window, invited, capsys):
    page, taps = window(), []
    page.context.expose_function("tapped", lambda: taps.append(page.url))
    page.context.add_init_script("addEventListener('pointerdown', () => tapped(), true)")
    page.goto(link_to(invited))
    for part, value in (("day", "4"), ("month", "5"), ("year", "1986")):
        page.locator(f"#born-{part}").tap()
        page.keyboard.type(value)
    page.get_by_role("button", name="Open my form").tap()
    page.wait_for_url("**/form/about/")
    screens = ["start"]
    while not page.url.endswith("/check/"):
        screens.append(page.url.split("/")[-2])
        one_screen(page)
        page.locator(".intake-actions").get_by_role("button", name="Next").tap()
        page.wait_for_url(lambda url: not url.endswith(f"/{screens[-1]}/"))
    screens.append("check")
    page.get_by_role("button", name="Send my form").tap()
    page.wait_for_url("**/intake/done/")
    screens.append("done")
    with capsys.disabled():
        print(f"\nhealth history, healthy with back pain, 390 x 844: {len(taps)} taps, {len(screens)} screens")
    assert len(taps) <= MOST_TAPS and len(screens) <= MOST_SCREENS, (len(taps), screens)
    assert Response.objects.get().status == "completed" and not Flag.objects.exists()
    assert BodyMark.objects.get().intensity == 6 and kept()["reason.goal"] == "Lift my child"

"""The whole form by keyboard alone, from the link to the thank-you."""

import pytest

from intake.models import Response
from intake.tests.browser.conftest import DESK, link_to
from intake.tests.browser.test_form_in_browser import kept
from intake.tests.conftest import HEALTHY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOCUSED = """() => {
  const one = document.activeElement;
  const question = one.closest("fieldset[data-question]");
  const box = one.getBoundingClientRect();
  return { question: question?.dataset.question || "", type: one.matches("input, textarea") ? one.type : "",
    value: one.value || "", name: one.name || "", checked: Boolean(one.checked),
    words: one.innerText?.trim() || "", seen: box.bottom > 0 && box.top < innerHeight };
}"""


def reach(page, wanted, what):
    """Press Tab until the focus is on what is wanted; every stop on the way can be seen."""
    for _ in range(120):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUSED)
        assert here["seen"] or here["words"], here
        if wanted(here):
            return here
    raise AssertionError(f"Tab never reached {what}")


def choose(page, link_id, value, here):
    """Arrow keys in a group of radio buttons; the space bar on each box to tick."""
    wanted = [
        str(one).lower() if isinstance(one, bool) else str(one)
        for one in (value if isinstance(value, list) else [value])
    ]
    if here["type"] == "radio":
        page.keyboard.press("Space")
        for _ in range(15):
            if page.evaluate(FOCUSED)["value"] == wanted[0]:
                return
            page.keyboard.press("ArrowDown")
        raise AssertionError(f"{link_id}: the arrows never reached {wanted[0]}")
    for code in wanted:
        if page.evaluate(FOCUSED)["value"] != code:
            reach(page, lambda on, code=code: on["question"] == link_id and on["value"] == code, f"{link_id} {code}")
        if not page.evaluate(FOCUSED)["checked"]:
            page.keyboard.press("Space")


def one_screen(page):
    """Tab through it, answer what has to be answered, and press Next."""
    asked, given = set(HEALTHY), set()
    while True:
        here = reach(page, lambda on: on["words"] == "Next" or (on["type"] and on["question"] in asked - given), "Next")
        if here["words"] == "Next":
            page.keyboard.press("Enter")
            return
        given.add(here["question"])
        if here["type"] in ("radio", "checkbox"):
            choose(page, here["question"], HEALTHY[here["question"]], here)
        elif not here["value"] and "_" not in here["name"].removeprefix(here["question"]):
            page.keyboard.insert_text(str(HEALTHY[here["question"]]))


def test_whole_form_by_keyboard_alone(window, invited):
    page = window(**DESK, has_touch=False, reduced_motion="reduce")
    page.goto(link_to(invited))
    for part, text in (("born_day", "4"), ("born_month", "5"), ("born_year", "1986")):
        reach(page, lambda on, part=part: on["name"] == part, part)
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_url("**/form/about/")
    while not page.url.endswith("/check/"):
        before = page.url
        one_screen(page)
        page.wait_for_url(lambda url, before=before: url != before)
        assert page.evaluate("document.activeElement.tagName") == "H1"
    reach(page, lambda on: on["words"] == "Send my form", "Send my form")
    page.keyboard.press("Enter")
    page.wait_for_url("**/intake/done/")
    assert Response.objects.get().status == "completed"
    assert (kept()["reason.goal"], kept()["heart.bp"], kept()["comfort.pressure"]) == (
        HEALTHY["reason.goal"], HEALTHY["heart.bp"], HEALTHY["comfort.pressure"],
    )  # fmt: skip

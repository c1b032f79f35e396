"""What a client does on a phone: open the link, answer, mark, agree, sign, send."""

import re

from playwright.sync_api import expect

BORN = ("4", "5", "1986")
NAME = "Ann Archer"

ANSWERS = {
    "about.emergency_name": "Eva Archer",
    "about.emergency_phone": "+1 503 555 0199",
    "about.minor": "false",
    "care.contact_doctor": "true",
    "care.referred": "no",
    "reason.conditions": ["back-pain"],
    "reason.goal": "Lift my child again",
    "reason.since": "gt3m",
    "reason.diagnosed": "yes",
    "reason.pain_now": "6",
    "today.urgent": ["none"],
    "today.fever": "no",
    "today.stomach": "no",
    "today.skin": ["none"],
    "today.injury": "no",
    "today.leg_swelling": "yes",
    "today.general": ["none"],
    "heart.conditions": ["none"],
    "heart.bp": "normal",
    "heart.clot": "never",
    "heart.bleeding": "no",
    "heart.device": ["none"],
    "meds.classes": ["none"],
    "meds.allergies": ["none"],
    "surgery.recent": "no",
    "bones.fracture": "no",
    "bones.osteoporosis": "no",
    "bones.arthritis": "no",
    "health.cancer": "never",
    "health.lymph": "no",
    "health.diabetes": "no",
    "health.numb": "no",
    "health.epilepsy": "no",
    "health.organs": ["none"],
    "health.pregnancy": "no",
    "rf.back.ces": ["none"],
    "rf.back.leg_weak": "no",
    "rf.back.history": ["none"],
    "rf.back.spread": "back",
    "comfort.pressure": "p3",
    "consent.scope": "true",
    "consent.treatment": "true",
    "consent.draping": "true",
    "consent.areas": ["abdomen"],
    "consent.privacy": "true",
    "consent.messages": ["email"],
    "consent.cancellation": "true",
    "consent.accuracy": "true",
    "consent.signature": NAME,
}


def open_link(page, link, born=BORN):
    """The mailed link, then the date of birth."""
    page.goto(link)
    for label, part in zip(("Day", "Month", "Year"), born, strict=True):
        page.get_by_label(label).fill(part)
    page.get_by_role("button", name="Open my form").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("About you")


def answer_screen(page, answers):
    """Give every answer this screen asks for, also those that appear meanwhile."""
    given = set()
    while True:
        shown = page.locator("fieldset[data-question]:visible").evaluate_all(
            "all => all.map(one => one.dataset.question)"
        )
        rest = [link_id for link_id in shown if link_id in answers and link_id not in given]
        if not rest:
            # Every answer is on the server before anything is pressed.
            expect(page.locator("[data-save-state]")).to_have_text("Saved")
            return
        give(page, rest[0], answers[rest[0]])
        given.add(rest[0])


def give(page, link_id, value):
    """One answer, kept at once."""
    question = page.locator(f'fieldset[data-question="{link_id}"]')
    if question.get_attribute("data-kind") == "date":
        for part, text in zip(("day", "month", "year"), value, strict=True):
            question.locator(f'input[name$="_{part}"]').fill(text)
        return
    boxes = question.locator("input[type=radio], input[type=checkbox]")
    if not boxes.count():
        question.locator("input:not([type=hidden]):not([type=file]), textarea").fill(value)
        return
    for code in value if isinstance(value, list) else [value]:
        # Where a finger lands: on the card, whatever of it lies on top.
        question.locator(".form-check").filter(has=page.locator(f'input[value="{code}"]')).tap()
        expect(question.locator(f'input[value="{code}"]')).to_be_checked()


def screen_of(page):
    """The name of the screen that is open; "check" for the reading back."""
    return page.url.split("/form/")[1].split("/")[0]


def next_screen(page):
    """“Next”, until another screen is there."""
    before = page.url.split("#")[0]
    page.get_by_role("button", name="Next").last.click()
    page.wait_for_url(lambda url: url.split("#")[0] != before)


def mark(page, place, feeling, strength):
    """One place on the body chart."""
    if not page.get_by_label("Place", exact=True).is_visible():
        page.get_by_text("Choose from a list", exact=True).click()
    page.get_by_label("Place", exact=True).select_option(label=place)
    page.get_by_label("What you feel").select_option(label=feeling)
    page.get_by_label("How strong, 0 to 10").fill(strength)
    page.get_by_role("button", name="Add this place").click()
    expect(page.locator(".marks")).to_contain_text(place)


def fill_in(page, windows, answers, *, advice):
    """Every screen up to the reading back; the dangerous answer brings its advice at once."""
    while (where := screen_of(page)) != "check":
        answer_screen(page, answers)
        if where == "reason":
            windows.photograph(page, "client-reason")
            mark(page, "Low back, your left", "Ache", "6")
        if where == "today":
            expect(page.locator("[data-advice]")).to_contain_text(advice)
        windows.photograph(page, f"client-{where}")
        next_screen(page)


def check_in(page, *, feeling, score, reaction):
    """How it is now: one card, sent; then a number, and whether anything came of it."""
    page.locator(".form-check").filter(has_text=re.compile(rf"^\s*{feeling}\s*$")).tap()
    page.get_by_role("button", name="Send").tap()
    expect(page.get_by_role("heading", name="What you told us")).to_be_visible()
    page.locator(".scale .form-check").filter(has=page.locator(f'input[name=score][value="{score}"]')).tap()
    page.locator(".form-check").filter(has_text=re.compile(r"^\s*Yes")).tap()
    page.locator("textarea[name=reaction_text], input[name=reaction_text]").fill(reaction)
    page.get_by_role("button", name="Add this").tap()
    expect(page.locator(".said li")).to_have_count(2)
    expect(page.locator("main")).to_contain_text("Thank you, we will call you.")

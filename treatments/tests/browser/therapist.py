"""What a therapist does: review, override, plan, treat, write, sign."""

import re

from playwright.sync_api import expect

from treatments.tests.browser.windows import field


def override(page, name, *, title, rule, question, reason):
    """The flag with its answer, rule and source; then the override with its reason."""
    page.goto("/review/")
    page.get_by_role("link", name=name, exact=True).click()
    flag = page.locator(".flag").filter(has_text=title)
    expect(flag).to_contain_text(question)
    flag.get_by_text(f"Rule {rule} and where it comes from").click()
    expect(flag.locator("ul.source li").first).to_be_visible()
    flag.get_by_role("link", name=re.compile("Override or comment")).click()
    field(page, "Reason").fill(reason)
    page.get_by_role("button", name="Override with this reason").click()
    expect(page.locator(".flag").filter(has_text=title)).to_contain_text(reason)
    page.get_by_role("button", name="Mark as reviewed").click()
    expect(page.get_by_text("Marked as reviewed.")).to_be_visible()


def plan(page, record, *, condition, sessions):
    """The catalogue's plan, with another number of sessions, started."""
    page.goto(record + "chart/")
    page.get_by_role("link", name="Propose a plan").first.click()
    offer = page.locator("section").filter(has=page.get_by_role("heading", name=condition))
    expect(offer).to_contain_text("Named by the client")
    offer.get_by_role("button", name=re.compile("^Propose")).first.click()
    page.get_by_role("link", name="Adjust").click()
    field(page, "Sessions").fill(str(sessions))
    page.get_by_role("button", name="Save the plan").click()
    expect(page.get_by_text(re.compile(f"{sessions} sessions of "))).to_be_visible()
    met = page.get_by_label("Yes, this is the case")
    if met.count():
        met.check()
    page.get_by_role("button", name="Start the plan").click()
    expect(page.locator(".page-header")).to_contain_text("Active")


def start(page, name):
    """From the day sheet into the note."""
    page.goto("/today/")
    page.locator(".slot").filter(has_text=name).get_by_role("button", name=re.compile("^Start")).click()
    page.wait_for_url(re.compile(r"/sessions/[0-9a-f-]{36}/note/$"))
    return page.url


def write_note(page, *, before, after, said):
    """Ninety seconds: pain, words, one technique with its pressure. Kept as it is written."""
    tap_pain(page, "pain_before", before)
    page.get_by_label("What the client says").fill(said)
    row = page.locator("[data-work-row]").filter(has=page.locator("input[type=radio]")).first
    row.locator("input[type=radio][value='3']").check()
    expect(row.get_by_role("checkbox")).to_be_checked()
    tap_pain(page, "pain_after", after)
    expect(page.locator("[data-save-state]")).to_have_text(re.compile(r"^Saved \d"))


def tap_pain(page, name, value):
    page.locator(f'.scale input[name={name}][value="{value}"]').check()


def sign(page, *, said):
    """Read once more, then sign: locked."""
    page.get_by_role("button", name="Read through and sign").click()
    expect(page.get_by_text(said)).to_be_visible()
    page.get_by_role("button", name="Sign and lock").click()
    expect(page.locator(".signed-by")).to_contain_text("Signed by")


def addend(page, *, text, why):
    """The only way to say more about a signed session."""
    page.get_by_text("Add an addendum").click()
    page.get_by_label("What is to be added").fill(text)
    field(page, "Why").fill(why)
    page.get_by_role("button", name="Add it").click()
    expect(page.locator(".timeline").filter(has_text=text)).to_be_visible()

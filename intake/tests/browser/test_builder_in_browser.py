"""The builder in a real browser: by keyboard alone, by dragging, with the phone following; and for axe."""

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from intake.authoring import drafts, outline
from intake.models import Questionnaire
from intake.tests.browser.conftest import DESK
from intake.tests.test_outline import small

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


@pytest.fixture
def owners_desk(window, as_user, owner, live_server):
    """A desk screen signed in as the owner."""

    def go(**options):
        page = window(**DESK | options)
        cookie = as_user(owner).cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        return page

    return go


@pytest.fixture
def form(owner, moment):
    return drafts.create(title="Small", document=small(), by=owner, now=moment)


def draft_url(form, **query):
    from urllib.parse import urlencode

    return reverse("intake:draft", args=[form.public_id]) + (f"?{urlencode(query)}" if query else "")


def tab_to(page, selector, presses=160):
    """Press Tab until the focus is there: what cannot be reached this way fails."""
    for _ in range(presses):
        if page.evaluate("(one) => !!document.activeElement?.matches(one)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by keyboard")


def settled(page, revision):
    page.wait_for_selector(f'#work[data-ready]:has(#item-form input[name=seen][value="{revision}"])', state="attached")


def test_a_form_is_built_and_published_by_keyboard_alone(owners_desk):
    page = owners_desk()
    page.goto(reverse("intake:questionnaire_new"))
    tab_to(page, "#id_title")
    page.keyboard.type("How you slept")
    page.keyboard.press("Enter")
    page.wait_for_url("**/draft/**")
    tab_to(page, '[data-group="questions"] > summary')
    tab_to(page, 'a[data-item="questions"]')
    page.keyboard.press("Enter")
    page.wait_for_selector("#work[data-ready] h2:has-text('Group')")
    tab_to(page, 'button[name=do][value=add]:not([tabindex="-1"])')
    page.keyboard.press("Enter")
    settled(page, 2)
    expect(page.locator("#id_item-text")).to_be_focused()  # its words are chosen: typing takes their place
    page.keyboard.type("Did you sleep well?")
    tab_to(page, "#id_item-more_options")
    page.keyboard.type("A little")
    tab_to(page, ".item-form .btn-primary")
    page.keyboard.press("Enter")
    settled(page, 3)
    tab_to(page, 'button[value="option_up:a_little"]')
    page.keyboard.press("Enter")
    settled(page, 4)
    tab_to(page, "#new-kind")
    page.keyboard.type("Long text")
    tab_to(page, 'button[name=do][value=add]:not([tabindex="-1"])')
    page.keyboard.press("Enter")
    settled(page, 5)
    page.keyboard.type("What woke you?")
    tab_to(page, ".conditions summary")
    page.keyboard.press("Enter")
    tab_to(page, "#cond-question-1")
    page.keyboard.press("D")  # one letter: the answers of the question it finds are fetched at once
    page.wait_for_selector("#cond-test-1")
    tab_to(page, "#cond-test-1")
    chosen = page.locator("#cond-test-1 option:checked")
    for _ in range(5):  # a list that has just come may not be laid out yet, and then hears no key
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(500)
        if "Yes" not in chosen.inner_text():
            break
    expect(chosen).to_contain_text("A little")
    tab_to(page, ".item-form .btn-primary")
    page.keyboard.press("Enter")
    settled(page, 6)
    expect(page.locator(".when")).to_have_text("Ask this when “Did you sleep well?” is “A little”.")
    tab_to(page, "a.outline-row[aria-current]")
    page.keyboard.press("Alt+ArrowUp")
    settled(page, 7)
    expect(page.get_by_text("comes later")).to_be_visible()  # a condition that now waits for a later answer is told
    tab_to(page, ".builder-state button")
    page.keyboard.press("Enter")
    settled(page, 8)
    tab_to(page, 'a[href$="/draft/publish/"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/publish/")
    tab_to(page, "#id_note")
    page.keyboard.type("The first version")
    page.keyboard.press("Enter")
    expect(page.get_by_text("It is published")).to_be_visible()
    version = Questionnaire.objects.get(title="How you slept").versions.get()
    asked = [outline.id_of(place.item) for place in outline.places(version.document)]
    assert asked == ["questions", "questions.did_you_sleep_well", "questions.what_woke_you"]


def test_lines_are_dragged_and_what_was_typed_is_kept_on_the_way(owners_desk, form):
    page = owners_desk()
    page.goto(draft_url(form, item="a.bp"))
    page.fill("#id_item-text", "Typed and not saved")
    page.locator('a[data-item="b.why"]').click()
    settled(page, 2)
    page.drag_and_drop('a[data-item="a.num"]', 'a[data-item="a.bp"]')
    settled(page, 3)
    document = drafts.draft_of(form).document
    assert outline.find(document, "a.bp").item["text"] == "Typed and not saved"
    assert [outline.id_of(place.item) for place in outline.places(document)][1:3] == ["a.num", "a.bp"]


def test_the_phone_follows_and_conditions_work_on_it(owners_desk, form):
    page = owners_desk()
    page.goto(draft_url(form, item="a.bp"))
    phone = page.frame_locator("[data-phone]")
    expect(phone.get_by_text("Blood pressure")).to_be_visible()
    assert page.evaluate("document.querySelector('[data-phone]').offsetWidth") == 390
    page.fill("#id_item-text", "Your blood pressure")
    page.locator(".item-form .btn-primary").click()
    expect(phone.get_by_text("Your blood pressure")).to_be_visible()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        phone.get_by_text("High").click()
    page.locator('a[data-item="b.why"]').click()
    expect(phone.get_by_text("Why?")).to_be_visible()
    expect(phone.get_by_text("clients do not see this part")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.once
def test_axe_finds_nothing_on_the_builders_pages(owners_desk, clean, history, owner, moment, scheme, width):
    questionnaire = history.questionnaire
    draft = drafts.begin(questionnaire=questionnaire, by=owner, now=moment)
    drafts.change(
        questionnaire=questionnaire, edit=lambda one: outline.remove(one, "heart.bp"), words="Took it out",
        seen=draft.revision, by=owner, now=moment,
    )  # fmt: skip
    page = owners_desk(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    of = [questionnaire.public_id]
    for path in (
        reverse("intake:questionnaire_list"),
        reverse("intake:questionnaire_new"),
        reverse("intake:questionnaire_detail", args=of),
        reverse("intake:questionnaire_asking", args=of),
        draft_url(questionnaire),
        draft_url(questionnaire, item="meds.classes"),
        draft_url(questionnaire, item="today.skin_where"),
        draft_url(questionnaire, item="rf.back"),
        reverse("intake:draft_translate", args=of) + "?show=missing",
        reverse("intake:draft_publish", args=of),
        reverse("intake:draft_discard", args=of),
        reverse("intake:version_detail", args=[history.public_id]),
        reverse("clinic:service_list"),
    ):
        page.goto(path)
        clean(page)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path

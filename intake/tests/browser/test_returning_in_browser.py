"""Coming back on a phone: the check before a visit by its taps, last year's answers with the script off."""

import time
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic import audit
from intake import questionnaires, responses
from intake.access import actor_of
from intake.inviting import invitations
from intake.models import Response
from intake.tests.browser.conftest import enter
from intake.tests.conftest import HEALTHY, agree

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def known(client_ann, desk):
    """Ann filled in everything 100 days ago."""
    now = timezone.now()
    questionnaires.publish_shipped(by=audit.SYSTEM, now=now - timedelta(days=200))
    agree(client_ann, desk, now - timedelta(days=200))
    ago = now - timedelta(days=100)
    first = responses.start(invitation=invitations.invite(client=client_ann, by=desk, now=ago), now=ago)
    responses.save(response=first, changes=HEALTHY, by=actor_of(first.invitation), now=ago)
    responses.submit(response=first, by=actor_of(first.invitation), now=ago)
    return client_ann


def test_nothing_new_takes_five_taps_on_two_screens(window, clean, known, desk):
    link = invitations.invite(client=known, by=desk, now=timezone.now(), slug=questionnaires.PRESESSION)
    page = window()
    enter(page, link)
    page.get_by_role("heading", name="Anything new since").wait_for()
    clean(page)
    began, taps = time.monotonic(), 0
    page.get_by_role("button", name="No, nothing is new").tap()
    taps += 1
    page.get_by_role("button", name="None of these").wait_for()
    clean(page)
    for question, value in (("pre.pain", "3"), ("pre.last_reaction", "better"), ("pre.consent", "true")):
        page.locator(f'[data-question="{question}"] input[value="{value}"]').tap(force=True)
        taps += 1
    page.get_by_role("button", name="None of these").tap()
    taps += 1
    page.get_by_role("heading", name="Thank you").wait_for()
    print(f"the check with nothing new: {taps} taps, 2 screens, {time.monotonic() - began:.1f} s of the machine's time")
    assert taps <= 5
    assert Response.objects.get(invitation=link).status == "completed"


@pytest.mark.parametrize("script", [True, False])
def test_last_answers_are_confirmed_part_by_part_with_and_without_the_script(window, clean, known, desk, script):
    link = invitations.invite(client=known, by=desk, now=timezone.now())
    page = window(java_script_enabled=script)
    enter(page, link)
    page.get_by_role("heading", name="About you").wait_for()
    if script:
        clean(page)
    page.get_by_role("button", name="Yes, still right").click()
    page.get_by_role("heading", name="Doctor and other care").wait_for()
    page.get_by_role("button", name="Something has changed").click()
    field = page.locator('[data-question="care.doctor"] input, [data-question="care.doctor"] textarea').last
    field.fill("Dr. Neu")
    page.locator('[data-question="care.contact_doctor"] input[value="true"]').check(force=True)
    page.locator(".intake-actions").get_by_role("button", name="Next").click()
    page.get_by_role("heading", name="Why you are coming").wait_for()
    begun = Response.objects.get(invitation=link)
    assert responses.answers_of(begun)["care.doctor"] == "Dr. Neu"
    assert "about.emergency_name" in begun.confirmed and "care.doctor" not in begun.confirmed


def test_the_tablet_from_the_desk_to_the_client_and_back(window, clean, known, as_user, desk, live_server):
    session = as_user(desk).cookies["sessionid"].value
    page = window(viewport={"width": 1280, "height": 900}, has_touch=False)
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(reverse("intake:client_intake", args=[known.public_id]))
    page.get_by_role("link", name="Hand over this tablet").click()
    clean(page)
    page.get_by_role("button", name="Sign out and hand over").click()
    page.get_by_role("heading", name="About you").wait_for()
    page.go_back()
    page.goto(reverse("clinic:client_list"))
    page.get_by_role("heading", name="About you").wait_for()
    page.get_by_role("button", name="give the tablet back").click()
    page.get_by_role("heading", name="hand the tablet back").wait_for()
    clean(page)
    page.go_back()
    assert "Archer" not in page.content()
    page.goto(reverse("clinic:client_list"))
    page.wait_for_url("**/accounts/login/**")


def test_the_code_on_the_desk_s_screen(window, clean, known, as_user, desk, live_server):
    session = as_user(desk).cookies["sessionid"].value
    page = window(viewport={"width": 1280, "height": 900}, has_touch=False)
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(reverse("intake:client_intake", args=[known.public_id]))
    page.get_by_role("button", name="Show a code").click()
    page.locator("svg.qr").wait_for()
    clean(page)

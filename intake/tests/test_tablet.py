"""The clinic's tablet in a client's hands: their form, nothing else, and nothing left when it comes back."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clinic.models import AuditEvent
from intake import access
from intake.inviting import invitations
from intake.models import Invitation, Response
from intake.tests.conftest import HEALTHY, agree, born, link_to

RESUME, DONE, START = reverse("intake:resume"), reverse("intake:done"), reverse("intake:verify")


def hand_over(client):
    return reverse("intake:hand_over", args=[client.public_id])


@pytest.fixture
def tablet(history, as_user, desk, client_ann):
    """The desk's tablet, handed to Ann."""
    browser = as_user(desk)
    browser.get(reverse("treatments:day_sheet"))
    answer = browser.post(hand_over(client_ann))
    assert (answer.status_code, answer["Location"]) == (303, RESUME)
    return browser


def test_asking_first_changes_nothing(history, as_user, desk, client_ann):
    browser = as_user(desk)
    page = browser.get(hand_over(client_ann)).content.decode()
    assert "You are signed out here" in page and "Ann" in page
    assert not Invitation.objects.exists()
    assert browser.get(reverse("treatments:day_sheet")).status_code == 200


def test_the_form_opens_without_a_date_of_birth_and_staff_are_signed_out(tablet, desk, client_ann):
    to = tablet.get(RESUME)["Location"]
    assert to == reverse("intake:screen", args=["about"])
    assert tablet.get(to).status_code == 200
    assert "_auth_user_id" not in tablet.session
    event = AuditEvent.objects.get(action="invitation.open_here")
    assert (event.actor, event.client, event.reason) == (desk, client_ann, access.TABLET)
    assert Invitation.objects.get().channels == [access.TABLET]


@pytest.mark.parametrize(
    "name",
    ["treatments:day_sheet", "clinic:client_list", "intake:review_list", "clinic:settings_edit", "account_login",
     "account_logout", "mfa_index", "conditions:home"],
)  # fmt: skip
def test_nothing_but_the_form_is_reachable(tablet, name):
    answer = tablet.get(reverse(name))
    assert (answer.status_code, answer["Location"]) == (302, RESUME)
    assert tablet.post(reverse(name)).status_code == 403
    assert tablet.get(reverse("treatments:chart", args=[Invitation.objects.get().client.public_id])).status_code == 302


def test_no_other_client_s_link_opens_on_it(tablet, client_ben, desk, moment):
    agree(client_ben, desk, moment)
    ben = invitations.invite(client=client_ben, by=desk, now=moment)
    assert tablet.get(link_to(ben))["Location"] == RESUME
    assert "Ben" not in tablet.get(tablet.get(RESUME)["Location"]).content.decode()
    assert not Response.objects.filter(client=client_ben).exists()


def test_a_second_tab_of_the_staff_is_shut_too(history, as_user, desk, client_ann):
    browser = as_user(desk)
    page = browser.get(hand_over(client_ann)).content.decode()  # the other tab stays open on a staff page
    browser.post(hand_over(client_ann))
    assert browser.post(hand_over(client_ann)).status_code == 403
    assert browser.get(reverse("clinic:client_list"))["Location"] == RESUME
    assert "csrfmiddlewaretoken" in page


def test_giving_it_back_leaves_nothing_and_the_way_back_is_signing_in(tablet):
    tablet.get(tablet.get(RESUME)["Location"])
    page = tablet.post(reverse("intake:leave"))
    assert "hand the tablet back" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert not tablet.session.items()
    for name in ("intake:resume", "intake:done", "intake:readback"):
        assert tablet.get(reverse(name))["Location"] == START
    assert "give your date of birth" not in tablet.get(START).content.decode()
    assert tablet.get(reverse("account_login")).status_code == 200
    assert tablet.get(reverse("treatments:day_sheet"))["Location"].startswith(reverse("account_login"))


def send(tablet, **changes):
    from intake import responses

    response = Response.objects.get()
    by = invitations.actor_of(response.invitation)
    answers = HEALTHY | {"consent.signed_on": "2026-11-24"} | changes
    responses.save(response=response, changes=answers, by=by, now=timezone.now())
    return tablet.post(reverse("intake:readback"))


def test_after_sending_it_asks_to_be_handed_back_and_holds_nothing(tablet):
    assert send(tablet)["Location"] == DONE
    page = tablet.get(DONE)
    assert "Please hand the tablet back" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert "copy.pdf" not in page.content.decode()
    assert not tablet.session.items()
    assert tablet.get(DONE)["Location"] == START
    assert tablet.get(reverse("intake:copy"))["Location"] == START


def test_what_cannot_wait_is_still_said_at_the_end(tablet):
    send(tablet, **{"today.leg_swelling": "yes"})
    assert "checked by a doctor today" in tablet.get(DONE).content.decode()


def test_no_copy_is_put_on_the_tablet(tablet):
    send(tablet)
    assert tablet.get(reverse("intake:copy"))["Location"] == RESUME


def test_back_button_pages_are_never_kept(tablet):
    for to in (tablet.get(RESUME)["Location"], reverse("intake:readback")):
        assert "no-store" in tablet.get(to)["Cache-Control"]


def test_left_alone_it_asks_for_the_date_of_birth_and_stays_shut(tablet, client_ann):
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        assert tablet.get(RESUME)["Location"] == START
        assert tablet.get(reverse("treatments:day_sheet"))["Location"] == RESUME
        assert tablet.post(START, born(client_ann.date_of_birth))["Location"] == RESUME
        assert tablet.get(reverse("account_login"))["Location"] == RESUME


def test_the_cover_comes_soon(tablet):
    page = tablet.get(tablet.get(RESUME)["Location"]).content.decode()
    assert re.search(r'data-cover data-minutes="2"', page)
    assert "give the tablet back" in page


def test_forms_that_do_not_exist_open_the_history(history, as_user, desk, client_ann):
    browser = as_user(desk)
    browser.post(hand_over(client_ann), {"form": "no-such-form" * 50})
    assert Invitation.objects.get().questionnaire.slug == "health-history"


def test_without_a_published_form_nobody_is_signed_out(as_user, desk, client_ann):
    browser = as_user(desk)
    assert browser.post(hand_over(client_ann)).status_code == 302
    assert browser.get(hand_over(client_ann)).status_code == 200


def test_a_browser_without_a_tablet_s_mark_goes_everywhere(client, history):
    assert client.get(reverse("conditions:home")).status_code == 200


# --- the code on the desk's screen ------------------------------------------------------------------------------------


def test_the_code_on_the_screen_opens_the_form_with_the_date_of_birth(history, as_user, desk, client_ann):
    answer = as_user(desk).post(reverse("intake:show_code", args=[client_ann.public_id]))
    page = answer.content.decode()
    assert answer.status_code == 200 and 'class="qr"' in page
    link = Invitation.objects.get()
    assert link.channels == [invitations.SHOWN]
    assert invitations.token_of(link) not in page  # only in the picture
    phone = Browser()
    phone.get(link_to(link))
    assert phone.get(RESUME)["Location"] == START
    assert phone.post(START, born(client_ann.date_of_birth))["Location"] == RESUME


def test_a_code_ends_the_link_sent_before_and_lasts_an_hour(invited, as_user, desk, client_ann):
    as_user(desk).post(reverse("intake:show_code", args=[client_ann.public_id]))
    invited.refresh_from_db()
    shown = Invitation.objects.get(channels=[invitations.SHOWN])
    assert invited.void_reason == "resent"
    assert shown.expires_at - shown.created_at == timedelta(hours=1)

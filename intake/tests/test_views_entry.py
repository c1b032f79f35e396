import re
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clinic.models import Message
from intake.inviting import invitations
from intake.models import Invitation, Response
from intake.tests.conftest import born, come_in, link_to

START = "/intake/start/"
NOBODYS = reverse("intake:open", args=["A" * 43])
WRONG = {"born_day": "1", "born_month": "1", "born_year": "1999"}


def plain(answer):
    """The body without the CSRF token, which differs for every page."""
    return re.sub(rb'(name="csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+', b"", answer.content)


def test_token_leaves_the_address_at_once(invited, client):
    answer = client.get(link_to(invited))
    assert (answer.status_code, answer.url) == (303, START)
    assert answer["Referrer-Policy"] == "no-referrer" and "no-store" in answer["Cache-Control"]
    assert invitations.token_of(invited).encode() not in client.get(START).content


def test_twenty_looks_by_a_mail_scanner_use_nothing_up(invited):
    for _ in range(20):
        assert Browser().get(link_to(invited)).status_code == 303
        Browser().head(link_to(invited))
    invited.refresh_from_db()
    assert invited.opened_at is None and invited.failed_tries == 0
    assert come_in(invited).get(reverse("intake:resume")).status_code == 303


def test_before_the_check_nothing_tells_whose_link_it_is(invited, client):
    pages = []
    for link in (link_to(invited), NOBODYS):
        client.get(link)
        pages.append(plain(client.get(START)))
    assert pages[0] == pages[1]
    assert b"Ann" not in pages[0] and b"Archer" not in pages[0]


def test_unknown_expired_used_withdrawn_and_wrong_answer_with_the_same_bytes(invited, client_ann, desk, moment):
    def dead(**fields):
        Invitation.objects.filter(pk=invited.pk).update(
            **{"expires_at": moment + timedelta(days=1), "submitted_at": None, "voided_at": None, "void_reason": ""}
            | fields
        )
        browser = Browser()
        browser.get(link_to(invited))
        return browser.post(START, born(client_ann.date_of_birth))

    stranger = Browser()
    stranger.get(NOBODYS)
    answers = [
        stranger.post(START, born(client_ann.date_of_birth)),
        dead(expires_at=moment - timedelta(seconds=1)),
        dead(submitted_at=moment),
        dead(voided_at=moment, void_reason="resent"),
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert len({plain(answer) for answer in answers}) == 1


def test_wrong_date_answers_like_an_unknown_link(invited, client_ben):
    mine, unknown = Browser(), Browser()
    mine.get(link_to(invited))
    unknown.get(NOBODYS)
    assert plain(mine.post(START, WRONG)) == plain(unknown.post(START, WRONG))


def test_after_five_wrong_dates_the_right_one_does_not_open(invited, client_ann):
    browser = Browser()
    browser.get(link_to(invited))
    for _ in range(5):
        assert browser.post(START, WRONG).status_code == 422
    assert browser.post(START, born(client_ann.date_of_birth)).status_code == 422
    invited.refresh_from_db()
    assert invited.void_reason == "tries"


def test_date_that_is_none_costs_no_try_and_keeps_what_was_typed(invited, client):
    client.get(link_to(invited))
    answer = client.post(START, {"born_day": "30", "born_month": "2", "born_year": "1986"})
    invited.refresh_from_db()
    assert answer.status_code == 422 and b"no such day" in answer.content
    assert b'value="30"' in answer.content and invited.failed_tries == 0


def test_too_many_tries_on_one_link_have_to_wait(db, client):
    client.get(NOBODYS)
    codes = [client.post(START, WRONG).status_code for _ in range(12)]
    assert codes[:10] == [422] * 10 and codes[10:] == [429, 429]


def test_too_many_tries_from_one_address_have_to_wait(db):
    codes = []
    for number in range(42):
        browser = Browser(REMOTE_ADDR="203.0.113.9")
        browser.get(reverse("intake:open", args=[f"{number:043}"]))
        codes.append(browser.post(START, WRONG).status_code)
    assert codes[-1] == 429
    elsewhere = Browser(REMOTE_ADDR="203.0.113.10")
    elsewhere.get(NOBODYS)
    assert elsewhere.post(START, WRONG).status_code == 422


def test_new_link_says_the_same_for_everybody_and_goes_to_the_address_on_file(invited, client_ann):
    mine, unknown = Browser(), Browser()
    mine.get(link_to(invited))
    unknown.get(NOBODYS)
    answers = [mine.post("/intake/new-link/", {"email": "thief@example.org"}), unknown.post("/intake/new-link/")]
    assert plain(answers[0]) == plain(answers[1])
    newest = Invitation.objects.latest("id")
    assert newest != invited and newest.client == client_ann
    assert all(row.recipient is None for row in Message.objects.filter(about_id=newest.public_id))


def test_new_link_is_sent_seldom(invited):
    browser = Browser()
    browser.get(link_to(invited))
    for _ in range(6):
        browser.post("/intake/new-link/")
    assert Invitation.objects.count() == 3


def test_right_date_begins_the_form_with_a_new_session(invited, client_ann):
    browser = Browser()
    browser.get(link_to(invited))
    before = browser.session.session_key
    answer = browser.post(START, born(client_ann.date_of_birth))
    assert answer.url == "/intake/" and browser.session.session_key != before
    assert browser.get("/intake/").url == "/intake/form/about/"
    assert Response.objects.get().client == client_ann


def test_form_opens_again_on_another_device_where_it_was_left(ann, invited):
    other = come_in(invited)
    assert other.get("/intake/form/about/").status_code == 200
    assert ann.get("/intake/form/about/").status_code == 200


def test_staff_who_were_signed_in_are_signed_out_by_opening_a_form(invited, client_ann, as_user, therapist):
    browser = as_user(therapist)
    browser.get(link_to(invited))
    assert b"signs them out" in browser.get(START).content
    browser.post(START, born(client_ann.date_of_birth))
    assert "_auth_user_id" not in browser.session
    assert browser.get("/review/").status_code == 302


def test_signing_in_over_a_clients_pass_does_not_mix_the_two(ann, therapist):
    ann.force_login(therapist, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert ann.get("/intake/form/about/").url == START


def test_leaving_hides_the_answers_and_keeps_them(ann, response):
    assert b"kept with us" in ann.post("/intake/leave/").content
    assert ann.get("/intake/form/about/").url == START
    assert Response.objects.filter(pk=response.pk).exists()


@pytest.mark.parametrize(
    "fields", [{"voided_at": timezone.now(), "void_reason": "resent"}, {"expires_at": timezone.now()}]
)
def test_pass_ends_with_its_invitation(ann, invited, fields):
    Invitation.objects.filter(pk=invited.pk).update(**fields)
    assert ann.get("/intake/form/about/").url == START


@pytest.mark.parametrize("token", ["x", "%00", "a" * 3000, "%E2%80%AE", "..%2f..", "%ff%fe"])
def test_any_token_gets_the_same_redirect(db, client, token):
    answer = client.get(f"/i/{token}/")
    assert answer.status_code in (303, 404)


def test_client_pages_are_not_kept_by_the_browser_and_need_a_token_to_post(ann):
    for path in ("/intake/form/about/", "/intake/form/check/"):
        assert "no-store" in ann.get(path)["Cache-Control"]
    strict = Browser(enforce_csrf_checks=True)
    for path in (START, "/intake/new-link/", "/intake/leave/", "/intake/save/"):
        assert strict.post(path).status_code == 403

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clinic import clients
from clinic.clients import consents_in_force
from clinic.models import AuditEvent, ClinicSettings, Consent, Message
from intake.consent import agreement_links, consents
from intake.inviting import invitations
from intake.inviting.messages import render
from intake.models import AgreementLink
from intake.safety.standing import standing
from intake.tests.conftest import agree, born, come_in, link_to

AGREEMENTS = reverse("intake:agreements")


@pytest.fixture
def link(response, fill, client_ann, desk, moment):
    """Ann has sent her form, and was sent a link to her agreements."""
    fill(response, {"consent.areas": ["buttocks"]})
    return agreement_links.send(client=client_ann, by=desk, now=moment)


def enter(link, day=None, browser=None):
    browser = browser or Browser()
    browser.get(reverse("intake:agreements_open", args=[agreement_links.token_of(link)]))
    browser.answer = browser.post(reverse("intake:agreements_verify"), born(day or link.client.date_of_birth))
    return browser


def say(browser, client, kind, answer, **more):
    return browser.post(AGREEMENTS, {"whose": str(client.public_id), f"say:{kind}": answer} | more)


def test_link_opens_with_the_date_of_birth_and_shows_the_words(link):
    text = enter(link).get(AGREEMENTS).content.decode()
    assert "I agree to an assessment" in text and "Buttocks" in text and "Say yes after all" in text
    assert "We do not treat until you agree again." in text


def test_without_the_pass_nothing_is_shown_and_nothing_kept(link, client_ann):
    browser = Browser()
    assert browser.get(AGREEMENTS).status_code == 303
    assert say(browser, client_ann, "treatment", "no").status_code == 303
    assert consents_in_force(client_ann)["treatment"].granted


def test_five_wrong_dates_close_the_link(link, client_ann):
    wrong = client_ann.date_of_birth - timedelta(days=1)
    for _ in range(5):
        assert enter(link, wrong).answer.status_code == 422
    assert enter(link).answer.status_code == 422
    assert AuditEvent.objects.filter(action="agreement_link.wrong_date").count() == 5


def test_an_old_link_is_refused_like_an_unknown_one(link, moment):
    AgreementLink.objects.update(expires_at=moment - timedelta(minutes=1))
    refused = enter(link).answer.content
    unknown = Browser()
    unknown.get(reverse("intake:agreements_open", args=["x" * 43]))
    other = unknown.post(reverse("intake:agreements_verify"), born(link.client.date_of_birth))
    assert other.status_code == 422 and b"We could not open the page" in other.content and b"could not open" in refused


def test_client_takes_treatment_back_and_what_follows_happens(link, client_ann, moment):
    browser = enter(link)
    assert say(browser, client_ann, "treatment", "no").status_code == 303
    row = consents_in_force(client_ann)["treatment"]
    assert (row.granted, row.source, row.given_by) == (False, "link", None)
    assert not standing(client_ann, now=moment).may_start
    event = AuditEvent.objects.get(action="consent.decline", subject_id=str(row.public_id))
    assert event.actor_kind == "client" and event.ip == "127.0.0.1"
    assert "Please answer again" in browser.get(AGREEMENTS).content.decode()


def test_a_yes_needs_a_signature_and_keeps_what_was_typed(link, client_ann):
    browser = enter(link)
    say(browser, client_ann, "contact_doctor", "no")
    refused = say(browser, client_ann, "contact_doctor", "yes")
    assert refused.status_code == 422 and "full name" in refused.content.decode()
    assert say(browser, client_ann, "contact_doctor", "yes", name="Ann Archer").status_code == 303
    assert consents_in_force(client_ann)["contact_doctor"].signed_name == "Ann Archer"


@pytest.mark.parametrize(("kind", "answer"), [("nonsense", "no"), ("treatment", "maybe"), ("accuracy", "no")])
def test_forged_answers_change_nothing(link, client_ann, kind, answer):
    before = Consent.objects.count()
    assert say(enter(link), client_ann, kind, answer).status_code == 422
    assert Consent.objects.count() == before


def test_a_page_of_somebody_else_is_not_written_into_this_record(link, client_ann, client_ben):
    browser = enter(link)
    answer = browser.post(AGREEMENTS, {"whose": str(client_ben.public_id), "say:treatment": "no"})
    assert answer.status_code == 422 and consents_in_force(client_ann)["treatment"].granted


def test_due_agreements_are_asked_at_the_end_of_any_form(ann, link):
    ClinicSettings.objects.update(agreements_asked={"draping": {"frequency": "once", "again_since": 1}})
    assert "Please answer again" in enter(link).get(AGREEMENTS).content.decode()
    done = ann.get(reverse("intake:done")).content.decode()
    assert "Please also agree to this again" in done and AGREEMENTS in done
    page = ann.get(AGREEMENTS).content.decode()
    assert "I know that I will stay covered" in page and "Back to my form" in page


def test_another_clients_form_shows_their_own(link, client_ben, desk, moment):
    agree(client_ben, desk, moment)
    browser = come_in(invitations.invite(client=client_ben, by=desk, now=moment))
    assert "I agree to an assessment" not in browser.get(AGREEMENTS).content.decode()


def test_message_is_in_the_clients_words_and_ends_with_the_link(link, client_ann, moment):
    for row in Message.objects.filter(kind="intake.consent.agreements"):
        made = render(row, moment)
        assert agreement_links.token_of(link) in made.text and "Archer" not in made.text + made.subject
    with pytest.raises(Exception, match="no longer works"):
        render(row, moment + timedelta(days=8))


def test_nothing_is_sent_to_whom_there_is_no_way(client_ben, as_user, desk):
    url = reverse("intake:agreement_link", args=[client_ben.public_id])
    assert b"no address on file" in as_user(desk).post(url, follow=True).content


def test_desk_sends_it_from_the_page(link, as_user, desk, client_ann):
    answer = as_user(desk).post(reverse("intake:agreement_link", args=[client_ann.public_id]), follow=True)
    assert b"The link is on its way" in answer.content and AgreementLink.objects.count() == 2
    assert consents.counts()["treatment"]


def test_a_link_sent_to_an_address_that_changed_is_dead_with_its_open_page(link, client_ann, desk, moment):
    browser = enter(link)
    assert browser.get(AGREEMENTS).status_code == 200
    clients.update(client=client_ann, changes={"email": "new@example.org"}, by=desk, now=timezone.now())
    assert browser.get(AGREEMENTS).status_code == 303
    assert enter(link).answer.status_code == 422
    assert AuditEvent.objects.filter(action="agreement_link.void", client=client_ann).count() == 1
    assert set(Message.objects.filter(about_id=link.public_id).values_list("state", flat=True)) == {"cancelled"}


def test_reading_it_stands_in_the_trail_under_the_link(link, client_ann):
    enter(link).get(AGREEMENTS)
    event = AuditEvent.objects.get(action="consents.read", client=client_ann)
    assert event.actor_kind == "client" and str(link.public_id) in event.actor_label


def test_leaving_ends_the_page_of_agreements_too(link):
    browser = enter(link)
    browser.post(reverse("intake:leave"))
    assert not browser.session.items()
    assert browser.get(AGREEMENTS).status_code == 303


@pytest.mark.parametrize("opens", ["link", "form"])
def test_the_next_client_at_this_browser_ends_the_earlier_one_s_page(link, client_ben, desk, moment, opens):
    browser = enter(link)
    agree(client_ben, desk, moment)
    ben = invitations.invite(client=client_ben, by=desk, now=moment)
    if opens == "link":
        browser.get(link_to(ben))
    else:
        come_in(ben, browser)
        browser.post(reverse("intake:hide"))
    assert browser.get(AGREEMENTS).status_code == 303

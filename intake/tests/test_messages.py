import pytest
from django.urls import reverse

from clinic import audit
from clinic.access import join_care_team
from clinic.models import Message
from clinic.outbox import NotWanted
from clinic.sms_length import fits
from clinic.testing import led_to
from intake import responses
from intake.inviting import invitations
from intake.inviting.messages import fill, render
from intake.safety import flags
from intake.tests.conftest import agree

CLINICAL = ("pain", "pregnan", "cancer", "clot", "history")


def message(invitation, channel):
    return Message.objects.get(about_id=invitation.public_id, channel=channel)


def test_text_message_has_the_clinics_wording_and_the_link(invited, moment):
    text = render(message(invited, "sms"), moment).text
    assert text.startswith("Riverside Clinic: please fill in your health form before ")
    assert f"http://clinic.test{reverse('intake:open', args=[invitations.token_of(invited)])}" in led_to(text)
    assert fits(text) and "{" not in text


def test_email_has_link_and_expiry_and_nothing_clinical(invited, moment):
    made = render(message(invited, "email"), moment)
    assert invitations.token_of(invited) in made.text and "Hello Ann" in made.text
    assert invitations.token_of(invited) not in made.subject
    assert "Ann" not in made.subject
    assert not any(word in (made.text + made.subject).lower() for word in CLINICAL)


def test_message_of_a_dead_link_is_not_sent(invited, client_ann, desk, moment):
    old = message(invited, "email")
    invitations.invite(client=client_ann, by=desk, now=moment)
    with pytest.raises(NotWanted):
        render(old, moment)


def test_name_is_never_read_as_a_template(invited, client_ann, moment):
    client_ann.first_name = "{link} {{ settings.SECRET_KEY }}"
    client_ann.save(update_fields=["first_name"])
    text = render(message(invited, "email"), moment).text
    assert "Hello {link} {{ settings.SECRET_KEY }}" in text
    assert text.count("http://clinic.test/i/") == 1
    assert fill("{a} {b} {c}", a="{b}", b="x") == "{b} x {c}"


def test_word_to_the_desk_names_no_client(invited, client_ann, desk, moment):
    row = invitations.tell_desk(invited, by=desk, now=moment)[0]
    made = render(row, moment)
    assert "Ann" not in made.text + made.subject
    assert reverse("intake:client_intake", args=[client_ann.public_id]) in made.text


def test_urgent_form_tells_the_lead_without_a_name_or_an_answer(response, fill, lead, therapist, moment):
    fill_response = fill(response, {"today.leg_swelling": "yes"})
    row = Message.objects.get(kind="intake.urgent")
    made = render(row, moment)
    assert row.user == lead
    assert "Ann" not in made.text + made.subject and "clot" not in made.text
    assert flags.standing(fill_response.client, now=moment).may_book is False


def test_agreeing_by_sms_alone_sends_one_message(history, client_ben, desk, moment):
    agree(client_ben, desk, moment, channels=("sms",))
    sent = invitations.invite(client=client_ben, by=desk, now=moment)
    assert [row.channel for row in Message.objects.filter(about_id=sent.public_id)] == ["sms"]


def test_any_new_form_tells_the_clients_own_therapist_once(response, fill, therapist, lead, client_ann, moment):
    join_care_team(client=client_ann, therapist=therapist, by=lead, now=moment)
    sent = fill(response)
    row = Message.objects.get(kind="intake.arrived")
    made = render(row, moment)
    assert row.user == therapist
    assert "Ann" not in made.text + made.subject and reverse("intake:review_detail", args=[sent.public_id]) in made.text
    responses.submit(response=response, by=audit.ClientActor(client_ann, via="test"), now=moment)
    assert Message.objects.filter(kind__in=["intake.arrived", "intake.urgent"]).count() == 1
    responses.review(response=sent, note="", by=therapist, now=moment)
    with pytest.raises(NotWanted):
        render(row, moment)

"""A new client in one go: record, link, first session; or nothing."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from clinic import audit
from clinic.models import Client, Message
from intake import questionnaires
from intake.models import Invitation
from treatments.models import Session
from treatments.tests import world

pytestmark = pytest.mark.django_db
URL = reverse("treatments:register")


@pytest.fixture(autouse=True)
def today(time_machine, now):
    time_machine.move_to(now, tick=False)
    questionnaires.publish_shipped(by=audit.SYSTEM, now=now)


def form(therapist=None, **changes):
    data = {
        "key": str(uuid.uuid4()), "first_name": "Łukasz", "last_name": "Świątek", "date_of_birth": "4 5 1986",
        "mobile": "+15550100777", "email": "lukasz@example.org", "language": "en", "sms_agreed": "on",
        "email_agreed": "on", "send_link": "1",
    }  # fmt: skip
    if therapist is not None:
        data |= {
            "visit-book": "on", "visit-therapist": str(therapist.public_id), "visit-day": "2026-11-24",
            "visit-time": "14:30", "visit-minutes": "60",
        }  # fmt: skip
    return data | changes


def test_register_sends_the_link_and_books(as_user, desk, therapist):
    answer = as_user(desk).post(URL, form(therapist), follow=True)
    client = Client.objects.get()
    session = Session.objects.get()
    assert answer.redirect_chain[-1][0] == client.get_absolute_url()
    assert (session.client, session.therapist, f"{session.starts_at:%d %H:%M}") == (client, therapist, "24 14:30")
    assert Invitation.objects.filter(client=client).count() == 1
    assert sorted(Message.objects.filter(kind="intake.invitation").values_list("channel", flat=True)) == [
        "email",
        "sms",
    ]
    assert "First session on Tuesday 24 November at 14:30" in answer.content.decode()


def test_register_without_link_or_booking_sends_nothing(as_user, desk):
    as_user(desk).post(URL, form(send_link=""))
    assert Client.objects.count() == 1
    assert not Invitation.objects.exists()
    assert not Session.objects.exists()


def test_nobody_has_agreed_to_anything_before_they_are_asked(as_user, desk):
    form = as_user(desk).get(URL).context["form"]
    assert [form[name].value() for name in ("sms_agreed", "email_agreed")] == [None, None]


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"sms_agreed": "", "email_agreed": ""}, "sms_agreed", "Tick what the client agreed to"),
        ({"sms_agreed": "", "email": ""}, "email", "Write the e-mail address"),
        ({"email_agreed": "", "mobile": ""}, "mobile", "Write the mobile number"),
    ],
)
def test_link_needs_a_way_that_was_agreed_to(as_user, desk, change, field, words):
    answer = as_user(desk).post(URL, form(**change))
    assert answer.status_code == 422
    assert words in answer.context["form"].errors[field][0]
    assert not Client.objects.exists()
    assert as_user(desk).post(URL, form(**change, send_link="")).status_code == 302


def test_second_submit_makes_one_of_everything(as_user, desk, therapist):
    data = form(therapist)
    for _ in range(2):
        answer = as_user(desk).post(URL, data)
    assert answer.status_code == 302
    assert [model.objects.count() for model in (Client, Session, Invitation)] == [1, 1, 1]


def test_refused_booking_keeps_no_client_and_what_was_typed(as_user, desk, therapist, client_ann, now):
    world.booked(client_ann, therapist, (now + timedelta(days=1)).replace(hour=14), now=now)
    answer = as_user(desk).post(URL, form(therapist))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert Client.objects.count() == 1  # Ann, who was there before
    assert "another session at that time: 14:00 to 15:00" in page
    assert 'value="Świątek"' in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"first_name": ""}, "This field is required"),
        ({"first_name": "A\0"}, "Null characters are not allowed"),
        ({"last_name": "x" * 81}, "at most 80 characters"),
        ({"date_of_birth": "4 5 2086"}, "in the future"),
        ({"visit-day": "2026-11-20"}, "This time has passed"),
        ({"visit-time": "05:00"}, "The clinic is open from 08:00 to 19:00"),
        ({"visit-time": "25:00"}, "Write the time as 14:30"),
        ({"visit-minutes": "5"}, "greater than or equal to 10"),
        ({"visit-therapist": "' OR 1=1"}, "Select a valid choice"),
        ({"visit-day": ""}, "Needed to book the first session"),
    ],
)
def test_bad_input_says_so_beside_the_field(as_user, desk, therapist, change, words):
    answer = as_user(desk).post(URL, form(therapist, **change))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Client.objects.exists()


def test_likely_duplicate_is_shown_before_anything_is_kept(as_user, desk):
    as_user(desk).post(URL, form())
    answer = as_user(desk).post(URL, form())
    assert answer.status_code == 422
    assert "None of these: this is somebody new" in answer.content.decode()
    assert Client.objects.count() == 1
    as_user(desk).post(URL, form(is_new="1"))
    assert Client.objects.count() == 2


def test_broken_audit_keeps_no_client(as_user, desk, therapist, monkeypatch):
    browser = as_user(desk)
    monkeypatch.setattr(audit, "_append", lambda events: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        browser.post(URL, form(therapist))
    assert [model.objects.count() for model in (Client, Session, Invitation, Message)] == [0, 0, 0, 0]


def test_slot_of_the_day_sheet_fills_the_form(as_user, desk, therapist):
    page = as_user(desk).get(URL, {"therapist": str(therapist.public_id), "day": "2026-11-25", "time": "10:15"})
    assert page.context["visit"]["book"].value() is True
    assert 'value="10:15"' in page.content.decode()

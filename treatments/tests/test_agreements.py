"""Before a session: what must be agreed to, what is to be asked again, and the reason that goes past it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.models import AuditEvent, Consent
from intake.consent import consents
from treatments import schedule
from treatments.tests import world

pytestmark = pytest.mark.django_db
WORDS = "Agreed in person; the tablet was broken"


@pytest.fixture
def booked(client_ann, therapist, now):
    world.ready(client_ann, now)
    return world.booked(client_ann, therapist, now)


def take_back(client, by, now):
    Consent.objects.filter(client=client, kind="treatment").update(superseded_at=now)
    Consent.objects.create(client=client, kind="treatment", granted=False, source="desk", given_at=now)


def test_no_session_without_a_yes_to_treatment(booked, client_ann, therapist, now):
    take_back(client_ann, therapist, now)
    for override in ("", "ok"):
        with pytest.raises(schedule.NotReady) as refusal:
            schedule.start(session=booked, by=therapist, now=now, override=override)
        assert refusal.value.reason == "consent"
    started = schedule.start(session=booked, by=therapist, now=now, override=WORDS)
    assert started.state == "in_session"
    event = AuditEvent.objects.get(action="session.start_override")
    assert event.reason == WORDS and event.fields == ["consent"]


def test_a_reason_lifts_no_flag(booked, client_ann, therapist, now):
    world.flag(client_ann, now, flag_class="urgent", booking="block")
    with pytest.raises(schedule.NotReady) as refusal:
        schedule.start(session=booked, by=therapist, now=now, override=WORDS)
    assert refusal.value.reason == "flags"


def test_taken_back_by_the_client_it_is_flagged_and_says_so(booked, client_ann, therapist, now):
    consents.say(client=client_ann, kind="treatment", granted=False, by=therapist, now=now, source="clinic")
    with pytest.raises(schedule.NotReady) as refusal:
        schedule.start(session=booked, by=therapist, now=now, override=WORDS)
    assert refusal.value.reason == "flags"  # the clinic's own rule, closed only by a named person


def test_page_before_the_session_offers_the_way_on(booked, client_ann, therapist, as_user, now):
    take_back(client_ann, therapist, now)
    browser = as_user(therapist)
    text = browser.get(booked.get_absolute_url()).content.decode()
    assert "There is no consent to treatment" in text and "Start all the same, with a reason" in text
    browser.post(reverse("treatments:session_start", args=[booked.public_id]), {"override": WORDS})
    booked.refresh_from_db()
    assert booked.state == "in_session"


def test_page_before_the_session_names_what_is_to_be_agreed_again(booked, client_ann, therapist, as_user, now):
    Consent.objects.create(
        client=client_ann, kind="draping", granted=True, source="intake", given_at=now - timedelta(days=3)
    )
    from clinic.models import ClinicSettings

    ClinicSettings.objects.update(agreements_asked={"draping": {"frequency": "session", "again_since": 0}})
    text = as_user(therapist).get(booked.get_absolute_url()).content.decode()
    assert "To be agreed again" in text and "Draping and undressing: asked at each session" in text

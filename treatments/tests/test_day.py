"""The day sheet: who sees what, and the taps on it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic import audit
from clinic.models import AuditEvent, ClinicSettings, Consent, EmergencyAccess
from intake import questionnaires
from intake.models import Invitation
from treatments.models import Session
from treatments.tests import world

pytestmark = pytest.mark.django_db
URL = reverse("treatments:day_sheet")


@pytest.fixture(autouse=True)
def today(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def planned(client_ann, therapist, now):
    world.ready(client_ann, now)
    plan = world.running_plan(client_ann, therapist, now)
    return world.booked(client_ann, therapist, now + timedelta(hours=1), plan=plan)


def page(as_user, user, url=URL):
    return as_user(user).get(url).content.decode()


def test_therapist_reads_the_complaint_and_the_desk_does_not(as_user, desk, owner, therapist, planned):
    assert "Neck pain · session 1 of 8" in page(as_user, therapist)
    for user in (desk, owner):
        seen = page(as_user, user)
        assert "Session 1" in seen
        assert "Neck pain" not in seen


def test_colleague_does_not_read_the_complaint_when_charts_are_narrowed(as_user, other_therapist, therapist, planned):
    ClinicSettings.objects.update(own_clients_only=True)
    assert "Neck pain" not in page(as_user, other_therapist)
    assert "Neck pain" in page(as_user, therapist)


def test_desk_sees_that_a_booking_may_not_stand_and_not_why(as_user, desk, client_ann, planned, now):
    world.flag(client_ann, now, flag_class="urgent", booking="block", title="Suspected clot")
    seen = page(as_user, desk)
    assert "Booking may not stand" in seen
    assert "clot" not in seen.lower()


def test_every_client_on_the_sheet_is_logged_as_seen(as_user, desk, client_ann, client_ben, therapist, planned, now):
    world.booked(client_ben, therapist, now + timedelta(hours=3))
    page(as_user, desk)
    seen = AuditEvent.objects.filter(action="day_sheet.read", actor=desk)
    assert set(seen.values_list("client", flat=True)) == {client_ann.pk, client_ben.pk}


def test_day_without_sessions_offers_therapists(as_user, desk, therapist):
    seen = page(as_user, desk, reverse("treatments:day_sheet_on", args=["2026-12-01"]))
    assert "Nothing is booked on this day" in seen
    assert reverse("treatments:book_slot", args=[therapist.public_id, "2026-12-01"]) in seen


@pytest.mark.parametrize("url", ["/today/2026-13-01/", "/today/2026-02-30/", "/today/0000-01-01/", "/today/soon/"])
def test_day_that_does_not_exist_is_not_found(as_user, desk, url):
    assert as_user(desk).get(url).status_code == 404


@pytest.mark.parametrize("url", ["/today/0001-01-01/", "/today/9999-12-31/"])
def test_ends_of_the_calendar_are_no_error(as_user, desk, therapist, url):
    assert as_user(desk).get(url).status_code in (200, 404)


def test_day_picked_in_the_box_is_shown(as_user, desk):
    answer = as_user(desk).get(URL, {"day": "2026-11-30"})
    assert answer.headers["Location"] == "/today/2026-11-30/"
    assert as_user(desk).get(URL, {"day": "'; DROP TABLE"}).status_code == 200


def test_arrive_goes_back_to_the_sheet(as_user, desk, planned):
    answer = as_user(desk).post(reverse("treatments:session_arrive", args=[planned.public_id]))
    planned.refresh_from_db()
    assert (answer.headers["Location"], planned.state) == ("/today/2026-11-23/", "arrived")


def test_get_changes_nothing(as_user, desk, planned):
    for name in ("session_arrive", "session_link"):
        assert as_user(desk).get(reverse(f"treatments:{name}", args=[planned.public_id])).status_code == 405
    for name in ("session_cancel", "session_no_show"):
        as_user(desk).get(reverse(f"treatments:{name}", args=[planned.public_id]))
    planned.refresh_from_db()
    assert planned.state == "booked"


def test_link_is_sent_again_with_one_tap(as_user, desk, client_ben, therapist, now):
    questionnaires.publish_shipped(by=audit.SYSTEM, now=now)
    Consent.objects.create(client=client_ben, kind="email", granted=True, source="desk", given_at=now)
    session = world.booked(client_ben, therapist, now + timedelta(hours=1))
    assert "Send link" in page(as_user, desk)
    as_user(desk).post(reverse("treatments:session_link", args=[session.public_id]))
    asked, again = Invitation.objects.filter(client=client_ben).order_by("id")  # the first by the booking itself
    assert (asked.void_reason, again.voided_at) == ("resent", None)


def test_cancel_without_a_reason_keeps_the_session(as_user, desk, planned):
    url = reverse("treatments:session_cancel", args=[planned.public_id])
    answer = as_user(desk).post(url, {"reason": "  "})
    assert answer.status_code == 422
    assert "Say why" in answer.content.decode()
    as_user(desk).post(url, {"reason": "Client asked"})
    assert Session.objects.get().state == "cancelled"


def test_unsigned_notes_are_counted_for_their_therapist(as_user, therapist, other_therapist, client_ben, now):
    world.ready(client_ben, now)
    world.started(client_ben, therapist, now)
    assert "1 to sign" in page(as_user, therapist)
    assert "to sign" not in page(as_user, other_therapist)
    assert "Ben Baker" in page(as_user, therapist, reverse("treatments:unsigned_list"))


def test_break_glass_opens_the_complaint(as_user, other_therapist, client_ann, planned, now):
    ClinicSettings.objects.update(own_clients_only=True)
    EmergencyAccess.objects.create(
        client=client_ann, user=other_therapist, reason="Cover", granted_at=now, expires_at=now + timedelta(hours=4)
    )
    assert "Neck pain" in page(as_user, other_therapist)

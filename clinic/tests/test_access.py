"""The one door: who may know of a client, who may open the record, and what it leaves behind."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from clinic import access, audit, emergency, staff_messages
from clinic.models import AuditEvent, CareTeam, EmergencyAccess, Message
from clinic.permissions import GRANTS, Permission, Role, permissions_of
from clinic.testing import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def own_clients_only(clinic_settings):
    clinic_settings.own_clients_only = True
    clinic_settings.save()


def may(user, client, need=Permission.CLINICAL_READ):
    try:
        access.check(user, client, need)
    except access.EmergencyAccessNeeded:
        return "reason"
    except PermissionDenied:
        return "no"
    except Http404:
        return "unknown"
    return "yes"


def test_an_owner_without_the_therapist_role_holds_nothing_clinical():
    assert not access.CLINICAL & GRANTS[Role.OWNER]
    assert not access.CLINICAL & GRANTS[Role.FRONT_DESK]


def test_an_inactive_or_roleless_person_may_do_nothing(clinic_settings, client_ann):
    gone = make_user("gone@example.org", "Gone", is_owner=True, is_therapist=True, is_active=False)
    nothing = make_user("nothing@example.org", "Nothing")
    for user in (gone, nothing):
        assert permissions_of(user) == frozenset()
        assert not access.clients_visible_to(user).exists()
        assert may(user, client_ann, Permission.CONTACT_READ) == "unknown"


def test_contact_is_for_all_staff_and_charts_for_therapists(desk, owner, therapist, lead, client_ann):
    people = (desk, owner, therapist, lead)
    assert [may(user, client_ann, Permission.CONTACT_READ) for user in people] == ["yes"] * 4
    assert [may(user, client_ann) for user in people] == ["no", "no", "yes", "yes"]


def test_own_clients_only_closes_the_charts_of_others(own_clients_only, therapist, other_therapist, client_ann, now):
    assert may(therapist, client_ann) == "reason"
    access.join_care_team(client=client_ann, therapist=therapist, by=therapist, now=now)
    assert (may(therapist, client_ann), may(other_therapist, client_ann)) == ("yes", "reason")


def test_cover_ends_by_the_clock(own_clients_only, therapist, client_ann):
    cover = CareTeam.objects.create(
        client=client_ann, therapist=therapist, kind="cover", added_at=timezone.now(),
        until=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    assert may(therapist, client_ann) == "yes"
    cover.until = timezone.now() - timedelta(seconds=1)
    cover.save()
    assert may(therapist, client_ann) == "reason"


def test_joining_a_care_team_twice_is_once(therapist, desk, client_ann, now):
    for _ in range(2):
        access.join_care_team(client=client_ann, therapist=therapist, by=desk, now=now)
    assert CareTeam.objects.count() == 1
    assert AuditEvent.objects.filter(action="care_team.join", actor=desk, client=client_ann).count() == 1


def test_nobody_lets_themselves_into_a_colleagues_chart(
    own_clients_only, therapist, other_therapist, desk, client_ann, client_ben, now
):
    access.join_care_team(client=client_ann, therapist=other_therapist, by=desk, now=now)
    access.join_care_team(client=client_ann, therapist=therapist, by=therapist, now=now)
    assert may(therapist, client_ann) == "reason"
    access.join_care_team(client=client_ben, therapist=therapist, by=therapist, now=now)
    assert may(therapist, client_ben) == "yes", "a client of nobody may become one's own"
    access.join_care_team(client=client_ann, therapist=therapist, by=desk, now=now)
    assert may(therapist, client_ann) == "yes"


def test_whoever_opened_a_chart_with_a_reason_may_go_on_to_treat(
    own_clients_only, therapist, other_therapist, desk, client_ann
):
    now = timezone.now()
    access.join_care_team(client=client_ann, therapist=other_therapist, by=desk, now=now)
    access.break_glass(client=client_ann, by=therapist, reason="cover", now=now)
    access.join_care_team(client=client_ann, therapist=therapist, by=therapist, now=now)
    assert CareTeam.objects.filter(client=client_ann, therapist=therapist, until=None).exists()


def test_cover_that_ended_becomes_treatment_with_the_next_booking(own_clients_only, therapist, desk, client_ann, now):
    facts = {"client": client_ann, "therapist": therapist}
    CareTeam.objects.create(kind="cover", added_at=now, until=now - timedelta(days=1), **facts)
    access.join_care_team(by=desk, now=now, **facts)
    assert may(therapist, client_ann) == "yes"


# --- break the glass --------------------------------------------------------------------------------------------------


def test_a_closed_chart_answers_with_the_way_to_open_it(own_clients_only, as_user, therapist, client_ann):
    page = as_user(therapist).get(f"/clients/{client_ann.public_id}/who-looked/")
    assert page.status_code == 403
    assert reverse("clinic:break_glass", args=[client_ann.public_id]) in page.content.decode()
    assert AuditEvent.objects.filter(action="client_audit.refused", client=client_ann).exists()


def test_opening_needs_a_reason(own_clients_only, as_user, therapist, client_ann):
    url = reverse("clinic:break_glass", args=[client_ann.public_id])
    assert as_user(therapist).post(url, {"reason": "   "}).status_code == 422
    assert not EmergencyAccess.objects.exists()
    with pytest.raises(ValueError, match="why"):
        access.break_glass(client=client_ann, by=therapist, reason=" ", now=timezone.now())


def test_a_reason_opens_for_four_hours_and_tells_the_owners(own_clients_only, as_user, therapist, owner, client_ann):
    url = reverse("clinic:break_glass", args=[client_ann.public_id])
    looked = f"/clients/{client_ann.public_id}/who-looked/"
    answer = as_user(therapist).post(url + "?next=" + looked, {"reason": "She faints in the hall, Otto is away"})
    assert (answer.status_code, answer["Location"]) == (302, looked)
    assert as_user(therapist).get(looked).status_code == 200
    event = AuditEvent.objects.get(action="emergency_access.open")
    assert (event.actor, event.client, event.reason) == (therapist, client_ann, "She faints in the hall, Otto is away")
    assert Message.objects.get(kind="staff.emergency_access").user == owner
    EmergencyAccess.objects.get()  # and four hours later:
    later = EmergencyAccess.objects.get().granted_at + timedelta(hours=4)
    assert not access.charts_open_to(therapist, now=later).exists()
    assert access.charts_open_to(therapist, now=later - timedelta(seconds=1)).exists()


def test_the_alarm_names_no_client_and_no_reason(own_clients_only, therapist, owner, client_ann):
    emergency.open_record(client=client_ann, by=therapist, reason="faints in the hall", now=timezone.now())
    mail = staff_messages.render(Message.objects.get(), timezone.now())
    assert "Thea Therapist" in mail.text
    for secret in ("Archer", "faints", str(client_ann.public_id)):
        assert secret not in mail.subject + mail.text


def test_without_its_alarm_nothing_opens(own_clients_only, therapist, owner, client_ann, monkeypatch):
    def broken(**kwargs):
        raise RuntimeError

    monkeypatch.setattr("clinic.outbox.schedule", broken)
    with pytest.raises(RuntimeError):
        emergency.open_record(client=client_ann, by=therapist, reason="cover", now=timezone.now())
    assert not EmergencyAccess.objects.exists()


def test_opening_twice_is_once(own_clients_only, therapist, owner, client_ann, now):
    first = emergency.open_record(client=client_ann, by=therapist, reason="cover", now=now)
    assert emergency.open_record(client=client_ann, by=therapist, reason="again", now=now) == first
    assert Message.objects.count() == 1


def test_the_desk_and_the_owner_cannot_break_the_glass(own_clients_only, desk, owner, client_ann, now):
    for user in (desk, owner):
        with pytest.raises(PermissionDenied):
            emergency.open_record(client=client_ann, by=user, reason="curious", now=now)
    assert not EmergencyAccess.objects.exists()


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil.example"])
def test_opening_sends_nobody_elsewhere(to, as_user, therapist, client_ann):
    url = reverse("clinic:break_glass", args=[client_ann.public_id])
    answer = as_user(therapist).post(url + "?next=" + to, {"reason": "cover"})
    assert answer["Location"] == client_ann.get_absolute_url()


def test_lists_log_each_client_once(rf, desk, client_ann, client_ben):
    request = rf.get("/")
    request.user = desk
    access.log_seen(request, [client_ann, client_ben, client_ann], what="day_sheet")
    assert AuditEvent.objects.filter(action="day_sheet.read").count() == 2
    assert audit.verify() == (2, [])

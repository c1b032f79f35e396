"""The owner's pages: staff, settings, audit, health."""

import time

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic import access, audit
from clinic.models import AuditEvent, ClinicSettings, StaffInvitation, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def fresh(as_user):
    """A browser whose person typed the password a moment ago."""

    def sign_in(user):
        browser = as_user(user)
        session = browser.session
        session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
        return browser

    return sign_in


@pytest.mark.parametrize("name", ["staff_invite", "staff_edit", "staff_active"])
def test_roles_and_accounts_ask_for_the_password_again(name, as_user, fresh, owner, desk):
    url = reverse(f"clinic:{name}", args=[] if name == "staff_invite" else [desk.public_id])
    for answer in (as_user(owner).get(url), as_user(owner).post(url, {"roles": "owner", "name": "Dora"})):
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert fresh(owner).get(url).status_code == 200
    desk.refresh_from_db()
    assert (desk.is_owner, desk.is_active) == (False, True)


def test_the_owner_invites(fresh, owner):
    facts = {"name": "Nia New", "email": "nia@example.org", "roles": ["front_desk", "therapist"]}
    assert fresh(owner).post("/staff/invite/", facts).status_code == 302
    invitation = StaffInvitation.objects.get()
    assert (invitation.is_front_desk, invitation.is_therapist, invitation.is_owner) == (True, True, False)
    assert "Nia New" in fresh(owner).get("/staff/").content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "desk@riverside.example"), ("email", "x"), ("roles", []), ("roles", ["god"]), ("name", "")],
)
def test_a_bad_invitation_is_named_beside_the_field(field, value, fresh, owner, desk):
    facts = {"name": "Nia", "email": "nia@example.org", "roles": ["owner"]} | {field: value}
    page = fresh(owner).post("/staff/invite/", facts)
    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])


def test_the_owner_changes_roles(fresh, owner, desk):
    page = fresh(owner).post(f"/staff/{desk.public_id}/", {"name": "Dora D", "roles": ["front_desk", "owner"]})
    desk.refresh_from_db()
    assert (page.status_code, desk.name, desk.is_owner) == (302, "Dora D", True)
    assert set(AuditEvent.objects.get(action="staff.change").fields) == {"name", "is_owner"}


def test_a_forged_staff_post_changes_nothing_else(fresh, owner, desk):
    before = User.objects.values("email", "password", "is_active", "public_id").get(pk=desk.pk)
    forged = {"email": "x@example.org", "password": "x", "is_active": "", "public_id": "x", "is_superuser": "1"}
    fresh(owner).post(f"/staff/{desk.public_id}/", {"name": "Dora", "roles": ["front_desk"]} | forged)
    assert User.objects.values("email", "password", "is_active", "public_id").get(pk=desk.pk) == before


def test_the_owner_cannot_lock_the_clinic_out(fresh, owner):
    page = fresh(owner).post(f"/staff/{owner.public_id}/", {"name": "Olga", "roles": ["therapist"]})
    assert (page.status_code, "roles" in page.context["form"].errors) == (422, True)
    fresh(owner).post(f"/staff/{owner.public_id}/active/")
    owner.refresh_from_db()
    assert owner.is_active


def test_settings_change_and_are_on_record(as_user, owner, clinic_settings):
    from clinic.forms import ClinicSettingsForm

    shown = ClinicSettingsForm(initial=ClinicSettingsForm.initial_of(clinic_settings))
    facts = {name: shown[name].value() for name in shown.fields}
    facts = {name: value for name, value in facts.items() if value not in (None, False)}
    page = as_user(owner).post("/settings/", facts | {"time_zone": "Europe/Vienna", "require_mfa": "on"})
    assert page.status_code == 302, page.context["form"].errors
    row = ClinicSettings.load()
    assert (row.time_zone, row.require_mfa) == ("Europe/Vienna", True)
    assert AuditEvent.objects.get(action="settings.change").fields == ["phone", "require_mfa", "time_zone"]


@pytest.mark.parametrize(
    ("field", "value"), [("time_zone", "Mars/Olympus"), ("country", "12"), ("name", ""), ("day_ends", "01:00")]
)
def test_bad_settings_are_named_beside_the_field(field, value, as_user, owner, clinic_settings):
    facts = {
        "name": "Riverside", "country": "US", "time_zone": "UTC", "emergency_number": "911", "quiet_from": "20:00",
        "quiet_until": "09:00", "day_starts": "08:00", "day_ends": "19:00", "privacy_notice": "We keep your answers.",
        "cancellation_policy": "Tell us a day before.", "remind_first": 48, "remind_second": 24, "remind_check": 3,
        "tell_overdue_after": 2,
    } | {field: value}  # fmt: skip
    page = as_user(owner).post("/settings/", facts)
    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])


# --- audit ------------------------------------------------------------------------------------------------------------


def test_the_audit_is_filtered_by_person_client_event_and_day(as_user, owner, desk, client_ann, client_ben):
    audit.record("chart.read", by=desk, client=client_ann)
    audit.record("chart.read", by=owner, client=client_ben)
    audit.record("note.sign", by=desk, client=client_ben)
    browser = as_user(owner)

    def found(**query):
        return [line.event.action for line in browser.get("/audit/", query).context["lines"]]

    assert found(person=desk.public_id) == ["note.sign", "chart.read"]
    assert found(person=desk.public_id, noun="chart") == ["chart.read"]
    assert found(client=client_ann.public_id, person=desk.public_id) == ["chart.read"]
    assert found(since="1 1 2199") == []
    assert found(until="1 1 2020") == []


@pytest.mark.parametrize(
    "query",
    [{"person": "x"}, {"person": "1 OR 1=1"}, {"noun": "x'--"}, {"since": "soon"}, {"client": "x"}, {"before": "x"},
     {"before": "9" * 30}, {"before": "-1"}, {"sort": "password"}, {"person": "\x00"}],
)  # fmt: skip
def test_odd_filters_never_break_the_audit(query, as_user, owner, client_ann):
    assert as_user(owner).get("/audit/", query).status_code == 200


def test_the_audit_goes_on_by_id(as_user, owner, client_ann):
    audit.record_many("x.read", by=owner, clients=[client_ann] * 60)
    browser = as_user(owner)
    first = browser.get("/audit/", {"noun": ""}).context
    assert len(first["lines"]) == 50
    older = browser.get("/audit/", {"before": first["page"].older}).context["lines"]
    assert max(line.event.pk for line in older) < first["page"].rows[-1].pk


def test_reading_the_audit_is_itself_on_record(as_user, owner, desk, client_ann):
    audit.record("client.read", by=desk, client=client_ann)
    as_user(owner).get("/audit/")
    assert AuditEvent.objects.filter(action="audit_list.read", actor=owner, client=client_ann).exists()


def test_an_owner_reads_no_clinical_reason(as_user, owner, therapist, client_ann):
    audit.record("flag.override", by=therapist, client=client_ann, reason="stable since the operation")
    audit.record("emergency_access.open", by=therapist, client=client_ann, reason="cover for Otto")
    for path in ("/audit/", f"/clients/{client_ann.public_id}/who-looked/"):
        page = as_user(owner).get(path).content.decode()
        assert "operation" not in page
        assert "cover for Otto" in page
    page = as_user(therapist).get(f"/clients/{client_ann.public_id}/who-looked/").content.decode()
    assert "operation" in page


def test_an_owner_who_treats_reads_no_words_behind_a_colleagues_closed_chart(
    as_user, owner, other_therapist, client_ann, clinic_settings
):
    owner.is_therapist = clinic_settings.own_clients_only = True
    owner.save()
    clinic_settings.save()
    audit.record("flag.override", by=other_therapist, client=client_ann, reason="stable since the operation")
    page = as_user(owner).get(f"/clients/{client_ann.public_id}/who-looked/")
    assert page.status_code == 200 and "Otto Other" in page.content.decode()
    assert "operation" not in page.content.decode()


def test_who_looked_is_for_owners_and_open_charts(as_user, owner, desk, therapist, client_ann, clinic_settings):
    url = f"/clients/{client_ann.public_id}/who-looked/"
    assert [as_user(user).get(url).status_code for user in (owner, therapist, desk)] == [200, 200, 403]
    clinic_settings.own_clients_only = True
    clinic_settings.save()
    assert as_user(therapist).get(url).status_code == 403
    access.join_care_team(client=client_ann, therapist=therapist, by=owner, now=timezone.now())
    assert as_user(therapist).get(url).status_code == 200

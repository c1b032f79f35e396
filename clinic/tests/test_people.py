"""Staff: invited, joining, changing roles, leaving."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from zeal import zeal_ignore

from clinic import links, people, staff_messages
from clinic.models import AuditEvent, Message, StaffInvitation, User
from clinic.outbox import NotWanted
from clinic.testing import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "violet kettle harbour nine"


@pytest.fixture
def invitation(owner):
    return people.invite(email="New@Example.org", name="Nia New", roles=["front_desk"], by=owner, now=timezone.now())


def token_of(invitation):
    return links.token(people.PURPOSE, invitation.nonce)


def test_an_invitation_keeps_only_the_hash_and_lasts_72_hours(invitation):
    row = StaffInvitation.objects.values().get()
    assert token_of(invitation) not in str(row)
    assert row["token_hash"] == links.digest(token_of(invitation))
    assert row["expires_at"] - row["created_at"] == timedelta(hours=72)
    assert len(token_of(invitation)) == 43


def test_an_invitation_is_mailed_with_a_link_on_our_own_address(invitation, now):
    message = Message.objects.get(kind="staff.invitation")
    assert message.recipient == {"name": "Nia New", "email": "new@example.org"}
    text = staff_messages.render(message, timezone.now()).text
    assert f"http://clinic.test/join/{token_of(invitation)}/" in text
    with pytest.raises(NotWanted):
        staff_messages.render(message, timezone.now() + timedelta(hours=73))


def test_joining_works_once(invitation):
    user = people.accept(token=token_of(invitation), password=PASSWORD, name="Nia New", now=timezone.now())
    assert (user.email, user.is_front_desk, user.is_owner, user.check_password(PASSWORD)) == (
        "new@example.org", True, False, True,
    )  # fmt: skip
    with pytest.raises(people.InvitationDead):
        people.accept(token=token_of(invitation), password=PASSWORD, name="Eve", now=timezone.now())
    assert AuditEvent.objects.filter(action="staff.join", actor=user).exists()


@pytest.mark.parametrize("password", ["short", "passwordpassword", "riversideclinic2026", "new@example.org new"])
def test_joining_with_an_easy_password_leaves_the_link_alive(invitation, password):
    with pytest.raises(ValidationError):
        people.accept(token=token_of(invitation), password=password, name="Nia New", now=timezone.now())
    assert people.open_invitation(token_of(invitation), now=timezone.now()) == invitation


def test_joining_too_late_is_refused(invitation):
    late = timezone.now() + timedelta(hours=72, seconds=1)
    with pytest.raises(people.InvitationDead):
        people.accept(token=token_of(invitation), password=PASSWORD, name="Nia", now=late)


def test_a_newer_invitation_ends_the_older_and_its_mail(invitation, owner):
    people.invite(email="new@example.org", name="Nia", roles=["therapist"], by=owner, now=timezone.now())
    with pytest.raises(people.InvitationDead):
        people.open_invitation(token_of(invitation), now=timezone.now())
    assert Message.objects.get(about_id=invitation.public_id).state == "cancelled"


def test_a_withdrawn_invitation_is_dead(invitation, owner):
    people.withdraw(invitation=invitation, by=owner, now=timezone.now())
    with pytest.raises(people.InvitationDead):
        people.open_invitation(token_of(invitation), now=timezone.now())


def test_nobody_is_invited_twice_to_the_same_account(owner, desk):
    with pytest.raises(people.AlreadyStaff):
        people.invite(email="DESK@riverside.example", name="D", roles=["owner"], by=owner, now=timezone.now())


def test_the_page_of_a_link_answers_the_same_whatever_is_wrong(client, invitation, owner):
    used, withdrawn = token_of(invitation), None
    people.accept(token=used, password=PASSWORD, name="Nia", now=timezone.now())
    other = people.invite(email="b@example.org", name="B", roles=["owner"], by=owner, now=timezone.now())
    withdrawn = token_of(other)
    people.withdraw(invitation=other, by=owner, now=timezone.now())
    answers = set()
    for token in (used, withdrawn, "x" * 43, "x", "é", "%00"):
        client.get(f"/join/{token}/")
        page = client.get("/join/")
        answers.add((page.status_code, page.content))
    assert len(answers) == 1


def test_looking_uses_nothing_up_and_the_secret_leaves_the_address(client, invitation):
    for _ in range(20):
        answer = client.get(reverse("clinic:staff_accept", args=[token_of(invitation)]))
    assert (answer.status_code, answer["Location"], answer["Referrer-Policy"]) == (303, "/join/", "no-referrer")
    assert client.get("/join/").status_code == 200
    joined = client.post("/join/", {"name": "Nia New", "password": PASSWORD, "repeated": PASSWORD})
    assert (joined.status_code, joined["Location"]) == (302, reverse("account_login"))
    assert client.post(reverse("account_login"), {"login": "new@example.org", "password": PASSWORD}).status_code == 302
    assert client.get("/clients/").status_code == 200


def test_a_forged_join_gains_no_role(client, invitation):
    client.get(reverse("clinic:staff_accept", args=[token_of(invitation)]))
    forged = {"is_owner": "1", "is_staff": "1", "roles": "owner", "email": "eve@example.org", "is_active": "1"}
    client.post("/join/", {"name": "Nia", "password": PASSWORD, "repeated": PASSWORD} | forged)
    user = User.objects.get(name="Nia")
    assert (user.is_owner, user.email) == (False, "new@example.org")


def test_a_typing_mistake_in_the_password_is_named(client, invitation):
    client.get(reverse("clinic:staff_accept", args=[token_of(invitation)]))
    page = client.post("/join/", {"name": "Nia", "password": PASSWORD, "repeated": "violet"})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["repeated"])


def test_a_demoted_person_is_refused_at_the_next_click(as_user, owner, therapist):
    browser = as_user(therapist)
    assert browser.get("/clients/").status_code == 200
    assert people.change(user=therapist, facts={}, roles=["owner"], by=owner, now=timezone.now())
    client_id = therapist.public_id
    assert browser.get(f"/clients/{client_id}/emergency-access/").status_code == 403
    assert therapist.role_changed_at


def test_a_lead_is_always_a_therapist(owner, therapist):
    people.change(user=therapist, facts={}, roles=["lead_therapist"], by=owner, now=timezone.now())
    assert (therapist.is_lead_therapist, therapist.is_therapist) == (True, True)


@zeal_ignore()
def test_switching_off_ends_every_session_at_once(as_user, owner, desk):
    at_work, at_home = as_user(desk), as_user(desk)
    people.deactivate(user=desk, by=owner, now=timezone.now())
    assert at_work.get("/clients/").status_code == 302
    people.activate(user=desk, by=owner, now=timezone.now())
    assert at_home.get("/clients/").status_code == 302  # the old sessions stay dead


def test_the_last_owner_stays(owner, desk):
    make_user("second@example.org", "Second", is_owner=True, is_active=False)
    for verb in (
        lambda: people.deactivate(user=owner, by=owner, now=timezone.now()),
        lambda: people.change(user=owner, facts={}, roles=["therapist"], by=owner, now=timezone.now()),
    ):
        with pytest.raises(people.LastOwner):
            verb()
    owner.refresh_from_db()
    assert owner.is_owner
    assert owner.is_active


def test_one_of_two_owners_may_go(owner):
    second = make_user("second@example.org", "Second", is_owner=True)
    people.deactivate(user=owner, by=second, now=timezone.now())
    assert not owner.is_active


@zeal_ignore()
def test_a_lost_second_factor_is_removed_by_another_and_told(as_user, owner, desk):
    Authenticator.objects.create(user=desk, type=Authenticator.Type.TOTP, data={"secret": "x"})
    browser = as_user(desk)
    people.clear_second_factor(user=desk, by=owner, now=timezone.now())
    assert not Authenticator.objects.exists()
    assert browser.get("/clients/").status_code == 302
    assert AuditEvent.objects.filter(action="staff.clear_second_factor", actor=owner).exists()
    mail = staff_messages.render(Message.objects.get(user=desk), timezone.now())
    assert "Olga Owner removed the second factor" in mail.text
    with pytest.raises(people.OwnAccount):
        people.clear_second_factor(user=owner, by=owner, now=timezone.now())

"""A call-back whose therapist is not in is handed over; one nobody makes rises, and the lead hears of it."""

import re
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from clinic import access, sweeps
from clinic.models import AuditEvent, CareTeam, ClinicSettings, Message
from clinic.permissions import Permission
from treatments import call_backs, check_ins, handing_over, messages, overdue
from treatments.models import Task
from treatments.tests import aftercare_world as world

pytestmark = pytest.mark.django_db
WHY = "CANARY of a client"


@pytest.fixture
def task(client_ann, therapist):
    now = timezone.now()
    over = world.session(client_ann, therapist, now - timedelta(days=2))
    asked = check_ins.ask(session=over, moment="h24", due_at=now, now=now)
    check_ins.answer(check_in=asked, feeling="worse", score=8, reaction=True, reaction_text=WHY, now=now)
    return Task.objects.get()


@pytest.fixture
def url(task):
    return f"/tasks/{task.public_id}/hand-over/"


def late(task, **by):
    Task.objects.filter(pk=task.pk).update(due_at=timezone.now() - timedelta(**by))


def test_the_desk_sees_who_is_not_in_and_never_why(as_user, desk, task, therapist):
    body = as_user(desk).get("/tasks/").content.decode()
    assert "Therapist not in today" in body and "Hand over" in body
    assert WHY not in body and "Worse" not in body
    world.session(task.client, therapist, timezone.now(), state="booked")
    assert "Therapist not in today" not in as_user(desk).get("/tasks/").content.decode()


def test_the_desk_hands_a_call_over_without_reading_it(as_user, desk, url, task, therapist, other_therapist):
    ClinicSettings.objects.update(own_clients_only=True)
    browser = as_user(desk)
    page = browser.get(url).content.decode()
    assert "Otto Other (not in today)" in page and therapist.name not in page.split("<form")[-1]
    assert WHY not in page
    assert browser.post(url, {"to": str(other_therapist.public_id)}).status_code == 302
    task.refresh_from_db()
    assert task.assigned_to == other_therapist
    event = AuditEvent.objects.get(action="task.hand_over")
    assert (event.actor, event.client) == (desk, task.client)
    # The colleague is told, may read the chart for some days, and may write down what came of it.
    notices = Message.objects.filter(kind="staff.call_back").order_by("id")
    assert [(one.user, one.state) for one in notices] == [
        (therapist, "cancelled"), (other_therapist, "scheduled"),
    ]  # fmt: skip
    access.check(other_therapist, task.client, Permission.CLINICAL_WRITE)
    cover = CareTeam.objects.get(therapist=other_therapist)
    assert cover.kind == "cover" and timedelta(days=2) < cover.until - timezone.now() <= timedelta(days=3)
    done = f"/tasks/{task.public_id}/done/"
    assert as_user(other_therapist).post(done, {"resolution": "Called"}).status_code == 302


def test_nobody_lets_themselves_into_a_colleagues_chart(task, other_therapist):
    ClinicSettings.objects.update(own_clients_only=True)
    access.join_care_team(client=task.client, therapist=task.assigned_to, by=task.assigned_to, now=timezone.now())
    handing_over.hand_over(task=task, to=other_therapist, by=other_therapist, now=timezone.now())
    with pytest.raises(access.EmergencyAccessNeeded):
        access.check(other_therapist, task.client, Permission.CLINICAL_WRITE)


@pytest.mark.parametrize("to", ["", "x", "00000000-0000-4000-8000-000000000000", "\x00"])
def test_nobody_in_particular_is_refused(as_user, desk, url, task, therapist, to):
    assert as_user(desk).post(url, {"to": to}).status_code == 422
    task.refresh_from_db()
    assert task.assigned_to == therapist


def test_only_those_who_treat_take_a_call(task, desk, therapist, other_therapist):
    now = timezone.now()
    with pytest.raises(handing_over.NotATherapist):
        handing_over.hand_over(task=task, to=desk, by=desk, now=now)
    with pytest.raises(handing_over.TheirsAlready):
        handing_over.hand_over(task=task, to=therapist, by=desk, now=now)
    call_backs.finish(task=task, resolution="Called", by=therapist, now=now)
    with pytest.raises(call_backs.DoneAlready):
        handing_over.hand_over(task=task, to=other_therapist, by=desk, now=now)


def test_other_tasks_are_not_handed_over(as_user, desk, url, task, other_therapist):
    Task.objects.update(kind="intake_help")
    assert as_user(desk).get(url).status_code == 404
    task.refresh_from_db()
    with pytest.raises(handing_over.NotACallBack):
        handing_over.hand_over(task=task, to=other_therapist, by=desk, now=timezone.now())


# --- overdue ----------------------------------------------------------------------------------------------------------


def test_an_overdue_task_says_by_how_much(as_user, task, desk):
    late(task, hours=2)
    assert "Overdue by 2\xa0hours" in as_user(desk).get("/tasks/").content.decode()


def test_the_lead_and_the_owner_hear_of_it_once(task, lead, owner, desk, time_machine):
    time_machine.move_to(datetime.fromisoformat("2026-11-24T15:00:00+00:00"), tick=False)  # a Tuesday
    late(task, hours=1)
    assert overdue.tell(now=timezone.now()) == 0  # two open hours have not passed
    late(task, hours=3)
    sweeps.sweep()
    sweeps.sweep()
    notices = Message.objects.filter(kind="staff.call_back_late")
    assert {one.user for one in notices} == {lead, owner} and notices.count() == 2
    words = messages.render_staff(notices[0], timezone.now())
    assert words.subject == "A call-back is overdue" and "Tuesday 12:00" in words.text
    for secret in (WHY, task.client.first_name, task.client.last_name):
        assert secret not in words.subject + words.text


def test_the_night_is_no_delay(task, lead, time_machine):
    ClinicSettings.objects.update(tell_overdue_after=2)
    Task.objects.update(due_at=datetime.fromisoformat("2026-11-24T18:30:00+00:00"))
    assert overdue.tell(now=datetime.fromisoformat("2026-11-25T09:00:00+00:00")) == 0
    assert overdue.tell(now=datetime.fromisoformat("2026-11-25T09:31:00+00:00")) == 1


def test_what_is_done_is_not_told(task, lead, therapist):
    late(task, days=3)
    call_backs.finish(task=task, resolution="Called", by=therapist, now=timezone.now())
    assert overdue.tell(now=timezone.now()) == 0


def test_the_owner_sets_after_how_many_hours(as_user, owner):
    page = as_user(owner).get("/settings/").content.decode()
    assert "Tell the lead about a call-back" in page


# --- in the navigation ------------------------------------------------------------------------------------------------


def entry(browser):
    """The Tasks entry of the navigation, as it reads."""
    body = browser.get("/clients/").content.decode()
    text = re.search(r'<a href="/tasks/".*?</a>', body, re.DOTALL)[0]
    return " ".join(re.sub(r"<[^>]+>", "", text).split())


def test_the_navigation_counts_what_is_open_and_says_what_is_late(as_user, task, desk, therapist, other_therapist):
    assert entry(as_user(desk)) == "Tasks 1 open"
    late(task, hours=1)
    assert entry(as_user(desk)) == entry(as_user(therapist)) == "Tasks 1 open, 1 late"
    assert entry(as_user(other_therapist)) == "Tasks"  # a colleague's call is not theirs
    call_backs.finish(task=task, resolution="Called", by=therapist, now=timezone.now())
    assert entry(as_user(desk)) == "Tasks"

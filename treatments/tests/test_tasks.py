"""Tasks: late first, own first; the desk reads that a call is due and never why."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic import delivery
from clinic.models import AuditEvent, ClinicSettings, Message
from clinic.outbox import NotWanted
from clinic.testing import make_client
from treatments import call_backs, check_ins, messages
from treatments.models import Task
from treatments.tests import aftercare_world as world

pytestmark = pytest.mark.django_db
WHY = "CANARY of a client"


def worse(client, therapist, *, text=WHY, hours=0):
    now = timezone.now()
    over = world.session(client, therapist, now - timedelta(days=1, hours=hours))
    asked = check_ins.ask(session=over, moment="h24", due_at=now, now=now)
    check_ins.answer(check_in=asked, feeling="worse", score=8, reaction=True, reaction_text=text, now=now)
    return Task.objects.get(check_in=asked)


@pytest.fixture
def task(client_ann, therapist):
    return worse(client_ann, therapist)


@pytest.fixture
def url(task):
    return f"/tasks/{task.public_id}/done/"


def test_the_therapist_reads_why_and_the_desk_does_not(as_user, task, therapist, desk, owner):
    assert WHY in as_user(therapist).get("/tasks/").content.decode()
    for person in (desk, owner):
        body = as_user(person).get("/tasks/").content.decode()
        assert "Call back due" in body
        assert task.client.display_name in body
        assert WHY not in body
        assert "Worse" not in body


def test_own_and_late_ones_stand_on_top(therapist, other_therapist, client_ann, client_ben):
    early = worse(client_ann, other_therapist)
    own = worse(client_ben, therapist)
    late = worse(make_client("Cy", "Cole"), therapist, hours=1)
    Task.objects.filter(pk=early.pk).update(due_at=timezone.now() - timedelta(hours=3))
    Task.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(hours=1))
    assert list(call_backs.open_tasks(therapist, now=timezone.now())) == [late, own, early]


def test_a_therapist_sees_only_own_clients_when_the_owner_says_so(as_user, task, other_therapist, therapist):
    ClinicSettings.objects.update(own_clients_only=True)
    assert WHY not in as_user(other_therapist).get("/tasks/").content.decode()
    assert WHY in as_user(therapist).get("/tasks/").content.decode()


def test_every_client_on_the_list_is_logged_as_seen(as_user, task, desk):
    as_user(desk).get("/tasks/")
    assert AuditEvent.objects.filter(action="task_list.read", client=task.client, actor=desk).count() == 1


def test_done_needs_a_word_and_keeps_it(as_user, url, task, therapist):
    browser = as_user(therapist)
    assert browser.post(url, {"resolution": "  "}).status_code == 422
    assert browser.post(url, {"resolution": "a\x00b"}).status_code == 422
    assert browser.post(url, {"resolution": "x" * 1001}).status_code == 422
    assert browser.post(url, {"resolution": "Called, ice, lower pressure"}).status_code == 302
    task.refresh_from_db()
    assert (task.done_by, task.resolution) == (therapist, "Called, ice, lower pressure")
    assert AuditEvent.objects.filter(action="task.finish", client=task.client).count() == 1
    assert Message.objects.get(kind="staff.call_back").state == "cancelled"
    assert "Called, ice" in browser.get("/tasks/?show=done").content.decode()


def test_done_twice_says_who_was_first(as_user, url, task, therapist, other_therapist):
    as_user(therapist).post(url, {"resolution": "Called"})
    answer = as_user(other_therapist).post(url, {"resolution": "Me too"}, follow=True)
    assert "Thea Therapist has done this already" in answer.content.decode()
    task.refresh_from_db()
    assert task.resolution == "Called"


def test_the_desk_closes_help_with_a_link_but_no_call_back(as_user, url, task, desk):
    assert as_user(desk).post(url, {"resolution": "x"}).status_code == 403
    Task.objects.filter(pk=task.pk).update(kind="intake_help")
    assert as_user(desk).post(url, {"resolution": "Sent again"}).status_code == 302


def test_an_unknown_task_is_not_found(as_user, therapist):
    assert as_user(therapist).get("/tasks/00000000-0000-4000-8000-000000000000/done/").status_code == 404


def test_the_notice_says_that_and_not_whom_or_why(task, settings, mailoutbox, client_ann):
    notice = Message.objects.get(kind="staff.call_back")
    words = messages.render_staff(notice, timezone.now())
    assert words.subject == "A call-back is due"
    for secret in (WHY, client_ann.first_name, client_ann.last_name, "orse"):
        assert secret not in words.subject + words.text
    assert delivery.render(notice, timezone.now()) == words
    Task.objects.update(done_at=timezone.now(), done_by=notice.user)
    with pytest.raises(NotWanted):
        messages.render_staff(notice, timezone.now())


@pytest.mark.parametrize("query", ["?page=99", "?page=-1", "?page=x", "?show=%00", "?show=done&page='"])
def test_odd_questions_get_the_list(as_user, desk, query):
    assert as_user(desk).get(f"/tasks/{query}").status_code == 200


@pytest.mark.parametrize(("person", "show"), [("therapist", ""), ("desk", ""), ("therapist", "?show=done")])
def test_the_list_asks_as_much_for_one_row_as_for_thirty(request, as_user, therapist, person, show):
    browser = as_user(request.getfixturevalue(person))
    counts = []
    for upto in (1, 30):
        while Task.objects.count() < upto:
            number = Task.objects.count()
            made = worse(make_client(f"C{number}", "Client"), therapist, hours=number)
            if show:
                call_backs.finish(task=made, resolution="Called", by=therapist, now=timezone.now())
        browser.get(f"/tasks/{show}")
        with CaptureQueriesContext(connection) as queries:
            browser.get(f"/tasks/{show}")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15, [query["sql"][:90] for query in queries]

"""The outbox page: how every message stands, and never what is in it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic import audit, mailroom, outbox, sweeps
from clinic.models import AuditEvent, Heartbeat, Message
from clinic.testing import make_client

pytestmark = pytest.mark.django_db


def put(key="k:1", *, state="scheduled", **changes):
    now = timezone.now()
    facts = {"kind": "aftercare.h24", "channel": "email", "due_at": now, "not_after": now + timedelta(days=1)} | changes
    row = outbox.schedule(key=key, by=audit.SYSTEM, now=now, **facts)
    if state != "scheduled":
        Message.objects.filter(pk=row.pk).update(state=state, ended_at=now, sent_at=now if state == "sent" else None)
    return row


@pytest.fixture
def listed(as_user, desk):
    browser = as_user(desk)
    return lambda query="": browser.get(f"/outbox/{query}").content.decode()


def test_shows_whom_what_and_state_but_no_address_and_no_context(listed, client_ann):
    put(client=client_ann, context={"note": "CANARY"})
    body = listed()
    assert "Ann Archer" in body
    assert "How is it after a day?" in body
    for secret in (client_ann.email, client_ann.mobile, "CANARY"):
        assert secret not in body


def test_what_needs_a_person_shows_first(listed, client_ann):
    put("a", client=client_ann)
    assert "Waiting" in listed()
    put("b", client=client_ann, state="unknown", kind="aftercare.h72")
    body = listed()
    assert "How is it after three days?" in body
    assert "How is it after a day?" not in body
    assert "It arrived" in body


@pytest.mark.parametrize(
    "query",
    ["?show=x", "?show=sent&channel=pigeon", "?room=%00", "?page=-3", "?page=1;DROP TABLE", "?channel=' OR 1=1 --"],
)
def test_odd_filters_count_as_not_asked(listed, client_ann, query):
    put(client=client_ann)
    assert "<h1" in listed(query)


def test_filters_leave_out_the_rest(listed, client_ann, desk):
    put("a", client=client_ann)
    put("b", user=desk, kind="staff.call_back")
    put("c", client=client_ann, kind="aftercare.h72", channel="sms")
    assert "A call-back is due" in listed("?show=waiting&room=staff")
    assert "Ann Archer" not in listed("?show=waiting&room=staff")
    assert "How is it after a day?" not in listed("?show=waiting&channel=sms")


def test_the_numbers_tell_how_it_stands(client_ann):
    now = timezone.now()
    late = put("a", client=client_ann, at_once=True)
    Message.objects.filter(pk=late.pk).update(next_attempt_at=now - timedelta(minutes=6))
    for number, state in enumerate(("failed", "unknown", "expired", "sent", "cancelled")):
        put(f"s{number}", client=client_ann, state=state)
    sweeps.beat("worker")
    Heartbeat.objects.create(name="scheduler", beat_at=now - timedelta(minutes=5))
    summary = mailroom.summary(now=timezone.now())
    assert (summary.waiting, summary.attention, summary.sent_today, summary.late) == (1, 3, 1, True)
    assert [(beat.words, beat.still) for beat in summary.beats] == [("Worker", False), ("Scheduler", True)]


@pytest.mark.parametrize(("decision", "state"), [("resend", "scheduled"), ("confirm", "sent"), ("drop", "cancelled")])
def test_a_person_decides_and_the_trail_says_who(as_user, desk, client_ann, decision, state):
    row = put(client=client_ann, state="unknown")
    assert as_user(desk).post(f"/outbox/{row.public_id}/decide/", {"decision": decision}).status_code == 302
    row.refresh_from_db()
    assert row.state == state
    assert AuditEvent.objects.filter(action=f"message.{decision}", actor=desk, client=client_ann).count() == 1


def test_a_second_decision_changes_nothing(as_user, desk, client_ann):
    row = put(client=client_ann, state="sent")
    answer = as_user(desk).post(f"/outbox/{row.public_id}/decide/", {"decision": "drop"}, follow=True)
    assert "nothing was changed" in answer.content.decode()
    row.refresh_from_db()
    assert row.state == "sent"


@pytest.mark.parametrize("decision", ["", "delete", "resend\x00"])
def test_an_unknown_decision_is_not_found(as_user, desk, client_ann, decision):
    row = put(client=client_ann, state="failed")
    assert as_user(desk).post(f"/outbox/{row.public_id}/decide/", {"decision": decision}).status_code == 404


def test_every_client_on_the_list_is_logged_as_seen(listed, client_ann, desk):
    put(client=client_ann)
    listed()
    assert AuditEvent.objects.filter(action="outbox_list.read", client=client_ann, actor=desk).count() == 1


def test_the_page_asks_as_much_for_one_row_as_for_thirty(as_user, desk, client_ann):
    browser, counts = as_user(desk), []
    for upto in (1, 30):
        for number in range(Message.objects.count(), upto):
            put(f"k:{number}", client=make_client(f"C{number}", "Client"))
        browser.get("/outbox/")
        with CaptureQueriesContext(connection) as queries:
            browser.get("/outbox/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15, [query["sql"][:90] for query in queries]


def test_kinds_nobody_named_are_readable():
    assert mailroom.words_for("aftercare.lapsed_plan") == "Aftercare: lapsed plan"
    assert mailroom.words_for("letters.progress") == "Letters: progress"


@pytest.mark.parametrize("decision", ["drop", "resend"])
def test_only_the_owner_stops_what_goes_to_staff(as_user, desk, owner, decision):
    row = put(user=owner, kind="staff.emergency_access", state="scheduled" if decision == "drop" else "failed")
    before, url = Message.objects.get().state, f"/outbox/{row.public_id}/decide/"
    assert url not in as_user(desk).get("/outbox/").content.decode()
    assert as_user(desk).post(url, {"decision": decision}).status_code == 403
    assert Message.objects.get().state == before
    assert as_user(owner).post(url, {"decision": decision}).status_code == 302
    assert Message.objects.get().state != before

"""The work list: what ended badly, in plain words, and what people decide about it, one by one or many at once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic import audit, decisions, outbox
from clinic.models import AuditEvent, Consent, Message
from clinic.testing import make_client

pytestmark = pytest.mark.django_db


def put(key="k:1", *, state="scheduled", **changes):
    now = timezone.now()
    facts = {"kind": "aftercare.h24", "channel": "email", "due_at": now, "not_after": now + timedelta(days=1)} | changes
    row = outbox.schedule(key=key, by=audit.SYSTEM, now=now, **facts)
    # At night too: these tests are not about quiet hours.
    Message.objects.filter(pk=row.pk).update(due_at=facts["due_at"], next_attempt_at=facts["due_at"])
    if state != "scheduled":
        parked = now if state == "unknown" else None
        sent = now if state == "sent" else None
        Message.objects.filter(pk=row.pk).update(state=state, ended_at=now, sent_at=sent, parked_at=parked)
    return row


def agree(client, *channels):
    for channel in channels or ("email",):
        Consent.objects.create(client=client, kind=channel, granted=True, source="desk", given_at=timezone.now())


@pytest.fixture
def listed(as_user, desk):
    browser = as_user(desk)
    return lambda query="": browser.get(f"/outbox/{query}").content.decode()


def test_shows_whom_what_and_why_but_no_address_and_no_context(listed, client_ann):
    row = put(client=client_ann, context={"note": "CANARY"}, state="failed")
    Message.objects.filter(pk=row.pk).update(end_reason="refused for good")
    body = listed()
    assert "Ann Archer" in body and "How is it after a day?" in body and "the address is wrong" in body
    for secret in (client_ann.email, client_ann.mobile, "CANARY"):
        assert secret not in body


def test_only_what_needs_a_person_is_on_the_list(listed, client_ann):
    put("a", client=client_ann)
    assert "Nothing needs a person" in listed()
    put("b", client=client_ann, state="unknown", kind="aftercare.h72")
    body = listed()
    assert 'aria-label="How is it after three days?' in body and 'aria-label="How is it after a day?' not in body
    assert "It may have arrived" in body


@pytest.mark.parametrize(
    "query",
    ["?state=x", "?state=sent", "?channel=pigeon", "?kind=%00", "?before=-3", "?before=MTtEUk9Q", "?after=' OR 1=1 --"],
)
def test_odd_filters_count_as_not_asked(listed, client_ann, query):
    put(client=client_ann, state="failed")
    assert "Ann Archer" in listed(query)


def test_filters_leave_out_the_rest(listed, client_ann):
    put("a", client=client_ann, state="failed")
    put("c", client=client_ann, kind="aftercare.h72", channel="sms", state="expired")
    rows = listed("?state=expired")
    assert 'aria-label="How is it after three days?' in rows and 'aria-label="How is it after a day?' not in rows
    assert 'aria-label="How is it after three days?' not in listed("?channel=email")


@pytest.mark.parametrize(("decision", "state"), [("resend", "scheduled"), ("confirm", "sent"), ("drop", "cancelled")])
def test_a_person_decides_and_the_trail_says_who(as_user, desk, client_ann, decision, state):
    agree(client_ann)
    row = put(client=client_ann, state="unknown")
    assert as_user(desk).post(f"/outbox/{row.public_id}/decide/", {"decision": decision}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.decision, row.decided_by) == (state, decision, desk)
    assert AuditEvent.objects.filter(action=f"message.{decision}", actor=desk, client=client_ann).count() == 1


def test_the_second_of_two_is_told_who_decided(as_user, desk, owner, client_ann):
    agree(client_ann)
    row = put(client=client_ann, state="failed")
    url = f"/outbox/{row.public_id}/decide/"
    as_user(desk).post(url, {"decision": "drop"})
    answer = as_user(owner).post(url, {"decision": "resend"}, follow=True).content.decode()
    assert "Dora Desk decided about it already (“not to be sent”)" in answer
    assert Message.objects.get().state == "cancelled"


def test_a_client_who_withdrew_stays_and_it_is_said(as_user, desk, client_ann):
    row = put(client=client_ann, state="failed")
    url = f"/outbox/{row.public_id}/decide/"
    answer = as_user(desk).post(url, {"decision": "resend"}, follow=True).content.decode()
    assert "does not agree to e-mail: it stays here" in answer
    assert Message.objects.get().state == "failed"


@pytest.mark.parametrize("decision", ["", "delete", "resend\x00"])
def test_an_unknown_decision_is_not_found(as_user, desk, client_ann, decision):
    row = put(client=client_ann, state="failed")
    assert as_user(desk).post(f"/outbox/{row.public_id}/decide/", {"decision": decision}).status_code == 404
    assert as_user(desk).post("/outbox/decide/", {"decision": decision, "all": "yes"}).status_code == 404


def test_after_deciding_one_comes_back_to_a_page_of_ours_only(as_user, desk, client_ann):
    row = put(client=client_ann, state="failed")
    for back, lands in ((f"/outbox/{row.public_id}/", f"/outbox/{row.public_id}/"), ("//evil.example/", "/outbox/")):
        answer = as_user(desk).post(f"/outbox/{row.public_id}/decide/", {"decision": "confirm", "back": back})
        assert answer["Location"] == lands


def test_many_are_counted_before_and_after(as_user, desk, client_ann):
    agree(client_ann)
    rows = [put(f"k:{n}", client=client_ann, state="failed" if n else "unknown") for n in range(3)]
    data = {"decision": "resend", "message": [str(row.public_id) for row in rows[:2]]}
    browser = as_user(desk)
    asked = browser.post("/outbox/decide/", data).content.decode()
    assert "Send these 2 messages again?" in asked and "a second copy is possible" in asked
    assert Message.objects.filter(state="scheduled").count() == 0
    done = browser.post("/outbox/decide/", data | {"sure": "resend"}, follow=True).content.decode()
    assert "2 messages sent again within seconds." in done
    assert Message.objects.filter(state="scheduled", decided_by=desk).count() == 2
    assert AuditEvent.objects.filter(action="message.resend", actor=desk).count() == 2


def test_all_of_a_filter_and_nothing_that_came_after_the_question(as_user, desk, client_ann):
    for number in range(4):
        put(f"k:{number}", client=client_ann, state="failed", channel="sms" if number == 3 else "email")
    data = {"decision": "drop", "all": "yes", "channel": "email"}
    browser = as_user(desk)
    asked = browser.post("/outbox/decide/", data)
    assert asked.context["count"] == 3
    put("later", client=client_ann, state="failed")
    browser.post("/outbox/decide/", data | {"sure": "drop", "upto": asked.context["upto"]})
    assert set(Message.objects.filter(state="failed").values_list("key", flat=True)) == {"k:3", "later"}


def test_a_long_run_stops_says_how_far_it_came_and_goes_on(as_user, desk, client_ann, monkeypatch):
    monkeypatch.setattr(decisions, "BATCH", 2)
    monkeypatch.setattr(decisions, "SECONDS", 0.0)
    monkeypatch.setattr(decisions.decide_many, "__kwdefaults__", {"after": 0, "seconds": 0.0})
    for number in range(5):
        put(f"k:{number}", client=client_ann, state="failed")
    data, browser, stretches = {"decision": "drop", "all": "yes", "sure": "drop"}, as_user(desk), 0
    answer = browser.post("/outbox/decide/", data)
    while answer.status_code == 200:
        stretches += 1
        facts = {name: answer.context[name] for name in ("upto", "after", "done")}
        answer = browser.post("/outbox/decide/", data | facts)
    assert stretches == 2
    assert "5 messages dropped" in browser.get(answer["Location"]).content.decode()


def test_very_many_are_done_in_batches(desk, client_ann):
    agree(client_ann)
    model = put("first", client=client_ann, state="failed")
    model.refresh_from_db()
    rows = []
    for number in range(450):
        fields = {f.attname: getattr(model, f.attname) for f in Message._meta.concrete_fields if f.attname != "id"}
        fields |= {"key": f"k:{number}", "message_id": f"m:{number}", "public_id": None}
        fields.pop("public_id")
        rows.append(Message(**fields))
    Message.objects.bulk_create(rows, batch_size=500)
    tally = decisions.decide_many(Message.objects.all(), decision="resend", by=desk, now=timezone.now(), seconds=60)
    assert (tally.done, tally.more, dict(tally.stayed)) == (451, False, {})
    assert AuditEvent.objects.filter(action="message.resend", actor=desk).count() == 451


def test_every_client_on_the_list_is_logged_as_seen(listed, client_ann, desk):
    put(client=client_ann, state="failed")
    listed()
    assert AuditEvent.objects.filter(action="outbox_list.read", client=client_ann, actor=desk).count() == 1


def test_the_page_asks_as_much_for_one_row_as_for_thirty(as_user, desk, client_ann):
    browser, counts = as_user(desk), []
    for upto in (1, 30):
        for number in range(Message.objects.count(), upto):
            put(f"k:{number}", client=make_client(f"C{number}", "Client"), state="failed")
        browser.get("/outbox/")
        with CaptureQueriesContext(connection) as queries:
            browser.get("/outbox/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 21, [query["sql"][:90] for query in queries]


@pytest.mark.parametrize("decision", ["drop", "resend"])
def test_only_the_owner_stops_what_goes_to_staff(as_user, desk, owner, decision):
    row = put(user=owner, kind="staff.emergency_access", state="failed")
    url = f"/outbox/{row.public_id}/decide/"
    assert url not in as_user(desk).get(f"/outbox/{row.public_id}/").content.decode()
    assert as_user(desk).post(url, {"decision": decision}).status_code == 403
    forged = {"decision": decision, "sure": decision, "message": str(row.public_id)}
    as_user(desk).post("/outbox/decide/", forged)
    assert Message.objects.get().state == "failed"
    assert as_user(owner).post(url, {"decision": decision}).status_code == 302
    assert Message.objects.get().state != "failed"


def test_the_navigation_counts_what_this_person_may_decide(as_user, desk, owner, therapist, client_ann):
    put("a", client=client_ann, state="failed")
    put("b", user=owner, kind="staff.audit_head", state="failed")
    count = 'class="count">{}<span class="visually-hidden"> need a person'
    assert count.format(1) in as_user(desk).get("/clients/").content.decode()
    assert count.format(2) in as_user(owner).get("/clients/").content.decode()
    assert "need a person" not in as_user(therapist).get("/clients/").content.decode()

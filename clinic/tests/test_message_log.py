"""The log of messages: filtered, paged by place, in words for each reader, and as a table without names."""

import csv
import io
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic import message_log
from clinic.message_words import words_for
from clinic.models import AuditEvent, Message
from clinic.testing import make_client
from clinic.tests.test_outbox_page import put

pytestmark = pytest.mark.django_db
LOG = "/outbox/log/"


@pytest.fixture
def log(as_user, desk):
    browser = as_user(desk)
    return lambda query="": browser.get(LOG + query)


def shown(answer):
    return [line.row.key for line in answer.context["lines"]]


def many(count, **changes):
    now = timezone.now()
    for number in range(count):
        put(f"k:{number:03}", due_at=now - timedelta(minutes=number // 2), **changes)


def test_filters_by_state_kind_channel_reader_and_day(log, client_ann, desk, clinic_settings):
    put("old", client=client_ann, due_at=timezone.now() - timedelta(days=9), state="sent")
    put("new", client=client_ann, channel="sms", kind="aftercare.h72", state="failed")
    put("staff", user=desk, kind="staff.call_back")
    week = (timezone.now() - timedelta(days=7)).strftime("%d %b %Y")
    assert shown(log("?state=failed")) == shown(log("?channel=sms")) == shown(log("?kind=aftercare.h72")) == ["new"]
    assert shown(log("?kind=staff.")) == shown(log("?to=staff")) == shown(log("?state=waiting")) == ["staff"]
    assert shown(log(f"?until={week}")) == ["old"]
    assert set(shown(log(f"?since={week}"))) == {"new", "staff"}
    assert shown(log(f"?client={client_ann.public_id}&state=attention")) == ["new"]


def test_the_log_begins_with_what_was_due_and_knows_what_came_back(log, client_ann):
    put("ahead", client=client_ann, due_at=timezone.now() + timedelta(days=2))
    put("back", client=client_ann, state="failed")
    Message.objects.filter(key="back").update(end_reason="it came back for good")
    assert shown(log()) == shown(log("?state=bounced")) == ["back"]
    assert shown(log("?state=waiting")) == ["ahead"]
    assert set(shown(log(f"?client={client_ann.public_id}"))) == {"ahead", "back"}
    assert "Came back</span>" in log().content.decode()


@pytest.mark.parametrize("query", ["?state=none", "?kind=%27", "?to=x", "?since=soon", "?client=7", "?before=AAAA"])
def test_forged_filters_are_ignored(log, client_ann, query):
    put(client=client_ann)
    assert shown(log(query)) == ["k:1"]


def test_pages_go_back_and_forth_without_losing_or_doubling_a_row(log, client_ann, monkeypatch):
    monkeypatch.setattr(message_log.page, "__kwdefaults__", {"before": "", "after": "", "size": 7})
    many(20, client=client_ann)
    first, seen, marks = log(), [], []
    answer = first
    while True:
        seen += shown(answer)
        marks.append(answer.context["page"])
        if not answer.context["page"].older:
            break
        answer = log(f"?before={answer.context['page'].older}")
    assert len(seen) == len(set(seen)) == 20
    back = log(f"?after={marks[-1].newer}")
    assert shown(back) == [row.key for row in marks[-2].rows]
    assert not log(f"?after={back.context['page'].newer}").context["page"].newer


def test_a_client_is_looked_for_without_a_name_in_an_address(as_user, desk, client_ann, client_ben):
    put("a", client=client_ann)
    put("b", client=client_ben, state="failed")
    browser = as_user(desk)
    found = browser.post(f"{LOG}?state=failed", {"q": "baker"})
    ((client, query),) = found.context["found"]
    assert client == client_ben and parse_qs(query) == {"state": ["failed"], "client": [str(client_ben.public_id)]}
    assert "baker" not in query and shown(browser.get(f"{LOG}?{query}")) == ["b"]
    assert "Nobody is found" in browser.post(LOG, {"q": "zz\x00zz"}).content.decode()


def test_no_body_no_address_and_everybody_shown_is_logged(log, client_ann, desk):
    put(client=client_ann, context={"note": "CANARY"}, state="sent")
    body = log().content.decode()
    assert "Ann Archer" in body
    for secret in (client_ann.email, client_ann.mobile, "CANARY"):
        assert secret not in body
    assert AuditEvent.objects.filter(action="message_list.read", client=client_ann, actor=desk).count() == 1


@pytest.mark.parametrize("page", ["log", "client"])
def test_one_row_costs_as_much_as_thirty(as_user, desk, therapist, client_ann, page):
    reader, url = (desk, LOG) if page == "log" else (therapist, f"/clients/{client_ann.public_id}/messages/")
    browser, counts = as_user(reader), []
    for upto in (1, 30):
        for number in range(Message.objects.count(), upto):
            one = make_client(f"C{number}", "Client") if page == "log" else client_ann
            put(f"k:{number}", client=one, about_id=one.public_id)
        browser.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert len(shown(browser.get(url))) == upto
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 18, [query["sql"][:90] for query in queries]


def test_a_hundred_thousand_rows_are_read_from_their_index(log, client_ann):
    put(client=client_ann)
    with CaptureQueriesContext(connection) as queries:
        log("?before=MjAyNi0xMS0yM1QwOTowMDowMCswMDowMHw5OTk5")
    sql = next(query["sql"] for query in queries if 'ORDER BY "clinic_message"."due_at" DESC' in query["sql"])
    assert "COUNT" not in sql and "OFFSET" not in sql
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute(f"EXPLAIN {sql}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        plan = " ".join(str(cell) for row in cursor.fetchall() for cell in row)
    assert "message_log" in plan and "TEMP B-TREE" not in plan and "Sort" not in plan


def test_the_desk_reads_no_more_than_the_room_of_a_clinical_kind(as_user, desk, therapist, client_ann):
    put("a", client=client_ann, kind="aftercare.h48")
    put("b", client=client_ann, kind="aftercare.red_flag_followup")
    url = f"/clients/{client_ann.public_id}/messages/"
    at_desk, treating = as_user(desk).get(url).content.decode(), as_user(therapist).get(url).content.decode()
    assert "Home plan" in treating and "Aftercare: red flag followup" in treating
    assert "Home plan" not in at_desk and "red flag" not in at_desk and at_desk.count(">Aftercare</a>") == 2
    assert "Home plan" not in as_user(desk).get(f"{LOG}?kind=aftercare.h48").content.decode()


def test_a_colleagues_client_shows_no_clinical_kind(as_user, other_therapist, client_ann, clinic_settings):
    clinic_settings.own_clients_only = True
    clinic_settings.save()
    put(client=client_ann, kind="aftercare.h48")
    assert (
        "Home plan" not in as_user(other_therapist).get(f"/clients/{client_ann.public_id}/messages/").content.decode()
    )


def test_kinds_nobody_named_are_readable_to_who_may():
    assert words_for("aftercare.lapsed_plan", clinical=True) == "Aftercare: lapsed plan"
    assert words_for("aftercare.lapsed_plan") == "Aftercare"
    assert words_for("letters.progress") == "Letters"
    assert words_for("staff.notice") == "To staff: notice"


def test_one_message_tells_its_life(as_user, desk, client_ann):
    row = put(client=client_ann, state="unknown", context={"note": "CANARY"})
    row.tries.create(started_at=timezone.now(), phase="body", code=451, note="greylisted", worker="w")
    as_user(desk).post(f"/outbox/{row.public_id}/decide/", {"decision": "confirm"})
    body = as_user(desk).get(f"/outbox/{row.public_id}/").content.decode()
    for words in ("greylisted", "451", "It arrived: <bdi>Dora Desk</bdi>", "Written down as arrived"):
        assert words in body
    assert "CANARY" not in body and client_ann.email not in body


def test_messages_without_a_client_are_the_outboxs_own(as_user, therapist, desk, owner):
    row = put(user=owner, kind="staff.audit_head")
    assert as_user(therapist).get(f"/outbox/{row.public_id}/").status_code == 404
    assert as_user(desk).get(f"/outbox/{row.public_id}/").status_code == 200
    assert as_user(desk).get("/outbox/6e7ef2f2-8d5b-4ffd-a0a8-6d2b83c9b7a1/").status_code == 404


@pytest.fixture
def fresh_owner(as_user, owner):
    """The owner's browser just after the password was typed."""
    browser = as_user(owner)
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(owner.pk)
    session.save()
    return browser


def table(answer):
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_the_owner_takes_the_filtered_log_away_without_names(fresh_owner, as_user, owner, desk, client_ann):
    put("a", client=client_ann, state="failed")
    put("b", client=client_ann)
    Message.objects.filter(key="a").update(end_reason="=HYPERLINK(1)")
    head, row = table(fresh_owner.get("/outbox/log.csv?state=failed"))
    assert tuple(head) == message_log.COLUMNS and len(row) == len(head)
    assert "'=HYPERLINK(1)" in row and "Failed" in row
    whole = " ".join(row)
    for secret in (client_ann.email, client_ann.mobile, "Ann", "Archer", "Dora"):
        assert secret not in whole
    event = AuditEvent.objects.get(action="message_log.export")
    assert (event.actor, event.reason) == (owner, "state")
    assert as_user(desk).get("/outbox/log.csv").status_code == 403


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(begin):
    assert message_log.safe(f"{begin}1+1") == f"'{begin}1+1"
    assert message_log.safe("plain") == "plain"


def test_an_export_asks_again_who_it_is(as_user, owner):
    answer = as_user(owner).get("/outbox/log.csv")
    assert (answer.status_code, urlsplit(answer["Location"]).path) == (302, "/accounts/reauthenticate/")

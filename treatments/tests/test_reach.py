"""Clients with a visit whom nothing reaches stand on the work list; answers stand in the log."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic import message_log, reachability
from clinic.models import Message
from clinic.testing import make_client
from clinic.tests.test_outbox_page import agree, put
from treatments import reach
from treatments.models import CheckIn, Session

pytestmark = pytest.mark.django_db


def visit(client, therapist, hours):
    at = timezone.now() + timedelta(hours=hours)
    return Session.objects.create(
        client=client, therapist=therapist, starts_at=at, ends_at=at + timedelta(hours=1), booked_at=timezone.now()
    )


def found():
    return [(client.first_name, why) for client, _, why in reach.out_of_reach(now=timezone.now())]


def test_each_is_told_with_the_reason(client_ann, client_ben, therapist, desk):
    now, nobody, blank = timezone.now(), make_client("Nora", "None"), make_client("Bo", "Blank", email="")
    for hours, client in enumerate((client_ann, client_ben, nobody, blank), 1):
        visit(client, therapist, hours * 2)
    agree(client_ann)
    for client in (client_ben, blank):
        agree(client)
    assert found() == [("Nora", reach.NEVER_AGREED), ("Bo", reach.NO_ADDRESS)]
    reachability.refused(client=client_ben, channel="email", reason="550", by=desk, now=now)
    assert ("Ben", reach.SENT_BACK) in found()
    agree(client_ben, "sms")  # the other channel works
    assert "Ben" not in dict(found())


def test_only_visits_of_these_days_count(client_ann, client_ben, therapist, owner):
    visit(client_ann, therapist, 24 * 20)
    visit(client_ben, therapist, 5)
    assert [name for name, _ in found()] == ["Ben"]
    client_ben.archived_at, client_ben.archived_by = timezone.now(), owner
    client_ben.save()
    assert found() == []


def test_the_list_costs_two_queries_and_leads_to_the_record(client_ann, therapist, as_user, desk):
    visit(client_ann, therapist, 5)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            reach.out_of_reach(now=timezone.now())
        counts.append(len(queries))
        for number in range(8):
            visit(make_client(f"P{number}-{_}", "Many"), therapist, 7 + _ + number * 3)
    assert counts[0] == counts[1] <= 2
    body = as_user(desk).get("/outbox/").content.decode()
    assert "Nothing reaches them" in body and f"/clients/{client_ann.public_id}/edit/" in body
    assert client_ann.email not in body


def test_an_answer_stands_beside_its_question(client_ann, therapist):
    session, now = visit(client_ann, therapist, 5), timezone.now()
    CheckIn.objects.create(
        session=session, moment="h24", nonce="n", token_hash="h", created_at=now, expires_at=now, answered_at=now
    )
    for line in ("h24", "h72"):
        put(f"{session.public_id}:{line}:email", client=client_ann, about_id=session.public_id)
    answers = message_log.answered(list(Message.objects.filter(kind="aftercare.h24")))
    assert answers == {Message.objects.get(key__contains=":h24:").pk: now}

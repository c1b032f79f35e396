"""The outbox at this moment: the numbers, the day by the hour, who is alive; a part that keeps nobody signed in."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic import mailroom, sweeps
from clinic.models import Heartbeat, Message
from clinic.tests.test_outbox_page import put

pytestmark = pytest.mark.django_db
NOW = "/outbox/live/now/"


def ended(row, state, at):
    Message.objects.filter(pk=row.pk).update(state=state, ended_at=at, sent_at=at if state == "sent" else None)


def test_the_numbers_tell_how_it_stands(client_ann):
    now = timezone.now()
    late = put("a", client=client_ann, at_once=True)
    Message.objects.filter(pk=late.pk).update(next_attempt_at=now - timedelta(minutes=6))
    put("b", client=client_ann, due_at=now + timedelta(hours=3))
    for number, state in enumerate(("failed", "unknown", "expired", "sent", "cancelled")):
        put(f"s{number}", client=client_ann, state=state)
    sweeps.beat("worker")
    Heartbeat.objects.create(name="scheduler", beat_at=now - timedelta(minutes=5))
    found = mailroom.summary(now=timezone.now())
    assert (found.due, found.waiting, found.sending, found.attention, found.sent_today) == (1, 2, 0, 3, 1)
    assert found.oldest_due == now - timedelta(minutes=6) and found.late_since is None
    assert [(beat.words, beat.still) for beat in found.beats] == [("Worker", False), ("Scheduler", True)]
    assert found.sentence == "Messages go out, but something stopped: scheduler." and not found.well


def test_each_of_the_last_hours_has_its_count(client_ann):
    now = timezone.now().replace(minute=30)
    for number, (state, hours) in enumerate([("sent", 0), ("sent", 0), ("failed", 5), ("expired", 23), ("sent", 25)]):
        ended(put(f"k{number}", client=client_ann), state, now - timedelta(hours=hours))
    hours = mailroom.by_hour(now=now)
    assert len(hours) == 24 and hours[-1].at == now.replace(minute=0, second=0, microsecond=0)
    assert (hours[-1].sent, hours[-6].failed, hours[0].missed) == (2, 1, 1)
    assert sum(hour.total for hour in hours) == 4


def test_page_and_part_show_chart_and_table(as_user, desk, client_ann):
    ended(put(client=client_ann), "failed", timezone.now())
    browser = as_user(desk)
    page, part = browser.get("/outbox/live/").content.decode(), browser.get(NOW).content.decode()
    for body in (page, part):
        assert body.count('class="bar-failed" x=') == 2  # wide and narrow
        assert "0 sent, 0 missed, 1 failed" in body and body.count('<th scope="row"') == 24
    assert "<html" in page and "Look again" in page
    assert "<html" not in part and 'role="status"' not in part


def test_the_page_costs_the_same_however_many_there_are(as_user, desk, client_ann):
    browser, counts = as_user(desk), []
    for upto in (1, 30):
        for number in range(Message.objects.count(), upto):
            put(f"k:{number}", client=client_ann, state="failed")
        browser.get(NOW)
        with CaptureQueriesContext(connection) as queries:
            browser.get(NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_looking_by_itself_keeps_nobody_signed_in(as_user, desk, time_machine):
    begin = timezone.now()
    time_machine.move_to(begin, tick=False)
    browser = as_user(desk)
    browser.get("/outbox/live/")
    for minute in range(1, 15):
        time_machine.move_to(begin + timedelta(minutes=minute), tick=False)
        answer = browser.get(NOW, headers={"hx-request": "true"})
        assert answer.status_code == 200 and "sessionid" not in answer.cookies
    time_machine.move_to(begin + timedelta(minutes=16), tick=False)
    assert browser.get(NOW, headers={"hx-request": "true"}).status_code == 401

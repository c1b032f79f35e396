"""Pages of staff cost the same for one row and for thirty, and not much."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import Message
from clinic.testing import make_client
from treatments.models import Outcome, Session, Task
from treatments.tests import world

pytestmark = pytest.mark.django_db
# A test runs inside a transaction, so every transaction of the page shows as a savepoint; outside it is none.
NOT_COUNTED = ("SAVEPOINT", "RELEASE", "ROLLBACK")
MOST = 20  # with the light of the short check, the counts in the navigation, and on PostgreSQL the lock of the trail


@pytest.fixture(autouse=True)
def today(time_machine, now):
    time_machine.move_to(now, tick=False)


def cost(browser, url):
    browser.get(url)  # fills what is read once a process
    with CaptureQueriesContext(connection) as caught:
        assert browser.get(url).status_code == 200
    asked = [row["sql"] for row in caught if not row["sql"].startswith(NOT_COUNTED)]
    return [re.sub("^SELECT .* FROM", "FROM", sql)[:90] for sql in asked]


def sessions_on(day, therapists, people, *, state="booked", plan=None, step=30):
    for number, client in enumerate(people):
        at = day.replace(hour=8) + timedelta(minutes=step * (number // len(therapists)))
        Session.objects.create(
            client=client, therapist=therapists[number % len(therapists)], starts_at=at, plan=plan,
            ends_at=at + timedelta(minutes=25), booked_at=day, state=state,
        )  # fmt: skip


def test_day_sheet_costs_the_same_for_thirty_sessions(as_user, therapist, other_therapist, client_ann, now):
    world.ready(client_ann, now)
    plan = world.running_plan(client_ann, therapist, now)
    world.booked(client_ann, therapist, now.replace(hour=18), plan=plan)
    url = reverse("treatments:day_sheet")
    one = cost(as_user(therapist), url)
    people = [make_client(f"P{n}", "Many", mobile=f"+1555020{n:04d}") for n in range(29)]
    for number, client in enumerate(people):
        world.flag(client, now, booking="block" if number % 2 else "allow")
    sessions_on(now, [therapist, other_therapist], people)
    many = cost(as_user(therapist), url)
    assert Session.objects.count() == 30
    assert len(many) == len(one), "\n".join(many)
    assert len(many) <= MOST, "\n".join(many)


def test_chart_costs_the_same_for_thirty_sessions(as_user, therapist, client_ann, now):
    world.ready(client_ann, now)
    plan = world.running_plan(client_ann, therapist, now)
    world.signed(client_ann, therapist, now - timedelta(days=40), plan=plan)
    url = reverse("treatments:chart", args=[client_ann.public_id])
    one = cost(as_user(therapist), url)
    for day in range(29):
        fill(client_ann, therapist, plan, now - timedelta(days=day + 1), now)
    many = cost(as_user(therapist), url)
    assert len(many) == len(one), "\n".join(many)
    assert len(many) <= MOST, "\n".join(many)


def fill(client, therapist, plan, at, now):
    session = Session.objects.create(
        client=client, therapist=therapist, plan=plan, starts_at=at, ends_at=at + timedelta(hours=1), booked_at=at,
        state="done", completed_at=at, completed_by=therapist,
    )  # fmt: skip
    Outcome.objects.create(client=client, session=session, measure="nprs", value=5, source="note", taken_at=at)
    Task.objects.create(client=client, kind="call_back", created_at=at, due_at=at)
    world.flag(client, at)
    Message.objects.create(
        key=f"k{at}", message_id=f"m{at}", client=client, kind="aftercare.h24", channel="email", time_zone="UTC",
        local_date=at.date(), local_time=at.time(), due_at=at, next_attempt_at=at, not_after=now, created_at=at,
    )  # fmt: skip

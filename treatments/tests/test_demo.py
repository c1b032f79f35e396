"""The demo clinic tells the product's story; loaded once for the whole module."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from zeal import zeal_ignore

from clinic import audit
from clinic.models import Client, ClinicSettings, Consent, Message, User
from intake import differences
from intake.inviting import checklights
from intake.inviting.readiness import readiness
from intake.models import Flag, Questionnaire, Response
from intake.safety import rulebook
from treatments import outstanding, witness
from treatments.demo import cast, story
from treatments.models import Outcome, Plan, Session, Task

# Filling it takes as long as hundreds of tests: not in the quick run. Slow tests share a process: it is loaded once.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo(django_db_setup: Any, django_db_blocker: Any) -> Any:
    """Loaded in a transaction of the module's own, and rolled back after it."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic(), zeal_ignore():
        call_command("load_catalogue", verbosity=0)
        call_command("load_questionnaires", verbosity=0)
        logins = story.load(now=NOW)
        yield logins
        transaction.set_rollback(True)


@pytest.fixture
def told(demo: Any, db: None) -> Any:
    return demo


def test_demo_has_sixty_clients_and_staff_of_each_role(told: Any) -> None:
    assert Client.objects.count() == 60
    assert [User.objects.filter(**{role: True}).count() for role in ("is_owner", "is_therapist", "is_front_desk")] == [
        1, 3, 2,
    ]  # fmt: skip
    assert {login.email for login in told} == set(User.objects.values_list("email", flat=True))


def test_demo_logins_work_and_are_nobody_elses(told: Any) -> None:
    assert len({login.password for login in told}) == len(told)
    assert all(User.objects.get(email=login.email).check_password(login.password) for login in told)


def test_demo_has_plans_for_all_nine_conditions_with_weeks_of_outcomes(told: Any) -> None:
    assert Plan.objects.values("condition").distinct().count() == 9
    points = Outcome.objects.order_by("taken_at")
    assert points.last().taken_at - points.first().taken_at >= timedelta(weeks=7)
    assert set(Plan.objects.values_list("state", flat=True)) == set(Plan.State.values)


def test_demo_day_sheet_shows_how_far_forms_are(told: Any) -> None:
    """The desk's light in each of its colours: today, tomorrow and the day after."""
    clients = list(Client.objects.filter(sessions__state=Session.State.BOOKED).distinct())
    lights = {light.state for light in readiness(clients, now=NOW).values()}
    assert lights >= {"sent", "in_progress", "done", "done_flags", "expired"}


def test_demo_day_sheet_is_full_in_every_state(told: Any) -> None:
    zone = ClinicSettings.load().zone
    today = [
        row for row in Session.objects.all() if row.starts_at.astimezone(zone).date() == NOW.astimezone(zone).date()
    ]
    states = Counter(row.state for row in today)
    assert len(today) == 30
    assert {"booked", "in_session", "done"} <= set(states)


def test_demo_has_checks_with_and_without_news_and_somebody_who_comes_back(told: Any) -> None:
    rows = Session.objects.filter(starts_at__date=NOW.date()).values_list("public_id", "client")
    found = checklights.lights([row[0] for row in rows], readable={row[1] for row in rows}, now=NOW)
    assert {light.state for light in found.values()} >= {"news", "quiet"}
    back = Response.objects.get(status="in-progress", based_on__isnull=False)
    assert back.screens_done == ["about", "heart"] and back.confirmed
    missing = outstanding.rows(days=7, now=NOW)
    assert {form.state for row in missing for form in row.forms} >= {"sent", "in_progress", "expired"}


def test_demo_has_flags_to_review_and_calls_to_make(told: Any) -> None:
    waiting = set(Flag.objects.filter(state="open").values_list("flag_class", flat=True))
    assert {"emergency", "urgent", "clearance", "modify"} <= waiting
    assert Response.objects.filter(status="in-progress", based_on=None).count() == 4
    assert Task.objects.filter(done_at=None).exists() and Task.objects.filter(done_at__isnull=False).exists()


def test_demo_shows_what_was_decided_taken_back_and_answered_otherwise(told: Any) -> None:
    assert 30 <= rulebook.signed_count() < 104 and len(rulebook.rules_off()) == 1
    assert Consent.objects.filter(kind="treatment", granted=False, superseded_at=None).count() == 1
    assert Flag.objects.filter(rule_id="CO-NONE", state="open").count() == 1
    thinner = Flag.objects.filter(rule_id="MD-THINNER", state="open").select_related("response__version").first()
    assert thinner is not None and thinner.response is not None
    compared = differences.compare(thinner.response)
    assert compared is not None and 0 < compared.number < 12


def test_demo_leaves_nothing_due_in_the_past(told: Any) -> None:
    assert not Message.objects.filter(state="scheduled", due_at__lte=NOW).exists()
    assert Message.objects.filter(state="scheduled").exists()
    assert {"sent", "failed", "unknown", "cancelled"} <= set(Message.objects.values_list("state", flat=True))


def test_demo_audit_holds_and_every_signed_note_is_what_was_signed(told: Any) -> None:
    rows, breaks = audit.verify()
    assert rows > 1000 and breaks == []
    assert list(witness.signed_notes()) == []


def test_demo_refuses_a_database_with_people_in_it(told: Any) -> None:
    with pytest.raises(story.NotEmpty):
        story.load(now=NOW)


@pytest.mark.parametrize("hour", range(24))
def test_demo_clinic_lives_where_it_is_about_eleven(hour: int) -> None:
    local = (NOW.replace(hour=hour)).astimezone(cast.zone_at_eleven(NOW.replace(hour=hour)))
    assert 10 <= local.hour <= 12


def test_demo_has_a_form_of_its_own_with_an_older_version_answered_and_a_draft(told: Any) -> None:
    form = Questionnaire.objects.get(title="How are we doing?")
    answered = [version.responses.count() for version in form.versions.order_by("published_at")]
    assert answered == [4, 0]
    assert form.draft.based_on.version == "1.1.0"

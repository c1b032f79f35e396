"""The commands that fault tests are made of: what they promise on standard output is what is in the database."""

import json
from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from clinic.models import AuditEvent, ClinicSettings, Message
from treatments.models import Session


@pytest.fixture
def allowed(settings):
    settings.FAULT_TESTING = True


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("command", ["fault_enqueue", "fault_state"])
def test_refused_outside_a_clinic_made_for_tests(command, settings):
    with pytest.raises(CommandError, match="set CLINIC_FAULT_TESTING=1"):
        call_command(command)
    settings.FAULT_TESTING, settings.PRODUCTION = True, True
    with pytest.raises(CommandError, match="Production refuses"):
        call_command(command)


@pytest.mark.django_db
def test_each_committed_message_is_named_with_its_moment(allowed, capsys):
    now = timezone.now()
    call_command("fault_enqueue", sessions=5, start=30, within=60, rollback=0.2)
    said = lines(capsys)
    assert {line["key"]: datetime.fromisoformat(line["due"]) for line in said} == dict(
        Message.objects.values_list("key", "due_at")
    )
    assert len(said) == 4
    for line in said:
        assert timedelta(seconds=29) < datetime.fromisoformat(line["due"]) - now < timedelta(seconds=120)
    call_command("fault_state")
    assert lines(capsys) == [{"key": line["key"], "state": "scheduled", "attempts": 0} for line in said]


@pytest.mark.django_db
def test_sessions_end_by_the_ordinary_verbs_or_not_at_all(allowed, capsys):
    call_command("fault_enqueue", sessions=4, rollback=0.25)
    states = sorted(Session.objects.values_list("state", flat=True))
    assert states == ["done", "done", "done", "in_session"]
    assert AuditEvent.objects.filter(action="session.complete").count() == 3
    assert AuditEvent.objects.filter(action="session.book").count() == 4


@pytest.mark.django_db
def test_quiet_hours_may_fall_into_the_test(allowed, capsys):
    call_command("fault_enqueue", sessions=6, start=10, within=50, rollback=0, quiet="0-40")
    clinic = ClinicSettings.load()
    ends = datetime.combine(timezone.now().astimezone(clinic.zone), clinic.quiet_until, clinic.zone)
    dues = [datetime.fromisoformat(line["due"]) for line in lines(capsys)]
    assert len(dues) == 6
    assert min(dues) >= ends
    assert dues.count(min(dues)) >= 3


@pytest.mark.django_db
def test_what_staff_see_is_read_from_all_pages_of_the_outbox(allowed, client_ann, now, capsys):
    facts = {"client": client_ann, "kind": "aftercare.h24", "channel": "email", "time_zone": "UTC", "state": "unknown"}
    times = {"due_at": now, "next_attempt_at": now, "not_after": now, "created_at": now, "body_started_at": now}
    Message.objects.bulk_create(
        Message(
            key=f"k:{at}", message_id=f"<{at}>", local_date=now.date(), local_time=now.time(),
            parked_at=now if at else None, **facts, **times,
        )
        for at in range(60)
    )  # fmt: skip
    call_command("fault_state", seen=True)
    seen = {line["key"]: line["seen"] for line in lines(capsys)}
    assert [key for key, shown in seen.items() if not shown] == ["k:0"]  # still being asked about
    assert len(seen) == 60

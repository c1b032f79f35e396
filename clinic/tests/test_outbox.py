"""Putting messages into the outbox, and taking them back."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from clinic import audit, environment, outbox
from clinic.models import AuditEvent, Message

pytestmark = pytest.mark.django_db


def book(client, now, **changes):
    facts = {
        "key": "k:1:email", "kind": "aftercare.same_day", "channel": "email", "due_at": now,
        "not_after": now + timedelta(days=1), "by": audit.SYSTEM, "now": now, "client": client,
    }  # fmt: skip
    return outbox.schedule(**(facts | changes))


def test_schedule_twice_with_one_key_keeps_one_row(client_ann, now):
    first = book(client_ann, now)
    again = book(client_ann, now, due_at=now + timedelta(hours=1))
    assert again.pk == first.pk
    assert again.due_at == first.due_at
    assert Message.objects.count() == 1
    assert AuditEvent.objects.filter(action="message.schedule").count() == 1


def test_schedule_makes_the_message_id_on_the_site_host(client_ann, now):
    message = book(client_ann, now)
    assert message.message_id.startswith("<")
    assert message.message_id.endswith("@clinic.test>")


def test_schedule_writes_the_promise_in_the_clinics_zone(client_ann, clinic_settings, now):
    clinic_settings.time_zone = "Europe/Vienna"
    clinic_settings.save()
    message = book(client_ann, now)
    assert (message.local_time.hour, message.time_zone) == (10, "Europe/Vienna")
    assert message.due_at == now


def test_schedule_moves_a_night_message_to_the_morning(client_ann, now):
    message = book(client_ann, now, due_at=now.replace(hour=21))
    assert message.due_at == now.replace(hour=9) + timedelta(days=1)


def test_schedule_keeps_the_hour_of_what_the_client_waits_for(client_ann, now):
    assert book(client_ann, now, due_at=now.replace(hour=21), at_once=True).due_at == now.replace(hour=21)


def test_schedule_keeps_the_hour_of_a_staff_notice(desk, now):
    assert book(None, now, user=desk, kind="staff.notice", due_at=now.replace(hour=21)).due_at == now.replace(hour=21)


def test_schedule_undone_with_the_change_it_followed_from(client_ann, now):
    with pytest.raises(RuntimeError), audit.transaction():
        book(client_ann, now)
        raise RuntimeError("the change failed")
    assert not Message.objects.exists()
    assert not AuditEvent.objects.exists()


def test_cancel_stops_waiting_rows_and_says_so(client_ann, now):
    about = uuid.uuid4()
    kept = book(client_ann, now, key="other:1")
    gone = book(client_ann, now, about_id=about)
    assert outbox.cancel(about_id=about, reason="session cancelled", by=audit.SYSTEM, now=now) == 1
    gone.refresh_from_db()
    kept.refresh_from_db()
    assert (gone.state, gone.end_reason, kept.state) == ("cancelled", "session cancelled", "scheduled")
    assert AuditEvent.objects.filter(action="message.cancel", client=client_ann).count() == 1


def test_cancel_leaves_what_is_past_the_fence(client_ann, now):
    message = book(client_ann, now)
    Message.objects.filter(pk=message.pk).update(
        state="sending", lease_token=uuid.uuid4(), lease_until=now + timedelta(minutes=15), body_started_at=now
    )
    assert outbox.cancel(key_prefix="k:", reason="late", by=audit.SYSTEM, now=now) == 0


def test_cancel_takes_a_claimed_row_before_the_fence(client_ann, now):
    message = book(client_ann, now)
    Message.objects.filter(pk=message.pk).update(
        state="sending", lease_token=uuid.uuid4(), lease_until=now + timedelta(minutes=15)
    )
    assert outbox.cancel(key_prefix="k:", reason="withdrawn", by=audit.SYSTEM, now=now) == 1


def test_cancel_without_saying_what_is_refused(now):
    with pytest.raises(ValueError, match="what to cancel"):
        outbox.cancel(reason="all", by=audit.SYSTEM, now=now)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLINIC_OUTBOX_LEASE", "555"), ("CLINIC_OUTBOX_LEASE", "0"), ("CLINIC_OUTBOX_LEASE", "900,5"),
        ("CLINIC_OUTBOX_GRACE", "360"), ("CLINIC_OUTBOX_BACKOFF", "60,-5"), ("CLINIC_OUTBOX_BACKOFF", "soon"),
        ("CLINIC_OUTBOX_MAX_ATTEMPTS", "2.5"), ("CLINIC_EMAIL_TIMEOUT", "inf"),
    ],
)  # fmt: skip
def test_a_number_that_would_lose_or_double_messages_is_refused_by_name(name, value):
    with pytest.raises(ImproperlyConfigured, match=name):
        environment.outbox_numbers({name: value})


def test_the_shipped_numbers_can_be_scaled_by_the_environment():
    assert environment.outbox_numbers({}) == environment.OUTBOX_NUMBERS
    names = {"EMAIL_TIMEOUT": "1", "EMAIL_COMMAND_TIMEOUT": "1", "EMAIL_REPLY_TIMEOUT": "2", "OUTBOX_LEASE": "8"}
    scaled = environment.outbox_numbers({f"CLINIC_{name}": value for name, value in names.items()})
    assert (scaled["lease"], scaled["reply"], scaled["backoff"][-1]) == (8, 2, 14_400)

"""After a backup came back: nothing that the lost database may have sent is sent again by itself."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from clinic import claims, delivery, outbox, reconciling, restoring
from clinic.models import AuditEvent, Message
from clinic.tests.outbox_world import RENDERERS, put

pytestmark = pytest.mark.django_db


@pytest.fixture
def restored(desk, owner, settings, monkeypatch):
    """What a backup of two days ago holds; the owner even wants this kind sent again when in doubt."""
    settings.MESSAGE_RENDERERS = RENDERERS
    monkeypatch.setattr(reconciling, "lookup_for", lambda channel: None)
    now = claims.database_now()
    outbox.set_policy("test.hello", "resend", by=owner, now=now)
    put(desk, "due since", due_at=now - timedelta(days=1))
    put(desk, "held", due_at=now - timedelta(days=1))
    put(desk, "ahead", due_at=now + timedelta(hours=1))
    put(desk, "over", due_at=now - timedelta(days=9), not_after=now - timedelta(days=8))
    Message.objects.filter(key="held").update(state="sending", lease_token="1" * 32, lease_until=now)
    return now


def states():
    return dict(Message.objects.order_by("key").values_list("key", "state"))


def test_what_was_due_since_the_backup_is_in_doubt(restored, capsys):
    since = restored - timedelta(days=2)
    call_command("outbox_after_restore", since=since.isoformat())
    assert "2 messages" in capsys.readouterr().out
    assert states() == {"ahead": "scheduled", "due since": "unknown", "held": "unknown", "over": "scheduled"}
    assert delivery.send_due(worker="w") == {}
    assert AuditEvent.objects.filter(action="message.unknown", reason=restoring.REASON).count() == 2
    call_command("outbox_after_restore", since=since.isoformat())
    assert "0 messages" in capsys.readouterr().out


def test_in_doubt_is_never_resent_by_itself(restored, settings):
    settings.OUTBOX |= {"grace": 0}
    call_command("outbox_after_restore", since=(restored - timedelta(days=2)).isoformat())
    assert reconciling.reconcile() == {"parked": 2}
    assert delivery.send_due(worker="w") == {}


def test_what_fell_due_after_the_old_system_stopped_goes_out(restored):
    day = timedelta(days=1)
    until = (restored - day - timedelta(minutes=1)).isoformat()
    call_command("outbox_after_restore", since=(restored - 2 * day).isoformat(), until=until)
    assert states()["due since"] == "scheduled"


@pytest.mark.parametrize(
    "wrong", [{"since": "yesterday"}, {"since": "2999-01-01"}, {"since": "2020-01-01", "until": "x"}]
)
def test_a_moment_that_cannot_be_is_refused(db, wrong):
    with pytest.raises(CommandError):
        call_command("outbox_after_restore", **wrong)


def test_many_are_doubted_in_batches(desk, monkeypatch):
    monkeypatch.setattr(restoring, "BATCH", 2)
    now = claims.database_now()
    for number in range(5):
        put(desk, f"k:{number}")
    assert restoring.doubt(since=now - timedelta(days=1), until=claims.database_now(), by=desk, now=now) == 5

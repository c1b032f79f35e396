"""Late messages reach the owners past the queue, once an hour, and staff pages say it when no mail can."""

from datetime import time, timedelta
from threading import Event
from types import SimpleNamespace

import pytest
from celery.signals import beat_init
from django.core import mail
from django.utils import timezone

from clinic import claims, lateness, tasks, transports
from clinic.management.commands import send_due
from clinic.models import AuditEvent, Lateness, Message, OutboxRound, Relay, User
from clinic.testing import make_user
from clinic.tests.test_outbox_page import put
from clinic.transports import Report, Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def never_quiet(clinic_settings, owner):
    clinic_settings.quiet_from = clinic_settings.quiet_until = time(0)
    clinic_settings.save()


def late(minutes=20, **changes):
    """A message that was due so long ago and that nobody takes."""
    row = put(**({"user": changes.pop("user")} if "user" in changes else {}), **changes)
    due = timezone.now() - timedelta(minutes=minutes)
    Message.objects.filter(pk=row.pk).update(due_at=due, next_attempt_at=due)
    return row


def ago(**columns):
    Lateness.objects.update(**{name: timezone.now() - timedelta(minutes=minutes) for name, minutes in columns.items()})


def test_owners_are_written_to_past_the_queue(client_ann, owner):
    late(client=client_ann)
    before = Message.objects.count()
    assert lateness.watch()
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == ([owner.email], "Messages of Riverside Clinic are late")
    assert "1 wait now" in letter.body and "http://clinic.test/outbox/live/" in letter.body
    assert "Ann" not in letter.body and Message.objects.count() == before
    assert AuditEvent.objects.filter(action="message.late_alarm").count() == 1


def test_within_the_hour_nobody_writes_again_then_once_more(client_ann):
    late(client=client_ann)
    assert [lateness.watch() for _ in range(3)] == [True, False, False]
    ago(claimed_at=61, told_at=61)
    assert [lateness.watch() for _ in range(2)] == [True, False]
    assert len(mail.outbox) == 2


def test_only_one_process_takes_the_alarm(client_ann):
    late(client=client_ann)
    now = claims.database_now()
    Lateness.objects.create(id=1, noticed_at=now, late_since=now)
    assert [lateness._claim(now) for _ in range(3)] == [True, False, False]


def test_all_well_again_is_said_once(client_ann):
    row = late(client=client_ann)
    lateness.watch()
    Message.objects.filter(pk=row.pk).update(state="cancelled")
    assert [lateness.watch() for _ in range(2)] == [True, False]
    assert mail.outbox[-1].subject == "Messages of Riverside Clinic go out again" and len(mail.outbox) == 2
    assert lateness.known() is None


def test_a_lateness_nobody_heard_of_is_not_taken_back(client_ann, monkeypatch):
    row = late(client=client_ann)
    monkeypatch.setattr(lateness, "_claim", lambda now: False)
    assert not lateness.watch()
    Message.objects.filter(pk=row.pk).update(state="cancelled")
    assert not lateness.watch() and mail.outbox == []


@pytest.mark.parametrize("minutes", [14, 16])
def test_the_owner_says_how_late_is_late(client_ann, minutes, clinic_settings):
    late(minutes, client=client_ann)
    assert lateness.watch() is (minutes > 15)
    clinic_settings.alarm_after = 30
    clinic_settings.save()
    assert lateness.late_since(timezone.now()) is None


def test_a_relay_that_is_away_is_late_though_the_next_try_lies_ahead(client_ann):
    row = late(client=client_ann)
    ahead = timezone.now() + timedelta(minutes=4)
    Message.objects.filter(pk=row.pk).update(next_attempt_at=ahead, last_error="connect: refused", deferrals=9)
    assert lateness.late_since(timezone.now()) is not None
    Message.objects.filter(pk=row.pk).update(last_error="")  # it waits on purpose: quiet hours
    assert lateness.late_since(timezone.now()) is None


def test_a_provider_that_is_left_alone_is_no_excuse(client_ann):
    ahead = timezone.now() + timedelta(minutes=4)
    Relay.objects.create(channel="email", failures=5, opened=1, open_until=ahead, last_error="connect: refused")
    late(client=client_ann)
    assert lateness.watch()


def test_what_waited_for_the_end_of_the_night_counts_from_then(client_ann):
    row, now = late(minutes=600, client=client_ann), timezone.now()
    for waited, is_late in ((5, False), (16, True)):
        Message.objects.filter(pk=row.pk).update(next_attempt_at=now - timedelta(minutes=waited))
        assert (lateness.late_since(now) == now - timedelta(minutes=waited)) is is_late


def test_a_decision_a_moment_ago_is_not_late(client_ann, desk):
    late(client=client_ann)
    now = timezone.now()
    Message.objects.update(decided_at=now, decision="resend", decided_by=desk)
    assert lateness.late_since(now) is None
    Message.objects.update(decided_at=now - timedelta(minutes=16))
    assert lateness.late_since(now) is not None


class Refusing:
    """A mail server that is away."""

    def send(self, letter, fence):
        return Report(Verdict.UNREACHABLE, "connect", note="ConnectionRefusedError")

    def close(self):
        pass


def test_without_a_mail_server_the_pages_say_it_and_the_mail_is_tried_again(
    client_ann, owner, desk, as_user, monkeypatch
):
    late(client=client_ann)
    monkeypatch.setattr(transports, "email_carrier", Refusing)
    assert not lateness.watch()
    assert "Messages are late since" in as_user(owner).get("/staff/").content.decode()
    assert "Messages are late since" not in as_user(desk).get("/clients/").content.decode()
    monkeypatch.undo()
    assert not lateness.watch()  # not at once
    ago(claimed_at=6)
    assert lateness.watch() and len(mail.outbox) == 1


def test_an_owner_with_a_broken_address_does_not_keep_it_from_the_others(client_ann, owner):
    other = make_user("second@riverside.example", "Second Owner", is_owner=True)
    User.objects.filter(pk=other.pk).update(email="broken")
    late(client=client_ann)
    assert lateness.watch() and [letter.to for letter in mail.outbox] == [[owner.email]]


def test_every_process_that_lives_looks(client_ann, monkeypatch, settings, client):
    """Worker, the loop without a broker, and, when both are dead, the web server and the scheduler."""
    looks = []
    monkeypatch.setattr(lateness, "watch", lambda: looks.append(1))
    settings.COMPLETENESS_SWEEPS = []
    tasks.sweep()
    OutboxRound.objects.all().delete()  # half a minute later
    stop = Event()
    monkeypatch.setattr(send_due.delivery, "send_due", lambda **kwargs: stop.set())
    send_due.loop("w", stop, pause=0)
    settings.WATCH_FROM_THE_WEB = True
    monkeypatch.setattr(lateness, "_next_look", 0.0)
    monkeypatch.setattr(lateness, "beside", lambda work: work())
    client.get("/healthz")
    client.get("/healthz")  # not again within half a minute
    assert len(looks) == 3
    ends = iter([False, False, True])
    lateness.keep_watching(stop=type("Stop", (), {"wait": lambda self, every: next(ends)})())
    assert len(looks) == 5


def test_the_scheduler_watches_from_its_start(monkeypatch):
    done, begun = [], []
    monkeypatch.setattr(lateness, "keep_watching", lambda: done.append("watching"))
    monkeypatch.setattr(tasks.sweeps, "beat", done.append)
    monkeypatch.setattr(
        tasks.threading, "Thread", lambda target, **_: SimpleNamespace(start=lambda: begun.append(target))
    )
    beat_init.send(sender=None)
    for work in begun:
        work()
    assert done == ["scheduler", "watching"]

"""One row on its way out, and every moment at which something can die."""

import uuid
from datetime import time, timedelta

import pytest
from cryptography.fernet import Fernet
from django.core import mail
from django.db import OperationalError

from clinic import audit, claims, delivery, outbox, settling, sweeps, transports
from clinic.models import AddressTrouble, AuditEvent, Consent, Message, MessageAttempt
from clinic.transports import Report, Verdict

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What kill -9 looks like from inside: nothing after it runs."""


def render(message, now):
    if message.kind == "test.unwanted":
        raise outbox.NotWanted("it lost its point")
    if message.kind == "test.long":
        return outbox.Rendered("", "x" * 2000, template="t/1")
    if message.kind == "test.broken":
        raise ValueError("SECRET body of a client")
    return outbox.Rendered("Hello", f"Dear person, {message.key}", template="t/1")


@pytest.fixture(autouse=True)
def renderer(settings, clinic_settings):
    settings.MESSAGE_RENDERERS = {"test.": "clinic.tests.test_delivery.render"}
    clinic_settings.quiet_from = clinic_settings.quiet_until = time(0)
    clinic_settings.save()


@pytest.fixture
def agreed(client_ann, now):
    return Consent.objects.create(client=client_ann, kind="email", granted=True, source="desk", given_at=now)


@pytest.fixture
def put(client_ann, agreed):
    def put(key="k:1", kind="test.hello", **changes):
        now = claims.database_now()
        facts = {"channel": "email", "due_at": now - timedelta(seconds=1), "not_after": now + timedelta(hours=1)}
        somebody = {} if "user" in changes or "recipient" in changes else {"client": client_ann}
        return outbox.schedule(key=key, kind=kind, by=audit.SYSTEM, now=now, **(facts | somebody | changes))

    return put


def send():
    return dict(delivery.send_due(worker="w"))


def fresh(message):
    return Message.objects.get(pk=message.pk)


class Carrier:
    """A relay that follows a script, step by step."""

    def __init__(self, *steps):
        self.steps, self.sent = list(steps), []

    def send(self, letter, fence):
        step = self.steps.pop(0) if self.steps else "accept"
        if step == "die before":
            raise Killed
        if isinstance(step, Report):
            return step
        if not fence():
            return Report(Verdict.TAKEN_BACK, "fence")
        if step == "die after":
            raise Killed
        if step == "trouble":
            raise OSError("SECRET of a client")
        self.sent.append(letter.key)
        if step == "die sent":
            raise Killed
        return Report(Verdict.UNKNOWN, "body") if step == "silence" else Report(Verdict.ACCEPTED, "done", 250)

    def close(self):
        pass


@pytest.fixture
def relay(monkeypatch):
    def relay(*steps):
        carrier = Carrier(*steps)
        monkeypatch.setattr(transports, "email_carrier", lambda: carrier)
        return carrier

    return relay


def lease_over():
    now = claims.database_now()
    Message.objects.filter(state="sending").update(lease_until=now - timedelta(seconds=1))
    return sweeps.sweep()


def test_a_due_message_goes_out_once_with_its_key(put):
    message = put()
    assert send() == {"accepted": 1}
    assert send() == {}
    (letter,) = mail.outbox
    assert letter.extra_headers["X-Message-Key"] == "k:1"
    assert letter.extra_headers["Message-ID"] == message.message_id
    row = fresh(message)
    assert (row.state, row.resolved_by, row.attempts, row.template_version) == ("sent", "250", 1, "t/1")
    assert row.sent_at and len(row.body_sha256) == 64
    assert AuditEvent.objects.filter(action="message.sent", client=message.client).count() == 1


def test_staff_and_strangers_are_written_to_as_well(put, desk):
    put("a", user=desk)
    put("b", recipient={"name": "New Person", "email": "new@example.org"})
    assert send() == {"accepted": 2}
    assert {letter.to[0] for letter in mail.outbox} == {desk.email, "new@example.org"}
    assert not any("List-Unsubscribe" in letter.extra_headers for letter in mail.outbox)


def test_consent_withdrawn_between_due_and_claim_sends_nothing(put, agreed, client_ann, now):
    message = put()
    Consent.objects.filter(pk=agreed.pk).update(superseded_at=now)
    Consent.objects.create(client=client_ann, kind="email", granted=False, source="link", given_at=now)
    assert send() == {"cancelled": 1}
    assert not mail.outbox
    assert fresh(message).end_reason == "no consent for this channel"


def test_consent_for_one_channel_is_none_for_the_other(put, client_ann):
    put(channel="sms")
    assert send() == {"cancelled": 1}


def test_an_archived_client_gets_nothing(put, client_ann, owner, now):
    put()
    client_ann.archived_at, client_ann.archived_by = now, owner
    client_ann.save()
    assert send() == {"cancelled": 1}


def test_somebody_who_left_the_clinic_gets_nothing(put, desk):
    put(user=desk)
    desk.is_active = False
    desk.save()
    assert send() == {"cancelled": 1}


def test_quiet_hours_defer_and_are_no_try(put, clinic_settings):
    message = put()
    local = claims.database_now().time()
    clinic_settings.quiet_from = (claims.database_now() - timedelta(hours=1)).time()
    clinic_settings.quiet_until = (claims.database_now() + timedelta(hours=1)).time()
    clinic_settings.save()
    assert send() == {"deferred": 1}
    row = fresh(message)
    assert (row.state, row.attempts, row.deferrals, row.lease_token) == ("scheduled", 0, 1, None)
    assert row.next_attempt_at.time() == clinic_settings.quiet_until, local


def test_nothing_begins_so_late_that_it_would_arrive_in_quiet_hours(put, clinic_settings):
    message = put()
    clinic_settings.quiet_from = (claims.database_now() + timedelta(seconds=3)).time()
    clinic_settings.quiet_until = (claims.database_now() + timedelta(hours=1)).time()
    clinic_settings.save()
    assert send() == {"deferred": 1}
    assert fresh(message).next_attempt_at.time() == clinic_settings.quiet_until


def test_what_lost_its_point_is_cancelled(put):
    message = put(kind="test.unwanted")
    assert send() == {"cancelled": 1}
    assert fresh(message).end_reason == "it lost its point"


def test_a_row_that_cannot_be_rendered_stops_no_other_and_tells_no_secret(put, caplog):
    broken, unknown = put("a", kind="test.broken"), put("b", kind="nobody.knows")
    put("c")
    assert send() == {"later": 2, "accepted": 1}
    assert fresh(broken).state == fresh(unknown).state == "scheduled"
    assert "SECRET" not in caplog.text
    assert "SECRET" not in fresh(broken).last_error


def test_a_row_no_key_opens_stops_no_other(put, settings):
    bad = put("a", recipient={"email": "x@example.org"})
    put("b")
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    assert send() == {"failed": 1, "accepted": 1}
    assert Message.objects.defer("recipient").get(pk=bad.pk).state == "failed"


@pytest.mark.parametrize("address", ["", "ann", "ann@example.org\r\nBcc: x@example.org"])
def test_an_address_that_is_none_needs_attention(put, client_ann, address):
    message = put()
    type(client_ann).objects.filter(pk=client_ann.pk).update(email=address)
    assert send() == {"failed": 1}
    assert fresh(message).state == "failed"


def test_killed_before_the_fence_goes_back_into_the_queue(put, relay):
    message, carrier = put(), relay("die before")
    with pytest.raises(Killed):
        send()
    assert fresh(message).state == "sending"
    assert send() == {}
    assert lease_over()["rescued"] == 1
    assert send() == {"accepted": 1}
    assert carrier.sent == ["k:1"]


@pytest.mark.parametrize("step", ["die after", "die sent"])
def test_killed_after_the_fence_waits_for_a_person(put, relay, step):
    message = put()
    relay(step)
    with pytest.raises(Killed):
        send()
    assert lease_over()["unknown"] == 1
    assert send() == {}
    assert fresh(message).state == "unknown"
    assert AuditEvent.objects.filter(action="message.unknown").exists()


def test_no_answer_after_the_content_waits_for_a_person(put, relay):
    message = put()
    relay("silence")
    assert send() == {"unknown": 1}
    assert (fresh(message).state, fresh(message).sent_at) == ("unknown", None)


def test_trouble_after_the_fence_is_unknown_and_tells_no_secret(put, relay, caplog):
    message = put()
    relay("trouble")
    assert send() == {"unknown": 1}
    assert "SECRET" not in caplog.text + fresh(message).last_error


def test_a_worker_that_slept_past_its_lease_sends_nothing(put, relay):
    message = put()

    class Slow(Carrier):
        def send(self, letter, fence):
            lease_over()
            return super().send(letter, fence)

    slow = Slow()
    held = claims.claim(worker="slow", channels={"email"})
    with transports.Carriers() as carriers:
        carriers._open["email"] = slow
        assert delivery.deliver(held, carriers, worker="slow") == "taken_back"
    assert not slow.sent
    assert fresh(message).state == "scheduled"


def test_a_late_answer_settles_what_the_sweep_gave_up_on(put):
    message = put()
    held = claims.claim(worker="w", channels={"email"})
    assert claims.fence(held)
    lease_over()
    assert settling.settle(held, Report(Verdict.ACCEPTED, "done", 250), "w") == "accepted"
    assert fresh(message).state == "sent"


def test_a_relay_that_is_slow_into_the_evening_sends_nothing_then(put, clinic_settings):
    message = put()
    begins = claims.database_now() + timedelta(minutes=1)
    clinic_settings.quiet_from, clinic_settings.quiet_until = begins.time(), (begins + timedelta(hours=9)).time()
    clinic_settings.save()

    class Slow(Carrier):
        def send(self, letter, fence):
            real = claims.fence
            with pytest.MonkeyPatch.context() as patch:
                # The hour strikes while the relay thinks: the fence is asked about a moment that is past.
                patch.setattr(claims, "fence", lambda held, before: real(held, before=before - timedelta(minutes=2)))
                return super().send(letter, fence)

    slow = Slow()
    with transports.Carriers() as carriers:
        carriers._open["email"] = slow
        held = claims.claim(worker="w", channels={"email"})
        assert delivery.deliver(held, carriers, worker="w") == "taken_back"
    assert not slow.sent
    assert (fresh(message).state, fresh(message).attempts) == ("scheduled", 0)


def test_cancelled_between_claim_and_fence_sends_nothing(put, relay):
    message = put()

    class Withdrawn(Carrier):
        def send(self, letter, fence):
            outbox.cancel(key_prefix="k:", reason="cancelled", by=audit.SYSTEM, now=message.due_at)
            return super().send(letter, fence)

    with transports.Carriers() as carriers:
        carriers._open["email"] = Withdrawn()
        held = claims.claim(worker="w", channels={"email"})
        assert delivery.deliver(held, carriers, worker="w") == "taken_back"
    assert fresh(message).state == "cancelled"


def test_the_database_away_after_the_answer_is_waited_for(put, monkeypatch):
    held_up, pauses = [OperationalError("gone"), OperationalError("gone")], []

    def write():
        if held_up:
            raise held_up.pop()
        return "written"

    monkeypatch.setattr(settling, "connection", FakeConnection())
    assert settling.persistently(write, pause=pauses.append) == "written"
    assert pauses == [0.5, 1]


class FakeConnection:
    in_atomic_block = False

    def close(self):
        pass


def test_refused_for_now_is_tried_again_with_growing_waits(put, relay):
    message = put()
    for attempt, minutes in enumerate((1, 5, 15), start=1):
        relay(Report(Verdict.LATER, "rcpt", 450, "try later"))
        Message.objects.update(next_attempt_at=message.due_at, not_after=message.not_after + timedelta(days=1))
        assert send() == {"later": 1}
        row = fresh(message)
        wait = (row.next_attempt_at - claims.database_now()).total_seconds() / 60
        assert (row.state, row.attempts, row.reply_code) == ("scheduled", attempt, 450)
        assert minutes * 0.5 - 0.1 <= wait <= minutes
    assert MessageAttempt.objects.filter(message=message).count() == 3


def test_refused_for_now_comes_once_more_before_its_use_ends(put, relay):
    message = put(not_after=claims.database_now() + timedelta(minutes=2))
    Message.objects.update(attempts=5)
    relay(Report(Verdict.LATER, "rcpt", 450))
    send()
    assert fresh(message).next_attempt_at == message.not_after - timedelta(minutes=1)


def test_refused_eight_times_needs_attention(put, relay):
    message = put()
    Message.objects.update(attempts=7)
    relay(Report(Verdict.LATER, "rcpt", 450))
    send()
    assert fresh(message).state == "failed"


def test_refused_for_good_needs_attention(put, relay):
    message = put()
    relay(Report(Verdict.REFUSED, "rcpt", 550, "no such user"))
    assert send() == {"refused": 1}
    row = fresh(message)
    assert (row.state, row.attempts, row.last_error) == ("failed", 1, "rcpt: no such user")


@pytest.mark.parametrize("verdict", [Verdict.UNREACHABLE, Verdict.LOCKED_OUT])
def test_a_provider_that_is_away_costs_no_try_and_ends_the_run(put, relay, verdict):
    put("a"), put("b")
    relay(Report(verdict, "connect", 535))
    assert send() == {str(verdict): 1}
    states = list(Message.objects.order_by("key").values_list("state", "attempts", "deferrals"))
    assert states == [("scheduled", 0, 1), ("scheduled", 0, 0)]


def test_an_attempt_that_cannot_be_written_keeps_nothing(put, relay, monkeypatch):
    message = put()
    relay()
    monkeypatch.setattr(audit, "_append", lambda events: (_ for _ in ()).throw(RuntimeError("audit")))
    with pytest.raises(RuntimeError):
        send()
    assert fresh(message).state == "sending"
    assert not MessageAttempt.objects.exists()


def test_the_log_holds_no_name_address_or_text(put, caplog, client_ann):
    caplog.set_level("DEBUG")
    put()
    send()
    for secret in (client_ann.email, client_ann.first_name, "Dear person"):
        assert secret not in caplog.text


def test_a_person_may_send_drop_or_confirm_what_ended_badly(put, owner, now):
    message = put()
    token = uuid.uuid4()
    Message.objects.update(state="unknown", lease_token=token, body_started_at=now, ended_at=now)
    assert outbox.resend(fresh(message), by=owner, now=claims.database_now())
    assert send() == {"accepted": 1}
    assert not outbox.drop(fresh(message), by=owner, now=now)
    Message.objects.update(state="unknown", sent_at=None)
    assert outbox.confirm(fresh(message), by=owner, now=now)
    assert fresh(message).resolved_by == "person"
    assert set(AuditEvent.objects.filter(actor=owner).values_list("action", flat=True)) == {
        "message.resend", "message.confirm",
    }  # fmt: skip


def test_a_bad_address_at_the_door_stops_the_channel(put, relay, client_ann):
    put()
    relay(Report(Verdict.REFUSED, "rcpt", 550, "no such user", bad_address=True))
    assert send() == {"refused": 1}
    assert AddressTrouble.objects.get().client == client_ann
    put("k:2")
    assert send() == {"cancelled": 1}
    assert Message.objects.get(key="k:2").end_reason == "the address does not work: ask for a new one"


def test_a_text_nobody_could_put_together_is_seen_and_not_sent(put, client_ann, now):
    Consent.objects.create(client=client_ann, kind="sms", granted=True, source="desk", given_at=now)
    message = put(kind="test.long", channel="sms")
    assert send() == {"failed": 1}
    assert fresh(message).end_reason == "too long for a text: it would take 14 parts"


def test_the_providers_name_for_a_message_is_kept(put, relay):
    put()
    relay(Report(Verdict.UNKNOWN, "body", provider_id="SM1"))
    send()
    assert MessageAttempt.objects.get().provider_id == "SM1"

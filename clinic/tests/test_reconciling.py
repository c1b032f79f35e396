"""What may or may not have arrived: the relay is asked, then the owner's word holds, then a person."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from clinic import claims, delivery, gauges, outbox, reconciling, settling, sweeps
from clinic.claims import Claim
from clinic.models import AuditEvent, Message, UnknownPolicy
from clinic.tests.outbox_world import RENDERERS, put
from clinic.transports import Report, Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def words(settings):
    settings.MESSAGE_RENDERERS = RENDERERS


class Asked:
    """A relay's memory: Message-ID → answer; what it does not know, it does not have."""

    def __init__(self, known=None, *, away=False):
        self.known, self.away, self.questions = known or {}, away, 0

    def find(self, message_id, *, name):
        self.questions += 1
        return self.known.get(message_id, False)


@pytest.fixture
def ask(monkeypatch):
    def ask(lookup):
        monkeypatch.setattr(reconciling, "lookup_for", lambda channel: lookup)
        return lookup

    ask(None)
    return ask


def unknown(desk, key="k:1", *, minutes=11, **changes):
    message = put(desk, key)
    since = claims.database_now() - timedelta(minutes=minutes)
    facts = {
        "state": "unknown",
        "body_started_at": since,
        "ended_at": since,
        "lease_token": uuid.uuid4(),
        "attempts": 1,
    }
    Message.objects.filter(pk=message.pk).update(**(facts | changes))
    return Message.objects.get(pk=message.pk)


def fresh(message):
    return Message.objects.get(pk=message.pk)


def test_yes_from_the_relay_is_sent_and_says_by_whom(desk, ask):
    message = unknown(desk)
    ask(Asked({message.message_id: True}))
    assert reconciling.reconcile() == {"sent": 1}
    row = fresh(message)
    assert (row.state, row.resolved_by, row.sent_at) == ("sent", "relay", message.body_started_at)
    assert gauges.read().counted_24h["reconciled_relay"] == 1
    assert reconciling.reconcile() == {}


def test_no_from_the_relay_goes_again_under_the_same_message_id(desk, ask, mailoutbox):
    message = unknown(desk)
    ask(Asked())
    assert reconciling.reconcile() == {"again": 1}
    assert delivery.send_due(worker="w") == {"accepted": 1}
    assert mailoutbox[0].extra_headers["Message-ID"] == message.message_id
    assert (fresh(message).resolved_by, fresh(message).resends) == ("250", 0)


def test_nobody_is_asked_before_the_grace_is_over(desk, ask):
    unknown(desk, minutes=9)
    lookup = ask(Asked())
    assert reconciling.reconcile() == {}
    assert lookup.questions == 0


def test_without_a_relay_to_ask_a_person_decides(desk, ask):
    message = unknown(desk)
    assert reconciling.reconcile() == {"parked": 1}
    assert (fresh(message).state, fresh(message).parked_at is not None) == ("unknown", True)
    assert reconciling.reconcile() == {}
    assert AuditEvent.objects.filter(action="message.parked").count() == 1


def test_the_owner_may_have_a_kind_sent_once_more_and_only_once(desk, owner, ask, now):
    message = unknown(desk)
    assert outbox.set_policy("test.hello", "resend", by=owner, now=now)
    assert reconciling.reconcile() == {"again": 1}
    assert (fresh(message).state, fresh(message).resends) == ("scheduled", 1)
    since = claims.database_now() - timedelta(hours=1)
    Message.objects.update(state="unknown", body_started_at=since, ended_at=since)
    assert reconciling.reconcile() == {"parked": 1}


def test_a_resend_that_arrives_says_so(desk, owner, ask, now):
    message = unknown(desk)
    outbox.set_policy("test.hello", "resend", by=owner, now=now)
    reconciling.reconcile()
    delivery.send_due(worker="w")
    assert fresh(message).resolved_by == "resend"
    assert gauges.read().counted_24h["reconciled_resend"] == 1


def test_a_relay_that_does_not_answer_is_waited_for_before_the_policy(desk, ask):
    first, second = unknown(desk, "a"), unknown(desk, "b", minutes=50)
    ask(Asked(away=True))
    assert reconciling.reconcile() == {"waiting": 1, "parked": 1}
    assert (fresh(first).parked_at, fresh(second).parked_at is None) == (None, False)


def test_a_message_that_was_tried_often_enough_is_not_sent_for_ever(desk, ask):
    unknown(desk, attempts=8)
    ask(Asked())
    assert reconciling.reconcile() == {"parked": 1}


def test_an_answer_that_comes_after_all_settles_what_was_put_back(desk, ask):
    message = unknown(desk)
    ask(Asked())
    reconciling.reconcile()
    held = Claim(message.pk, message.lease_token, "email", claims.database_now())
    assert settling.settle(held, Report(Verdict.ACCEPTED, "done", 250), "late") == "accepted"
    assert delivery.send_due(worker="w") == {}


def test_one_question_that_fails_does_not_keep_the_others(desk, ask, monkeypatch, caplog):
    bad, good = unknown(desk, "a"), unknown(desk, "b")
    lookup = ask(Asked({good.message_id: True}))
    find = lookup.find

    def fails(message_id, *, name):
        if message_id == bad.message_id:
            raise RuntimeError("SECRET")
        return find(message_id, name=name)

    lookup.find = fails
    assert reconciling.reconcile() == {"sent": 1}
    assert "SECRET" not in caplog.text


def test_many_unknown_ones_are_all_asked_about(desk, ask, monkeypatch):
    monkeypatch.setattr(reconciling, "BATCH", 2)
    for number in range(5):
        unknown(desk, f"k:{number}")
    ask(Asked())
    assert reconciling.reconcile() == {"again": 5}


def test_a_person_who_was_quicker_wins(desk, owner, ask, now):
    message = unknown(desk)
    assert outbox.confirm(message, by=owner, now=now)
    assert reconciling._arrived(message, now) == "lost"
    assert reconciling._again(message, now, why="", resends=0) == "lost"
    assert reconciling._park(message, now) == "lost"
    assert gauges.read().counted_24h["reconciled_person"] == 1


def test_the_policy_of_a_kind_is_kept_with_its_person(owner, now):
    assert outbox.policy_of("aftercare.h24") == "park"
    assert outbox.set_policy("aftercare.h24", "resend", by=owner, now=now)
    assert not outbox.set_policy("aftercare.h24", "resend", by=owner, now=now)
    assert outbox.policy_of("aftercare.h24") == "resend"
    assert (UnknownPolicy.objects.get().changed_by, outbox.policy_of("aftercare.h72")) == (owner, "park")
    assert AuditEvent.objects.get(action="outbox.policy").reason == "aftercare.h24: resend"


@pytest.mark.parametrize(("kind", "policy"), [("aftercare.h24", "twice"), ("bad kind\n", "resend")])
def test_a_policy_nobody_knows_is_refused(owner, now, kind, policy):
    with pytest.raises(ValidationError):
        outbox.set_policy(kind, policy, by=owner, now=now)
    assert not UnknownPolicy.objects.exists()


def test_a_worker_that_died_after_the_fence_is_settled_by_the_folder(desk, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.OUTBOX_DIR = tmp_path / "outbox"
    settings.OUTBOX |= {"grace": 0}
    message = put(desk)
    held = claims.claim(worker="dead", channels={"email"})
    assert claims.fence(held)
    (tmp_path / "outbox-drafts").mkdir()
    (tmp_path / "outbox-drafts" / f"{message.public_id}-x.tmp").touch()  # it got as far as its draft
    Message.objects.update(lease_until=claims.database_now() - timedelta(seconds=1))
    assert sweeps.sweep()["unknown"] == 1
    assert reconciling.reconcile() == {"again": 1}
    assert delivery.send_due(worker="w") == {"accepted": 1}
    assert len(list((tmp_path / "outbox").iterdir())) == 1
    assert not list((tmp_path / "outbox-drafts").iterdir())

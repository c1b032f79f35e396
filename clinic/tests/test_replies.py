"""Texts that come back: whose they are is never guessed, STOP always counts, nothing of them is in a log."""

import logging

import pytest

from clinic import clients, delivery, preferences, reachability, replies
from clinic.models import Consent, Message, ProviderEvent, Reply
from clinic.sms_gateway import twilio

pytestmark = pytest.mark.django_db
TAKEN = []


def take(*, client, means, text, by, now):
    TAKEN.append((client.first_name, str(means.means), text))
    return "reply.received"


@pytest.fixture(autouse=True)
def taker(settings):
    settings.REPLY_TAKER = "clinic.tests.test_replies.take"
    TAKEN.clear()


@pytest.fixture
def both(client_ann, client_ben, desk, now):
    for client in (client_ann, client_ben):
        for channel in ("email", "sms"):
            clients.set_channel(client=client, channel=channel, granted=True, by=desk, now=now)
    return client_ann, client_ben


@pytest.fixture
def texts(now):
    numbers = iter(range(1000))

    def texts(text, number="+1 555 010 0301", event=None):
        name = event or str(next(numbers))
        return replies.receive(provider="gateway", event_id=name, number=number, text=text, now=now)

    return texts


def answers():
    return list(Message.objects.order_by("pk").values_list("kind", flat=True))


def share(both, desk, now):
    clients.update(client=both[1], changes={"mobile": both[0].mobile}, by=desk, now=now)


def test_stop_ends_texts_and_says_so_once(both, texts, clinic_settings):
    assert texts("Stop") == "stop"
    ann, ben = both
    assert clients.channels_agreed(ann) == {"email"}
    assert clients.channels_agreed(ben) == {"email", "sms"}
    assert Consent.objects.get(client=ann, kind="sms", superseded_at=None).source == "reply"
    assert answers() == ["reply.stop"]
    # the last text goes out although texts are over, and also at night
    clinic_settings.quiet_from, clinic_settings.quiet_until = "00:00", "23:59"
    clinic_settings.save()
    Message.objects.update(
        due_at="2026-01-01T00:00Z", next_attempt_at="2026-01-01T00:00Z", not_after="2099-01-01T00:00Z"
    )
    assert dict(delivery.send_due(worker="w")) == {"accepted": 1}


def test_start_brings_texts_back(both, texts):
    texts("ALTO")
    assert texts("alta") == "start"
    assert preferences.wants(both[0], "check_ins", "sms")
    assert answers() == ["reply.stop", "reply.start"]


def test_help_is_answered_in_the_clients_language(both, texts):
    type(both[0]).objects.filter(pk=both[0].pk).update(language="es")
    texts("AYUDA")
    said = delivery.render(Message.objects.select_related("client").get(), both[0].created_at)
    assert "Responda STOP" in said.text
    assert said.subject == ""


def test_answers_and_words_go_to_whoever_asked(both, texts):
    texts("3")
    texts("My arm is numb")
    assert TAKEN == [("Ann", "worse", "3"), ("Ann", "words", "My arm is numb")]
    assert answers() == ["reply.received"] * 2
    assert not Reply.objects.exists()


def test_the_same_text_told_twice_is_one(both, texts):
    assert texts("3", event="e1") == "worse"
    assert texts("3", event="e1") == "again"
    assert len(TAKEN) == len(answers()) == 1


@pytest.mark.parametrize("number", ["+15550100399", "CLINIC", "", "12345"])
def test_a_number_nobody_has_waits_for_a_person(both, texts, number):
    assert texts("My arm is numb", number=number) == "for a person"
    kept = Reply.objects.get()
    assert (kept.number, kept.text, kept.sharers, kept.done_at) == (number, "My arm is numb", 0, None)
    assert not TAKEN
    assert not answers()


def test_a_number_that_two_share_is_not_guessed(both, texts, desk, now):
    share(both, desk, now)
    assert texts("3") == "for a person"
    assert texts("START") == "for a person"
    assert list(Reply.objects.values_list("sharers", flat=True)) == [2, 2]
    assert not TAKEN


def test_stop_counts_for_everybody_on_that_phone(both, texts, desk, now):
    share(both, desk, now)
    assert texts("STOP") == "stop"
    assert [clients.channels_agreed(client) for client in both] == [{"email"}] * 2
    assert answers() == ["reply.stop"]


def test_an_archived_client_is_nobody(both, texts, owner, now):
    clients.archive(client=both[0], by=owner, now=now)
    assert texts("1") == "for a person"


def test_who_writes_from_a_phone_has_it(both, texts, now):
    reachability.refused(
        client=both[0], channel="sms", reason="x", by=both[0].created_by or replies.audit.SYSTEM, now=now
    )
    texts("1")
    assert reachability.works(both[0], "sms")


def test_two_machines_do_not_talk_for_ever(both, texts):
    for _ in range(15):
        texts("I am away until Monday.")
    assert len(answers()) == 10
    assert len(TAKEN) == 15


def test_what_the_provider_says_itself_is_not_said_twice(both, texts, settings):
    settings.SMS_GATEWAY = twilio(account="AC1", token="t", sender="+1", callback="x")
    texts("STOP")
    assert clients.channels_agreed(both[0]) == {"email"}
    assert answers() == []


def test_nothing_of_a_text_is_in_a_log_or_an_event(both, texts, caplog):
    caplog.set_level(logging.DEBUG)
    texts("canary my arm is numb")
    texts("canary again", number="+15550100399")
    assert "canary" not in caplog.text + str(list(ProviderEvent.objects.values())) + str(list(Message.objects.values()))
    assert "0301" not in caplog.text
    assert "0399" not in caplog.text


def test_a_person_says_whose_it_was(both, texts, desk, now):
    share(both, desk, now)
    texts("3")
    kept = Reply.objects.get()
    replies.belongs_to(reply=kept, client=both[1], by=desk, now=now)
    assert TAKEN == [("Ben", "worse", "3")]
    with pytest.raises(replies.DoneAlready):
        replies.belongs_to(reply=kept, client=both[0], by=desk, now=now)
    kept.refresh_from_db()
    assert (kept.client, kept.done_by) == (both[1], desk)


def test_somebody_without_that_number_cannot_be_named(both, texts, desk, now):
    texts("3", number="+15550100399")
    with pytest.raises(replies.NotTheirs):
        replies.belongs_to(reply=Reply.objects.get(), client=both[0], by=desk, now=now)
    clients.update(client=both[0], changes={"mobile": "+15550100399"}, by=desk, now=now)
    replies.belongs_to(reply=Reply.objects.get(), client=both[0], by=desk, now=now)
    assert TAKEN == [("Ann", "worse", "3")]


def test_what_was_looked_after_otherwise_is_put_away(both, texts, desk, now):
    texts("Who is this?", number="+15550100399")
    replies.put_away(reply=Reply.objects.get(), by=desk, now=now)
    with pytest.raises(replies.DoneAlready):
        replies.put_away(reply=Reply.objects.get(), by=desk, now=now)
    assert not TAKEN

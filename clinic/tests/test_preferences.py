"""Topics and channels: what a client stops ends, and nothing else does."""

from datetime import timedelta

import pytest

from clinic import audit, claims, clients, delivery, outbox, preferences, reachability
from clinic.models import AuditEvent, Client, Consent, Message, TopicChoice

pytestmark = pytest.mark.django_db
TOPICS = [str(topic) for topic in preferences.Topic]


@pytest.fixture
def ann(client_ann, desk, now):
    for channel in ("email", "sms"):
        clients.set_channel(client=client_ann, channel=channel, granted=True, by=desk, now=now)
    return client_ann


@pytest.fixture
def said(ann, now):
    """How Ann says something through a link."""
    return {"client": ann, "by": audit.ClientActor(ann, via="test"), "now": now, "source": Consent.Source.LINK}


def wanted(client):
    return {
        (topic, channel)
        for topic in TOPICS
        for channel in ("email", "sms")
        if preferences.wants(client, topic, channel)
    }


EVERYTHING = {(topic, channel) for topic in TOPICS for channel in ("email", "sms")}


def test_without_a_word_topics_follow_the_channels_consent(ann, client_ben):
    assert wanted(ann) == EVERYTHING
    assert wanted(client_ben) == set()


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_stop_of_one_topic_ends_no_other(said, ann, topic, channel):
    assert preferences.set_topic(**said, topic=topic, channel=channel, wanted=False)
    assert wanted(ann) == EVERYTHING - {(topic, channel)}
    assert AuditEvent.objects.get(action="topic.stop").client == ann
    assert preferences.set_topic(**said, topic=topic, channel=channel, wanted=True)
    assert wanted(ann) == EVERYTHING


def test_the_same_word_twice_is_one(said):
    assert preferences.set_topic(**said, topic="forms", channel="sms", wanted=False)
    assert not preferences.set_topic(**said, topic="forms", channel="sms", wanted=False)
    assert not preferences.set_topic(**said, topic="aftercare", channel="sms", wanted=True)
    assert TopicChoice.objects.count() == 1


def test_stop_ends_the_channel_and_start_brings_all_of_it_back(said, ann):
    preferences.set_topic(**said, topic="check_ins", channel="sms", wanted=False)
    assert preferences.set_channel(**said, channel="sms", wanted=False)
    assert wanted(ann) == {(topic, "email") for topic in TOPICS}
    assert preferences.set_channel(**said, channel="sms", wanted=True)
    assert wanted(ann) == EVERYTHING
    assert not preferences.set_channel(**said, channel="sms", wanted=True)


def test_one_tick_after_stop_brings_back_one_topic(said, ann):
    preferences.set_channel(**said, channel="sms", wanted=False)
    assert preferences.set_topic(**said, topic="appointments", channel="sms", wanted=True)
    assert wanted(ann) == {(topic, "email") for topic in TOPICS} | {("appointments", "sms")}


def test_a_page_of_choices_is_kept_whole(said, ann):
    ticked = {("appointments", "email"), ("forms", "email")}
    assert preferences.choose(**said, wanted=ticked) == 6
    assert wanted(ann) == ticked
    assert "sms" not in clients.channels_agreed(ann)
    shown = {(row.topic, channel) for row in preferences.table(ann) for channel, is_on in row.wanted.items() if is_on}
    assert shown == ticked
    assert preferences.choose(**said, wanted=ticked) == 0


def test_a_channel_without_an_address_is_not_asked_about(ann, desk, now):
    clients.update(client=ann, changes={"mobile": ""}, by=desk, now=now)
    assert all(list(row.wanted) == ["email"] for row in preferences.table(ann))


@pytest.mark.parametrize(
    ("kind", "topic"),
    [
        ("intake.invitation", "forms"),
        ("aftercare.same_day", "aftercare"),
        ("aftercare.h24", "check_ins"),
        ("aftercare.pre_next", "appointments"),
        ("reply.help", ""),
    ],
)
def test_each_kind_has_its_topic(kind, topic):
    assert preferences.topic_of(kind) == topic


def send(ann, kind="aftercare.h24", **more):
    now = claims.database_now()
    return outbox.schedule(
        key=f"k:{kind}:{more}", kind=kind, channel="email", due_at=now, not_after=now + timedelta(hours=1),
        by=audit.SYSTEM, now=now, client=ann, **more,
    )  # fmt: skip


def test_a_topic_stopped_after_it_was_scheduled_is_not_sent(said, ann, clinic_settings, settings):
    settings.MESSAGE_RENDERERS = {"": "clinic.tests.test_preferences.render"}
    clinic_settings.quiet_from = clinic_settings.quiet_until
    clinic_settings.save()
    stopped, other, asked_for = send(ann), send(ann, "aftercare.same_day"), send(ann, at_once=True)
    preferences.set_topic(**said, topic="check_ins", channel="email", wanted=False)
    assert dict(delivery.send_due(worker="w")) == {"cancelled": 1, "accepted": 2}
    stopped.refresh_from_db()
    assert stopped.end_reason == "the client stopped this topic on this channel"
    assert set(Message.objects.filter(state="sent")) == {other, asked_for}


def render(message, now):
    return outbox.Rendered("Hello", "Hello", template="t/1")


def bounced(client, now, verb=reachability.refused, **more):
    return verb(client=client, channel="email", reason="mailbox unknown", by=audit.SYSTEM, now=now, **more)


def test_a_bad_address_stops_its_channel_until_it_changes(ann, desk, now):
    assert bounced(ann, now)
    assert not bounced(ann, now)  # told once
    assert wanted(ann) == {(topic, "sms") for topic in TOPICS}
    assert AuditEvent.objects.get(action="client.address_bad").fields == ["email"]
    clients.update(client=ann, changes={"email": "ann@new.example"}, by=desk, now=now)
    assert wanted(ann) == EVERYTHING
    clients.update(client=ann, changes={"email": "ann.archer@example.org"}, by=desk, now=now)
    assert not preferences.wants(ann, "forms", "email")  # the old one is as bad as it was


def test_three_soft_bounces_in_a_row_are_a_bad_address(ann, now):
    soft = reachability.bounced_softly
    assert [bounced(ann, now, soft), bounced(ann, now, soft)] == [False, False]
    reachability.arrived(client=ann, channel="email")
    assert [bounced(ann, now, soft), bounced(ann, now, soft)] == [False, False]
    assert reachability.works(ann, "email")
    assert bounced(ann, now, soft)
    assert not reachability.works(ann, "email")


def test_what_was_said_of_an_older_address_does_not_count(ann, now):
    assert not bounced(ann, now, sent_to="ann@old.example")
    assert reachability.works(ann, "email")
    assert bounced(ann, now, sent_to="Ann.Archer@example.org")


def test_somebody_who_knows_better_lifts_it(ann, desk, now):
    bounced(ann, now)
    assert reachability.works_again(client=ann, channel="email", by=desk, now=now)
    assert reachability.works(ann, "email")
    assert not reachability.works_again(client=ann, channel="email", by=desk, now=now)
    assert Client.objects.filter(address_troubles__isnull=False).count() == 0

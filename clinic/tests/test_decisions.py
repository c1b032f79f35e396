"""What may be decided about a message, and what is refused in words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic import decisions, outbox, preferences, reachability
from clinic.models import AuditEvent, Message
from clinic.tests.test_outbox_page import agree, put

pytestmark = pytest.mark.django_db


def render(message, now):
    if message.channel == "sms" and message.kind == "test.mail_only":
        raise KeyError("no words for a text")
    if message.kind == "test.late":
        raise outbox.NotWanted("the visit is over")
    return outbox.Rendered("Hello", "Hello")


@pytest.fixture(autouse=True)
def renderer(settings):
    settings.MESSAGE_RENDERERS = {"test.": "clinic.tests.test_decisions.render"}


def decide(verb, row, desk):
    row = Message.objects.select_related("client", "user").get(pk=row.pk)
    decisions.VERBS[verb](row, by=desk, now=timezone.now())


def refused(verb, row, desk):
    with pytest.raises(decisions.Stays) as stays:
        decide(verb, row, desk)
    return stays.value.words


def test_another_way_is_a_new_row_of_the_same_family(desk, client_ann):
    agree(client_ann, "sms")
    row = put("fam:1:email", client=client_ann, kind="test.hello", state="failed", context={"a": 1})
    decide("other", row, desk)
    old, new = Message.objects.order_by("pk")
    assert (old.state, old.decision, old.end_reason) == ("cancelled", "other", "sent by text message instead")
    assert (new.key, new.channel, new.state, new.context) == ("fam:1:email>sms", "sms", "scheduled", {"a": 1})
    assert new.created_by == desk and new.message_id != old.message_id
    assert outbox.cancel(key_prefix="fam:1:", reason="x", by=desk, now=timezone.now()) == 1
    actions = AuditEvent.objects.filter(actor=desk, client=client_ann).values_list("action", flat=True)
    assert {"message.other", "message.schedule"} <= set(actions)


def test_another_way_needs_a_yes_and_an_address(desk, client_ann):
    row = put(client=client_ann, kind="test.hello", state="failed")
    assert "does not agree to SMS" in refused("other", row, desk)
    agree(client_ann, "sms")
    client_ann.mobile = ""
    client_ann.save()
    assert refused("other", row, desk) == "The record has no mobile number."
    assert Message.objects.get().state == "failed"


def test_what_the_client_chose_and_what_bounced_is_asked_again(desk, client_ann):
    agree(client_ann)
    row = put(client=client_ann, kind="aftercare.h24", state="failed")
    now = timezone.now()
    choice = {"client": client_ann, "topic": "check_ins", "channel": "email", "by": desk, "now": now, "source": "desk"}
    preferences.set_topic(**choice, wanted=False)
    assert "stopped this topic on this channel" in refused("resend", row, desk)
    preferences.set_topic(**choice, wanted=True)
    reachability.refused(client=client_ann, channel="email", reason="550", by=desk, now=now)
    assert "The address does not work" in refused("resend", row, desk)


def test_another_way_does_not_say_the_same_twice(desk, client_ann):
    agree(client_ann, "sms")
    about = {"about_id": "6e7ef2f2-8d5b-4ffd-a0a8-6d2b83c9b7a1", "kind": "test.hello", "client": client_ann}
    row = put("s:email", state="failed", **about)
    put("s:sms", state="sent", channel="sms", **about)
    assert "has gone by SMS already" in refused("other", row, desk)


@pytest.mark.parametrize(
    ("kind", "words"), [("test.mail_only", "cannot be sent by SMS"), ("test.late", "lost its point: the visit is over")]
)
def test_another_way_is_asked_of_whoever_words_it(desk, client_ann, kind, words):
    agree(client_ann, "sms")
    assert words in refused("other", put(client=client_ann, kind=kind, state="failed"), desk)


def test_staff_have_no_other_channel(desk, owner):
    assert "Only clients" in refused("other", put(user=owner, kind="staff.audit_head", state="failed"), desk)


def test_what_did_not_go_out_cannot_have_arrived(desk, client_ann):
    assert "did not go out" in refused("confirm", put(client=client_ann, state="failed"), desk)


def test_nothing_goes_to_who_left_or_was_archived(desk, owner, client_ann, now):
    desk.is_active = False
    desk.save()
    to_staff = put("a", user=desk, kind="staff.call_back", state="failed")
    assert refused("resend", to_staff, owner) == "This person no longer works here."
    agree(client_ann)
    client_ann.archived_at, client_ann.archived_by = now, owner
    client_ann.save()
    assert "archived" in refused("resend", put("b", client=client_ann, state="failed"), owner)


def test_what_moved_on_by_itself_is_said(desk, client_ann):
    agree(client_ann)
    row = put(client=client_ann, state="sent")
    assert "moved on by itself" in refused("drop", row, desk)


def test_a_batch_counts_who_stays_and_why(desk, client_ann, client_ben):
    agree(client_ann)
    for number, client in enumerate((client_ann, client_ben, client_ben)):
        put(f"k:{number}", client=client, state="failed")
    tally = decisions.decide_many(Message.objects.all(), decision="resend", by=desk, now=timezone.now())
    assert tally.done == 1
    assert list(tally.stayed.values()) == [2]


def test_a_resent_row_gets_a_day_more(desk, client_ann):
    agree(client_ann)
    row = put(client=client_ann, state="expired")
    Message.objects.filter(pk=row.pk).update(not_after=timezone.now() - timedelta(hours=1))
    decide("resend", row, desk)
    assert Message.objects.get().not_after > timezone.now() + timedelta(hours=23)

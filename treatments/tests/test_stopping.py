"""What ends a message before it goes out, and that no more than one a day does."""

from datetime import timedelta

import pytest

from clinic import outbox
from clinic.models import Message
from clinic.outbox import NotNow, NotWanted
from treatments import aftercare, check_ins, messages, moments, schedule
from treatments.models import CheckIn
from treatments.tests import aftercare_world as world

pytestmark = pytest.mark.django_db


@pytest.fixture
def over(client_ann, therapist, now):
    world.agree(client_ann, now, "email", "sms")
    plan = world.plan(client_ann, therapist, now)
    session = world.session(client_ann, therapist, now - timedelta(minutes=45), plan=plan)
    aftercare.schedule_for(session=session, by=therapist, now=now)
    return session


def row(key, channel="email"):
    return Message.objects.get(kind=f"aftercare.{key}", channel=channel)


def states(**filters):
    return {each.kind.removeprefix("aftercare."): each.state for each in Message.objects.filter(**filters)}


def answer(over, moment, now, **said):
    asked = CheckIn.objects.get(session=over, moment=moment)
    facts = {"feeling": "same", "score": None, "reaction": None, "reaction_text": ""} | said
    check_ins.answer(check_in=asked, now=now, **facts)


def book(over, now, days=5):
    return schedule.book(
        client=over.client, therapist=over.therapist, starts_at=now + timedelta(days=days), minutes=45,
        by=over.therapist, now=now, ask=False,
    )  # fmt: skip


def test_an_answer_ends_that_question_on_both_channels(over, now):
    answer(over, "h24", now + timedelta(hours=25))
    assert (row("h24").state, row("h24", "sms").state) == ("cancelled", "cancelled")
    assert row("h72").state == "scheduled"


def test_after_worse_nothing_cheerful_is_sent(over, now):
    answer(over, "h24", now + timedelta(hours=25), feeling="worse")
    assert (row("h48", "sms").state, row("rebook").state) == ("cancelled", "cancelled")
    assert row("h72").state == "scheduled"
    Message.objects.filter(kind="aftercare.h48").update(state="scheduled", ended_at=None)
    with pytest.raises(NotWanted, match="asks for a call first"):
        messages.render(row("h48", "sms"), now + timedelta(hours=48))


def test_who_books_is_not_asked_to_book(over, now):
    assert row("rebook").state == "scheduled"
    following = book(over, now)
    assert row("rebook").end_reason == "the next session is booked"
    assert states(about_id=following.public_id) == {"pre_next": "scheduled"}


def test_check_ins_end_with_the_next_session(over, client_ann, therapist, now):
    later = world.session(client_ann, therapist, now + timedelta(days=5), plan=over.plan)
    aftercare.schedule_for(session=later, by=therapist, now=later.ends_at)
    assert states(about_id=over.public_id)["d7"] == "cancelled"
    assert states(about_id=later.public_id)["d7"] == "scheduled"


def test_what_waits_behind_the_next_session_is_made_when_that_is_off(client_ann, therapist, desk, now):
    world.agree(client_ann, now, "email")
    plan = world.plan(client_ann, therapist, now)
    session = world.session(client_ann, therapist, now - timedelta(minutes=45), plan=plan)
    following = book(session, now)
    aftercare.schedule_for(session=session, by=therapist, now=now)
    assert not {"d7", "d14", "rebook"} & set(states(about_id=session.public_id))
    schedule.cancel(session=following, reason="Client asked", by=desk, now=now)
    assert {"d7", "d14", "rebook"} <= set(states(about_id=session.public_id, state="scheduled"))


def test_the_reminder_takes_its_day_and_the_check_in_gives_way(over, now):
    book(over, now, days=4)  # its reminder is due on the day of the third check-in
    reminder, asked = row("pre_next"), row("h72")
    assert reminder.local_date.isoformat() == (now + timedelta(days=3)).date().isoformat()
    assert asked.local_date == reminder.local_date + timedelta(days=1)


def test_what_has_no_day_left_is_taken_back_with_its_reason(over, now):
    book(over, now, days=3)  # its reminder is due on the day of the home programme
    assert (row("h48", "sms").state, row("h48", "sms").end_reason) == ("cancelled", moments.ANOTHER)


def test_on_the_way_out_too_only_one_goes_a_day(over, now):
    sent = row("same_day")
    third = now + timedelta(days=3, hours=1)
    Message.objects.exclude(kind="aftercare.h72").exclude(pk=sent.pk).update(state="cancelled", ended_at=now)
    Message.objects.filter(pk=sent.pk).update(state="sent", sent_at=third, ended_at=now)
    with pytest.raises(NotNow) as later:
        messages.render(row("h72", "sms"), third)
    assert later.value.until == third + timedelta(days=1)
    Message.objects.filter(pk=sent.pk).update(sent_at=now)
    assert messages.render(row("h72", "sms"), third).text


def test_both_channels_of_one_message_are_one(over, now):
    Message.objects.filter(pk=row("same_day").pk).update(state="sent", sent_at=now, ended_at=now)
    assert messages.render(row("same_day", "sms"), now + timedelta(hours=2)).text


def test_of_two_that_are_due_the_more_important_goes_first(over, now):
    at = now + timedelta(hours=2)
    Message.objects.filter(kind="aftercare.h24").update(due_at=at)
    with pytest.raises(NotNow):
        messages.render(row("h24"), at)
    assert messages.render(row("same_day"), at).text


def test_a_void_session_takes_everything_back(over, desk, now):
    aftercare.cancel_for(session=over, reason="void", by=desk, now=now)
    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}
    assert aftercare.fill_gaps(now=now) == 0


def test_silence_and_zone_are_the_clients(over, client_ann, now):
    client_ann.time_zone, client_ann.quiet_from, client_ann.quiet_until = "America/New_York", "09:00", "12:00"
    client_ann.save()
    client_ann.refresh_from_db()
    message = outbox.schedule(
        key="k", kind="aftercare.h24", channel="email", due_at=now, not_after=now + timedelta(days=2),
        by=over.therapist, now=now, client=client_ann,
    )  # fmt: skip
    assert message.time_zone == "America/New_York"
    assert f"{message.local_time:%H:%M}" == "12:00"

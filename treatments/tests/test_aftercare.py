"""What follows a session: written with it, taken back with it, said as the record stands when it is sent."""

import re
from datetime import datetime, time, timedelta

import pytest

from clinic import audit, claims, delivery, links, outbox, text_messages
from clinic.models import Message
from clinic.outbox import NotWanted
from clinic.testing import led_to
from intake.models import Flag
from treatments import aftercare, check_ins, messages, page_links
from treatments.models import CheckIn
from treatments.tests import aftercare_world as world

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(client_ann, therapist, now):
    return world.plan(client_ann, therapist, now)


@pytest.fixture
def over(client_ann, therapist, now, plan):
    """A session that ended at the moment of the test."""
    return world.session(client_ann, therapist, now - timedelta(minutes=45), plan=plan)


@pytest.fixture
def agreed(client_ann, now):
    world.agree(client_ann, now, "email", "sms")


def end(session, now):
    return aftercare.schedule_for(session=session, by=session.therapist, now=now)


def kinds(**filters):
    return set(Message.objects.filter(**filters).values_list("kind", "channel"))


def said(session, moment, channel, now, name="aftercare"):
    row = Message.objects.get(about_id=session.public_id, kind=f"{name}.{moment}", channel=channel)
    return messages.render(row, now)


def flag(client, now, flag_class):
    return Flag.objects.create(
        client=client, rule_id="r", rule_version="1", flag_class=flag_class, rank=1, priority=1, booking="block",
        rule={}, answers=[], raised_at=now,
    )  # fmt: skip


@pytest.mark.usefixtures("agreed")
def test_a_session_that_is_over_has_its_series_on_both_channels(over, now):
    end(over, now)
    on_both = ("same_day", "h24", "h72", "d7", "d14", "rebook")
    both = {(f"aftercare.{moment}", channel) for moment in on_both for channel in ("email", "sms")}
    assert kinds() == both | {("aftercare.h48", "sms")}
    row = Message.objects.get(kind="aftercare.h24", channel="email")
    assert (row.key, row.about_id) == (f"{over.public_id}:h24:email", over.public_id)
    assert row.due_at == now + timedelta(hours=24)


@pytest.mark.usefixtures("agreed")
def test_the_same_session_twice_has_one_series(over, now):
    end(over, now)
    end(over, now + timedelta(minutes=5))
    assert Message.objects.count() == 13
    assert CheckIn.objects.count() == 4


def test_only_channels_agreed_to_are_used(over, client_ann, now):
    assert end(over, now) == []
    world.agree(client_ann, now, "email")
    end(over, now)
    assert {channel for _, channel in kinds()} == {"email"}


@pytest.mark.usefixtures("agreed")
@pytest.mark.parametrize(("flag_class", "rows"), [("emergency", 0), ("urgent", 0), ("modify", 13)])
def test_nothing_is_sent_while_a_dangerous_flag_is_open(over, client_ann, now, flag_class, rows):
    flag(client_ann, now, flag_class)
    assert len(end(over, now)) == rows


@pytest.mark.usefixtures("agreed")
def test_a_flag_raised_later_stops_what_is_scheduled(over, client_ann, now):
    end(over, now)
    flag(client_ann, now, "urgent")
    with pytest.raises(NotWanted) as unwanted:
        said(over, "same_day", "email", now)
    # The desk reads the outbox: that something is urgent is not for it.
    assert not re.search("flag|urgent|emergency", unwanted.value.reason)


@pytest.mark.usefixtures("agreed")
@pytest.mark.parametrize(("state", "rows"), [("acknowledged", 0), ("overridden", 13), ("superseded", 13)])
def test_only_a_dangerous_flag_that_was_lifted_lets_messages_go_on(over, client_ann, lead, now, state, rows):
    flag(client_ann, now, "urgent")
    Flag.objects.update(state=state, closed_at=now, closed_by=lead, close_reason="Seen by her doctor")
    assert len(end(over, now)) == rows


@pytest.mark.usefixtures("agreed")
def test_undone_with_the_session(over, now):
    with pytest.raises(RuntimeError), audit.transaction():
        end(over, now)
        raise RuntimeError("the session was not kept")
    assert not Message.objects.exists()
    assert not CheckIn.objects.exists()


@pytest.mark.usefixtures("agreed")
def test_cancelled_with_the_session(over, desk, now):
    end(over, now)
    assert aftercare.cancel_for(session=over, reason="session cancelled", by=desk, now=now) == 13
    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}


@pytest.mark.usefixtures("agreed")
def test_the_next_session_is_reminded_of_and_its_reminder_falls_with_it(over, client_ann, therapist, desk, now):
    following = world.session(client_ann, therapist, now + timedelta(days=7), state="booked")
    end(over, now)
    assert {"aftercare.pre_next"} == {kind for kind, _ in kinds(about_id=following.public_id)}
    words = said(following, "pre_next", "sms", now)
    assert "Mon 30 Nov 09:00" in words.text
    assert aftercare.cancel_for(session=following, reason="x", by=desk, now=now) == 2
    following.state = "cancelled"
    following.cancelled_at, following.cancelled_by = now, desk
    following.save()
    with pytest.raises(NotWanted):
        said(following, "pre_next", "email", now)


@pytest.mark.usefixtures("agreed")
def test_the_first_visit_is_welcomed_and_the_second_is_not(over, client_ann, therapist, plan, now):
    end(over, now)
    first = said(over, "same_day", "email", now)
    assert first.subject == "Your first visit, and what comes next"
    assert "8 visits of 45 minutes, once a week" in first.text
    assert "after 4 visits" in first.text
    second = world.session(client_ann, therapist, now + timedelta(days=7), plan=plan)
    end(second, now + timedelta(days=7))
    again = said(second, "same_day", "email", now + timedelta(days=7))
    assert again.subject == "After your visit today"
    assert "Your home plan\n- Walk little and often" in again.text
    assert "Move your neck gently every hour." in again.text


@pytest.mark.usefixtures("agreed")
def test_texts_and_subjects_tell_nothing(over, client_ann, now):
    end(over, now)
    for row in Message.objects.all():
        words = messages.render(row, now)
        shown = words.subject if row.channel == "email" else words.text
        for telling in ("neck", "Neck", "Walk", "pain,", client_ann.last_name):
            assert telling not in shown


@pytest.mark.usefixtures("agreed")
def test_what_was_answered_is_not_asked_again(over, client_ann, therapist, now):
    end(over, now)
    asked = CheckIn.objects.get(moment="h24")
    check_ins.answer(check_in=asked, feeling="same", score=None, reaction=None, reaction_text="", now=now)
    with pytest.raises(NotWanted, match="answered"):
        said(over, "h24", "sms", now)
    world.session(client_ann, therapist, now + timedelta(days=2), state="arrived")
    with pytest.raises(NotWanted, match="next visit"):
        said(over, "h72", "email", now)


@pytest.mark.usefixtures("agreed")
def test_links_lead_to_the_question_and_to_the_page_with_advice(over, now):
    end(over, now)
    h24, h72 = (CheckIn.objects.get(moment=moment) for moment in ("h24", "h72"))
    assert links.absolute(f"/c/{check_ins.token_of(h24)}/") in led_to(said(over, "h24", "sms", now).text)
    assert links.absolute(f"/c/{check_ins.token_of(h72)}/") in led_to(said(over, "h72", "sms", now).text)
    page = links.absolute(f"/c/{page_links.token_of(over.client_page)}/")
    assert page in led_to(said(over, "same_day", "sms", now).text)
    assert links.absolute(f"/c/{check_ins.token_of(h24)}/") in led_to(said(over, "h48", "sms", now).text)
    over.client_page.delete()
    assert "/massage/what-to-avoid-afterwards/" in led_to(said(over, "same_day", "sms", now).text)
    assert "Reply 1" not in said(over, "h24", "sms", now).text


@pytest.mark.usefixtures("agreed")
def test_the_mail_after_a_day_has_one_tap_for_each_answer(over, now):
    end(over, now)
    words = said(over, "h24", "email", now)
    token = check_ins.token_of(CheckIn.objects.get(moment="h24"))
    for value in CheckIn.Feeling.values:
        assert f'href="http://clinic.test/c/{token}/?feeling={value}"' in words.html
    assert "?feeling=" not in words.text


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Riverside Clinic", "Riverside Clinic"),
        ("Riverside Medical Massage", "Riverside Medical"),
        ("X" * 30, "X" * 20),
    ],
)
def test_a_text_names_the_clinic_in_whole_words(name, short):
    assert text_messages.short(name) == short


def test_the_token_is_kept_only_as_its_hash(over, now):
    asked = check_ins.ask(session=over, moment="h24", due_at=now, now=now)
    token = check_ins.token_of(asked)
    assert len(token) == 43
    assert asked.token_hash == links.digest(token)
    assert token not in repr(CheckIn.objects.values_list())


@pytest.mark.usefixtures("agreed")
def test_a_name_with_a_placeholder_or_a_line_break_stays_a_name(over, client_ann, now):
    type(client_ann).objects.filter(pk=client_ann.pk).update(first_name="{phone}\r\nBcc: x@example.org")
    end(over, now)
    text = said(over, "h24", "email", now).text
    assert "Hello {phone} Bcc: x@example.org," in text


@pytest.mark.usefixtures("agreed")
def test_gaps_are_filled_and_counted(over, now):
    assert aftercare.fill_gaps(now=now) == 13
    Message.objects.filter(kind="aftercare.h72").delete()
    assert aftercare.fill_gaps(now=now) == 2
    assert aftercare.fill_gaps(now=now) == 0


@pytest.mark.usefixtures("agreed")
def test_reminders_of_sessions_booked_since_are_nobodys_omission(client_ann, therapist, now):
    following = world.session(client_ann, therapist, now + timedelta(days=3), state="booked")
    assert aftercare.fill_gaps(now=now) == 0
    assert Message.objects.filter(about_id=following.public_id).count() == 2


@pytest.mark.usefixtures("agreed")
def test_the_mail_goes_out_when_it_is_due(over, clinic_settings, mailoutbox):
    clinic_settings.quiet_from = clinic_settings.quiet_until = time(0)
    clinic_settings.save()
    now = claims.database_now()
    type(over).objects.filter(pk=over.pk).update(ends_at=now - timedelta(hours=2, seconds=1), completed_at=now)
    type(over).objects.filter(pk=over.pk).update(starts_at=now - timedelta(hours=3))
    over.refresh_from_db()
    end(over, now)
    assert delivery.send_due(worker="w")["accepted"] == 2  # by mail and by text
    (letter,) = mailoutbox
    assert letter.extra_headers["X-Message-Key"] == f"{over.public_id}:same_day:email"
    assert isinstance(over.ends_at, datetime)
    waiting = Message.objects.filter(state="scheduled").count()
    assert outbox.cancel(about_id=over.public_id, reason="x", by=audit.SYSTEM, now=now) == waiting > 0


@pytest.mark.usefixtures("agreed")
def test_a_text_asks_for_a_digit_where_replies_are_read(over, now, settings):
    end(over, now)
    assert "Reply 1" not in said(over, "h24", "sms", now).text
    settings.SMS_REPLIES = True
    text = said(over, "h24", "sms", now).text
    assert "Reply 1 better, 2 same, 3 worse." in text
    assert "/s/" not in text

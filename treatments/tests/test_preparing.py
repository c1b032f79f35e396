"""Forms asked by themselves before a visit: at booking, when it moves or is off, by the sweep, with reminders."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from clinic import audit
from clinic.models import ClinicSettings, Message
from clinic.outbox import NotWanted
from clinic.sms_length import fits
from clinic.testing import led_to
from intake import questionnaires, responses
from intake.inviting import invitations, reminders
from intake.models import Invitation
from intake.tests.conftest import agree
from treatments import messages as aftercare_messages
from treatments import preparing, schedule
from treatments.tests import world

pytestmark = pytest.mark.django_db

BOOKED = datetime(2026, 11, 10, 10, tzinfo=UTC)
VISIT = datetime(2026, 11, 27, 14, tzinfo=UTC)


@pytest.fixture(autouse=True)
def published(db):
    questionnaires.publish_shipped(by=audit.SYSTEM, now=BOOKED)
    ClinicSettings.objects.update_or_create(id=1, defaults={"phone": "+43 1 555"})


@pytest.fixture
def ann(client_ann, desk):
    agree(client_ann, desk, BOOKED)
    return client_ann


@pytest.fixture
def book(ann, therapist):
    return lambda at=VISIT, now=BOOKED, client=ann: world.booked(client, therapist, at, now=now)


def reminded(state="scheduled"):
    rows = Message.objects.filter(kind="intake.reminder", state=state).order_by("due_at", "channel")
    return [f"{row.due_at:%m-%d %H:%M} {row.channel}" for row in rows]


def test_a_booking_asks_for_the_history_and_sets_two_reminders(ann, book):
    session = book()
    link = Invitation.objects.get(client=ann)
    assert (link.visit, link.visit_starts, link.expires_at) == (session.public_id, VISIT, VISIT)
    assert link.questionnaire.slug == questionnaires.HISTORY
    assert Message.objects.filter(kind="intake.invitation", due_at__lte=BOOKED).count() == 2
    assert reminded() == ["11-25 14:00 email", "11-25 14:00 sms", "11-26 14:00 email", "11-26 14:00 sms"]


def test_only_by_channels_agreed_to(client_ben, desk, therapist):
    agree(client_ben, desk, BOOKED, channels=("sms",))
    world.booked(client_ben, therapist, VISIT, now=BOOKED)
    assert set(Message.objects.filter(client=client_ben).values_list("channel", flat=True)) == {"sms"}


def test_nobody_to_write_to_is_no_error(client_ben, therapist):
    world.booked(client_ben, therapist, VISIT, now=BOOKED)
    assert not Invitation.objects.exists()


def test_nothing_is_asked_while_the_answers_count(ann, book):
    world.ready(ann, BOOKED - timedelta(days=1))
    book()
    assert not Invitation.objects.exists()


def test_answers_too_old_by_the_visit_are_asked_for(ann, book):
    form = questionnaires.current().questionnaire
    form.valid_days, form.question_days = 14, {}
    form.save()
    world.ready(ann, BOOKED - timedelta(days=1))
    book()
    assert Invitation.objects.get(client=ann).questionnaire == form


def test_a_second_booking_leaves_the_link_and_an_earlier_one_moves_its_reminders(ann, book):
    book()
    link = Invitation.objects.get()
    book(VISIT + timedelta(days=7))
    assert Invitation.objects.get() == link
    book(VISIT - timedelta(days=7))
    link.refresh_from_db()
    assert link.visit_starts == VISIT - timedelta(days=7)
    assert reminded() == ["11-18 14:00 email", "11-18 14:00 sms", "11-19 14:00 email", "11-19 14:00 sms"]
    assert len(reminded("cancelled")) == 4


def test_a_visit_that_moved_takes_its_reminders_along_and_back(ann, book):
    session = book()
    for starts in (VISIT + timedelta(days=1), VISIT):
        session.starts_at, session.ends_at = starts, starts + timedelta(hours=1)
        session.save()
        now = BOOKED + timedelta(minutes=starts.day)
        preparing.follow(client=ann, by=audit.SYSTEM, now=now)
    assert reminded() == ["11-25 14:00 email", "11-25 14:00 sms", "11-26 14:00 email", "11-26 14:00 sms"]


def test_twice_is_once(ann, book):
    book()
    before = list(Message.objects.order_by("id").values_list("key", "state"))
    for _ in range(3):
        preparing.follow(client=ann, by=audit.SYSTEM, now=BOOKED + timedelta(hours=1))
        preparing.fill_gaps(now=VISIT - timedelta(hours=40))
    assert list(Message.objects.order_by("id").values_list("key", "state")) == before


def test_a_cancelled_visit_is_reminded_of_no_more(ann, book, desk):
    session = book()
    schedule.cancel(session=session, reason="Client asked", by=desk, now=BOOKED + timedelta(hours=1))
    link = Invitation.objects.get()
    assert (link.voided_at, link.visit) == (None, None)  # the form may still be filled in
    assert reminded() == []


def test_the_reminders_go_to_the_next_visit_when_the_first_is_off(ann, book, desk):
    session = book()
    book(VISIT + timedelta(days=3))
    schedule.cancel(session=session, reason="Client asked", by=desk, now=BOOKED + timedelta(hours=1))
    assert reminded() == ["11-28 14:00 email", "11-28 14:00 sms", "11-29 14:00 email", "11-29 14:00 sms"]


def test_a_form_that_is_done_is_reminded_of_no_more(ann, book):
    book()
    link = Invitation.objects.get()
    row = Message.objects.filter(kind="intake.reminder").first()
    assert reminders.render(row, BOOKED).text
    Invitation.objects.filter(pk=link.pk).update(submitted_at=BOOKED)
    with pytest.raises(NotWanted):
        reminders.render(row, BOOKED)


def test_sending_the_form_cancels_its_reminders(ann, book):
    from intake.tests.conftest import HEALTHY

    book()
    response = responses.start(invitation=Invitation.objects.get(), now=BOOKED)
    by = invitations.actor_of(response.invitation)
    responses.save(response=response, changes=HEALTHY, by=by, now=BOOKED)
    responses.submit(response=response, by=by, now=BOOKED)
    assert reminded() == []


def test_after_five_wrong_dates_nothing_is_sent_by_itself(ann, book):
    book()
    Invitation.objects.update(voided_at=BOOKED, void_reason="tries")
    book(VISIT + timedelta(days=3))
    preparing.fill_gaps(now=VISIT - timedelta(hours=40))
    assert Invitation.objects.count() == 1


def test_the_owner_sets_the_hours(ann, book):
    ClinicSettings.objects.update(remind_first=72, remind_second=0)
    book()
    assert reminded() == ["11-24 14:00 email", "11-24 14:00 sms"]


@pytest.mark.parametrize("by_text", [True, False])
def test_the_words_of_a_reminder(ann, book, by_text):
    book()
    link = Invitation.objects.get()
    said = reminders.words_for(link, by_text=by_text)
    assert reminders.link_of(link) in (led_to(said.text) if by_text else said.text)
    assert "{" not in said.text + said.subject
    assert ("Ann" in said.text) is not by_text
    assert not by_text or fits(said.text)


# --- the short check --------------------------------------------------------------------------------------------------


@pytest.fixture
def known(ann):
    """Ann's history is done and counts."""
    world.ready(ann, BOOKED - timedelta(days=30))
    return ann


def test_the_check_is_asked_two_days_before_and_comes_with_the_reminder_of_the_visit(known, book):
    session = book()
    assert not Invitation.objects.exists()
    preparing.fill_gaps(now=VISIT - timedelta(hours=47))
    link = Invitation.objects.get()
    assert (link.questionnaire.slug, link.visit) == (questionnaires.PRESESSION, session.public_id)
    assert not Message.objects.filter(kind__in=("intake.invitation", "intake.check")).exists()
    assert reminded() == ["11-27 11:00 email", "11-27 11:00 sms"]
    for row in Message.objects.filter(kind="aftercare.pre_next"):
        text = aftercare_messages.render(row, row.due_at).text
        assert urlsplit(reminders.link_of(link)).path in led_to(text)


def test_without_a_check_the_reminder_of_the_visit_has_no_empty_line(known, book):
    book()
    row = Message.objects.get(kind="aftercare.pre_next", channel="sms")
    assert "check" not in aftercare_messages.render(row, row.due_at).text


def test_booked_for_tomorrow_the_check_goes_out_at_once(known, book):
    book(VISIT, VISIT - timedelta(hours=20))
    row = Message.objects.get(kind="intake.check", channel="sms")
    assert row.due_at == VISIT - timedelta(hours=20)
    assert "1-minute check" in reminders.render(row, row.due_at).text
    assert Invitation.objects.get().expires_at == VISIT + timedelta(hours=2)


def test_a_history_of_yesterday_says_all_the_check_would(ann, book):
    world.ready(ann, VISIT - timedelta(hours=30))
    book(VISIT, VISIT - timedelta(hours=20))
    assert not Invitation.objects.exists()


def test_a_check_that_is_done_is_not_asked_again(known, book):
    book(VISIT, VISIT - timedelta(hours=20))
    Invitation.objects.update(submitted_at=VISIT - timedelta(hours=19))
    preparing.fill_gaps(now=VISIT - timedelta(hours=18))
    assert Invitation.objects.count() == 1


def test_the_check_of_a_cancelled_visit_ends(known, book, desk):
    session = book(VISIT, VISIT - timedelta(hours=20))
    schedule.cancel(session=session, reason="Ill", by=desk, now=VISIT - timedelta(hours=19))
    assert Invitation.objects.get().void_reason == "visit"
    assert not Message.objects.filter(kind__startswith="intake.", state="scheduled").exists()


def test_history_and_check_live_side_by_side_but_no_form_twice(known, book, desk):
    book(VISIT, VISIT - timedelta(hours=20))
    for _ in range(2):
        invitations.invite(client=known, by=desk, now=VISIT - timedelta(hours=19))
    slugs = invitations.live(known).values_list("questionnaire__slug", flat=True)
    assert sorted(slugs) == [questionnaires.PRESESSION, questionnaires.HISTORY]


def test_the_sweep_costs_the_same_for_one_and_many(ann, therapist, desk, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from clinic.testing import make_client

    now = VISIT - timedelta(hours=40)

    def cost():
        with CaptureQueriesContext(connection) as found:
            preparing.fill_gaps(now=now)
        return len(found)

    clients = [make_client(f"C{n}", "Many", mobile=f"+1555010{n:04}") for n in range(4)]
    for client in clients:
        world.ready(client, now - timedelta(days=30))
    world.booked(clients[0], therapist, VISIT, now=now)
    preparing.fill_gaps(now=now)
    world.history(clients[0], VISIT - timedelta(hours=41))
    one = cost()
    for n, client in enumerate(clients[1:], start=1):
        world.booked(client, therapist, VISIT + timedelta(hours=n), now=now)
        world.history(client, VISIT - timedelta(hours=41))
    assert cost() == one

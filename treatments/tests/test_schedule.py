"""Booking and what happens to a session before its note."""

import sqlite3
import threading
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone

from clinic import audit, closures
from clinic.models import AuditEvent, CareTeam, ClinicSettings, Message, Service
from treatments import clock, schedule
from treatments.models import Note, Session
from treatments.tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(now):
    return now + timedelta(hours=2)


def test_book_makes_a_session_and_joins_the_care_team(client_ann, therapist, desk, at, now):
    session = world.booked(client_ann, therapist, at, by=desk)
    assert (session.state, session.minutes, session.booked_by) == ("booked", 60, desk)
    assert CareTeam.objects.filter(client=client_ann, therapist=therapist).exists()
    assert AuditEvent.objects.filter(action="session.book", client=client_ann, actor=desk).count() == 1


def test_book_twice_is_one_session(client_ann, therapist, at):
    first, second = (world.booked(client_ann, therapist, at) for _ in range(2))
    assert first.pk == second.pk
    assert Session.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"now": timedelta(minutes=1)}, schedule.InThePast),
        ({"minutes": 5}, schedule.BadLength),
        ({"minutes": 241}, schedule.BadLength),
    ],
)
def test_book_refuses_what_cannot_be(client_ann, therapist, at, change, refusal):
    if "now" in change:
        change = {"now": at + change["now"]}
    with pytest.raises(refusal):
        world.booked(client_ann, therapist, at, **change)
    assert not Session.objects.exists()


@pytest.mark.parametrize("hour", [7, 18, 23])
def test_book_outside_the_hours_is_refused(client_ann, therapist, now, hour):
    with pytest.raises(schedule.OutsideHours, match="08:00 to 19:00"):
        world.booked(client_ann, therapist, (now + timedelta(days=1)).replace(hour=hour, minute=30), now=now)


def test_book_with_somebody_who_does_not_treat_is_refused(client_ann, desk, at):
    with pytest.raises(schedule.NotATherapist):
        world.booked(client_ann, desk, at)


def test_taken_therapist_is_named_with_the_time(client_ann, client_ben, therapist, at):
    world.booked(client_ann, therapist, at)
    with pytest.raises(schedule.TherapistTaken, match="11:00 to 12:00") as refused:
        world.booked(client_ben, therapist, at + timedelta(minutes=30))
    assert refused.value.by.client == client_ann


def test_client_cannot_be_in_two_rooms_at_once(client_ann, therapist, other_therapist, at):
    world.booked(client_ann, therapist, at)
    with pytest.raises(schedule.ClientTaken):
        world.booked(client_ann, other_therapist, at + timedelta(minutes=15))


def test_room_cannot_hold_two_sessions(client_ann, client_ben, therapist, other_therapist, at):
    world.booked(client_ann, therapist, at, room="Blue")
    with pytest.raises(schedule.RoomTaken) as refused:
        world.booked(client_ben, other_therapist, at, room="Blue")
    assert refused.value.field == "room"


def test_blocked_client_cannot_be_booked_and_no_reason_is_told(client_ann, therapist, at, now):
    world.flag(client_ann, now, flag_class="urgent", booking="block", title="Suspected clot")
    with pytest.raises(schedule.BookingMayNotStand) as refused:
        world.booked(client_ann, therapist, at)
    assert "clot" not in str(refused.value).lower()


def test_not_today_blocks_today_and_no_other_day(client_ann, therapist, at, now):
    world.flag(client_ann, now, flag_class="local", booking="block_today")
    with pytest.raises(schedule.BookingMayNotStand):
        world.booked(client_ann, therapist, at)
    assert world.booked(client_ann, therapist, at + timedelta(days=1), now=now).pk


def test_archived_client_cannot_be_booked(client_ann, therapist, at, now):
    client_ann.archived_at, client_ann.archived_by = now, therapist
    client_ann.save()
    with pytest.raises(schedule.ClientArchived):
        world.booked(client_ann, therapist, at)


def test_plan_counts_its_sessions_and_stops_at_its_limit(client_ann, therapist, at, now):
    world.ready(client_ann, now)
    plan = world.running_plan(client_ann, therapist, now)
    plan.sessions = plan.max_sessions = 2
    plan.save()
    later = [world.booked(client_ann, therapist, at + timedelta(days=day), plan=plan, now=now) for day in (2, 1)]
    assert [Session.objects.get(pk=each.pk).number for each in later] == [2, 1]
    with pytest.raises(schedule.PlanFull):
        world.booked(client_ann, therapist, at + timedelta(days=3), plan=plan, now=now)
    schedule.cancel(session=later[1], reason="Client asked", by=therapist, now=now)
    assert list(Session.objects.order_by("starts_at").values_list("number", flat=True)) == [None, 1]


def test_session_on_a_plan_of_somebody_else_is_refused(client_ann, client_ben, therapist, at, now):
    world.ready(client_ann, now)
    plan = world.running_plan(client_ann, therapist, now)
    with pytest.raises(schedule.PlanNotRunning):
        world.booked(client_ben, therapist, at, plan=plan)


def test_arrive_twice_is_once(client_ann, therapist, desk, now):
    session = world.booked(client_ann, therapist, now)
    for _ in range(2):
        schedule.arrive(session=session, by=desk, now=now)
    assert (session.state, session.arrived_by) == ("arrived", desk)
    assert AuditEvent.objects.filter(action="session.arrive").count() == 1


def test_tomorrow_nobody_arrives_today(client_ann, therapist, desk, now):
    session = world.booked(client_ann, therapist, now + timedelta(days=1), now=now)
    with pytest.raises(schedule.TooEarly, match="24 November"):
        schedule.arrive(session=session, by=desk, now=now)


def test_start_opens_a_note(client_ann, therapist, now):
    world.ready(client_ann, now)
    session = world.booked(client_ann, therapist, now)
    schedule.start(session=session, by=therapist, now=now)
    assert session.state == "in_session"
    assert Note.objects.filter(session=session, signed_at=None).exists()


def test_start_without_a_history_is_refused(client_ann, therapist, now):
    session = world.booked(client_ann, therapist, now)
    with pytest.raises(schedule.NotReady) as refused:
        schedule.start(session=session, by=therapist, now=now)
    assert refused.value.reason == "intake"


def test_start_without_consent_is_refused(client_ann, therapist, now):
    world.history(client_ann, now)
    session = world.booked(client_ann, therapist, now)
    with pytest.raises(schedule.NotReady) as refused:
        schedule.start(session=session, by=therapist, now=now)
    assert refused.value.reason == "consent"


@pytest.mark.parametrize("flag_class", ["emergency", "urgent", "do_not_treat", "clearance"])
def test_start_with_an_open_blocking_flag_is_refused(client_ann, therapist, now, flag_class):
    world.ready(client_ann, now)
    world.flag(client_ann, now, flag_class=flag_class)
    session = world.booked(client_ann, therapist, now)
    with pytest.raises(schedule.NotReady, match="1 open flag") as refused:
        schedule.start(session=session, by=therapist, now=now)
    session.refresh_from_db()
    assert (refused.value.reason, session.state) == ("flags", "booked")


def test_cancel_needs_a_reason_and_takes_messages_back(client_ann, therapist, desk, now):
    world.ready(client_ann, now)
    session = world.booked(client_ann, therapist, now + timedelta(days=3), now=now)
    message = Message.objects.filter(about_id=session.public_id).first()
    with pytest.raises(schedule.ReasonNeeded):
        schedule.cancel(session=session, reason="  ", by=desk, now=now)
    schedule.cancel(session=session, reason="Client asked", by=desk, now=now)
    assert (session.state, session.cancel_reason) == ("cancelled", "Client asked")
    assert message is None or Message.objects.get(pk=message.pk).state == "cancelled"


def test_held_session_cannot_be_cancelled(client_ann, therapist, now):
    world.ready(client_ann, now)
    note = world.signed(client_ann, therapist, now)
    with pytest.raises(schedule.WrongState, match="done"):
        schedule.cancel(session=note.session, reason="Oops", by=therapist, now=now)


def test_no_show_only_after_the_start(client_ann, therapist, desk, at, now):
    session = world.booked(client_ann, therapist, at)
    with pytest.raises(schedule.WrongState):
        schedule.no_show(session=session, by=desk, now=now)
    schedule.no_show(session=session, by=desk, now=at + timedelta(minutes=15))
    assert session.state == "no_show"


def test_broken_audit_keeps_no_booking(client_ann, therapist, at, monkeypatch):
    monkeypatch.setattr(audit, "_append", lambda events: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        world.booked(client_ann, therapist, at)
    assert not Session.objects.exists()
    assert not CareTeam.objects.exists()


def test_free_times_leave_out_what_is_taken_or_past(client_ann, therapist, now):
    world.booked(client_ann, therapist, now + timedelta(hours=1))
    free = schedule.free_times(therapist=therapist, day=now.date(), minutes=60, now=now)
    assert [f"{start:%H:%M}" for start in free[:3]] == ["09:00", "11:00", "11:15"]
    assert f"{free[-1]:%H:%M}" == "18:00"


def test_hour_the_clocks_jump_over_is_no_time():
    with pytest.raises(clock.NoSuchTime):
        clock.at(date(2026, 3, 29), time(2, 30), ZoneInfo("Europe/Vienna"))


def test_day_of_the_clock_change_has_25_hours():
    begins, ends = clock.bounds(date(2026, 10, 25), ZoneInfo("Europe/Vienna"))
    assert ends - begins == timedelta(hours=25)


def test_hours_are_those_of_the_clinics_zone(client_ann, therapist, now):
    ClinicSettings.objects.update(time_zone="Asia/Tokyo")
    morning = datetime(2026, 11, 25, 9, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert world.booked(client_ann, therapist, morning, now=now).pk
    with pytest.raises(schedule.OutsideHours):
        world.booked(client_ann, therapist, morning.replace(hour=20), now=now)


@pytest.fixture
def several_connections(transactional_db, tmp_path):
    """Lets threads meet in one database: PostgreSQL as it is, SQLite in memory copied to a file for new connections."""
    if connection.vendor == "postgresql":
        yield
        return
    connection.ensure_connection()
    path, kept = str(tmp_path / "clinic.sqlite3"), connections.settings["default"]
    options = {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL;"}

    def copy():
        with sqlite3.connect(path) as file:
            connection.connection.backup(file)
        file.close()
        connections.settings["default"] = kept | {"NAME": path, "OPTIONS": options}

    yield copy
    connections.settings["default"] = kept


def in_threads(*jobs):
    """Run the jobs at the same moment, each with a connection of its own; their answers."""
    answers, gate = [], threading.Barrier(len(jobs))

    def run(job):
        gate.wait()
        try:
            answers.append(job())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def test_two_people_booking_one_slot_get_one_session(several_connections, client_ann, client_ben, therapist, desk, now):
    at = now + timedelta(hours=2)

    def book(client):
        try:
            schedule.book(client=client, therapist=therapist, starts_at=at, minutes=60, by=desk, now=now)
        except schedule.TherapistTaken:
            return "taken", 0
        return "booked", Session.objects.count()

    if several_connections:
        several_connections()
    answers = in_threads(lambda: book(client_ann), lambda: book(client_ben))
    assert sorted(answers) == [("booked", 1), ("taken", 0)]


def test_one_form_sent_five_times_at_once_is_one_session(several_connections, client_ann, therapist, desk, now):
    at = now + timedelta(hours=2)

    def book():
        return schedule.book(client=client_ann, therapist=therapist, starts_at=at, minutes=60, by=desk, now=now).pk

    if several_connections:
        several_connections()
    answers = in_threads(*[book] * 5)
    assert len(answers) == 5
    assert len(set(answers)) == 1


def test_a_booking_may_name_a_service(client_ann, desk, therapist, as_user, now):
    hour = Service.objects.create(name="First visit", minutes=60)
    page = as_user(desk).get(reverse("treatments:session_book", args=[client_ann.public_id]))
    assert "First visit, 60 minutes" in page.content.decode()
    day = timezone.localdate() + timedelta(days=1)
    data = {"therapist": str(therapist.public_id), "day": day.isoformat(), "minutes": "60", "time": "10:00",
            "service": str(hour.public_id)}  # fmt: skip
    as_user(desk).post(reverse("treatments:session_book", args=[client_ann.public_id]), data)
    assert Session.objects.get().service == hour


def test_nothing_is_booked_on_a_closed_day(client_ann, therapist, owner, now):
    start = now + timedelta(days=7)
    closures.add(first_day=start.date(), last_day=start.date(), words="Works outing", by=owner, now=now)
    with pytest.raises(schedule.OutsideHours, match="Works outing"):
        world.booked(client_ann, therapist, start)
    assert schedule.free_times(therapist=therapist, day=start.date(), minutes=60, now=now) == []

"""What a client's page shows only after the date of birth: name, exercises, next visit, preferences."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone
from icalendar import Calendar

from clinic import clients, preferences, whereabouts
from clinic.models import AuditEvent, Consent, TopicChoice
from intake import access
from treatments import check_ins, page_links
from treatments.models import ClientPage, Task
from treatments.tests import aftercare_world as world

pytestmark = pytest.mark.django_db
BORN = {"born_day": "4", "born_month": "5", "born_year": "1986"}
WRONG = BORN | {"born_year": "1987"}


@pytest.fixture
def over(client_ann, therapist):
    now = timezone.now()
    world.agree(client_ann, now, "email", "sms")
    return world.session(client_ann, therapist, now - timedelta(hours=3), plan=world.plan(client_ann, therapist, now))


@pytest.fixture
def own(over):
    return page_links.of(session=over, now=timezone.now())


@pytest.fixture
def link(own):
    return f"/c/{page_links.token_of(own)}/"


@pytest.fixture
def visitor():
    return Browser()


@pytest.fixture
def inside(visitor, link):
    visitor.get(link + "mine/")
    assert visitor.post("/mine/born/", BORN)["Location"] == "/mine/"
    return visitor


def test_advice_and_whom_to_call_stand_behind_the_link_alone(visitor, link, client_ann, therapist):
    body = visitor.get(link).content.decode()
    for words in ("Go easy a little longer", "Alcohol", "until to", "When to call", "tel:911", "+1 555 010 0200"):
        assert words in body
    assert "Eat lightly" not in body  # that was for two hours
    for telling in (client_ann.first_name, client_ann.last_name, therapist.name, "Neck", client_ann.email, *world.HOME):
        assert telling not in body


def test_the_token_leaves_the_address_before_the_date_is_asked(visitor, link):
    answer = visitor.get(link + "mine/")
    assert (answer.status_code, answer["Location"]) == (303, "/mine/born/")
    assert answer["Referrer-Policy"] == "no-referrer"


def test_the_date_of_birth_opens_it_once(inside, client_ann, own):
    body = inside.get("/mine/").content.decode()
    for shown in ("Hello Ann", *world.HOME, "No visit is booked"):
        assert shown in body
    actions = AuditEvent.objects.filter(client=client_ann, actor_label=f"client-page:{own.public_id}")
    assert set(actions.values_list("action", flat=True)) >= {"client_page.open", "client_page.read"}
    assert "no-store" in inside.get("/mine/")["Cache-Control"]


def test_a_check_ins_link_leads_there_too(visitor, over, own):
    asked = check_ins.ask(session=over, moment="h24", due_at=timezone.now(), now=timezone.now())
    visitor.get(f"/c/{check_ins.token_of(asked)}/mine/")
    visitor.post("/mine/born/", BORN)
    assert "Hello Ann" in visitor.get("/mine/").content.decode()


def test_a_wrong_date_opens_nothing_and_the_fifth_closes(visitor, link, own, client_ann):
    for _ in range(5):
        visitor.get(link + "mine/")
        assert visitor.post("/mine/born/", WRONG).status_code == 422
    assert visitor.post("/mine/born/", BORN).status_code == 422
    assert visitor.get("/mine/").status_code == 303
    own.refresh_from_db()
    assert own.failed_tries == 5
    task = Task.objects.get()
    assert (task.kind, task.client, task.detail) == ("intake_help", client_ann, "")
    assert visitor.get(link).status_code == 200  # advice stays


def test_tries_are_limited_for_links_that_are_nobodys_too(visitor):
    visitor.get("/c/nobody/mine/")
    answers = [visitor.post("/mine/born/", BORN).status_code for _ in range(11)]
    assert set(answers[:10]) == {422} and answers[10] == 429


@pytest.mark.parametrize("what", ["expired", "voided", "archived"])
def test_a_pass_ends_with_the_page(inside, own, over, client_ann, desk, what):
    now = timezone.now()
    if what == "expired":
        ClientPage.objects.update(expires_at=now)
    elif what == "voided":
        type(over).objects.filter(pk=over.pk).update(state="cancelled", cancelled_at=now, cancelled_by=desk)
    else:
        clients.archive(client=client_ann, by=desk, now=now)
    for path in ("/mine/", "/mine/messages/", "/mine/visit.ics"):
        assert inside.get(path).status_code == 303


def test_a_new_address_ends_pages_that_went_to_the_old_one(inside, client_ann, desk):
    clients.update(client=client_ann, changes={"email": "new@example.org"}, by=desk, now=timezone.now())
    assert inside.get("/mine/").status_code == 303


def test_leaving_forgets_the_client_in_this_browser(inside):
    assert inside.post("/mine/leave/").status_code == 200
    assert inside.get("/mine/").status_code == 303
    assert not set(inside.session.keys()) & {access.PAGE.link, access.PAGE.entry}


def test_a_pass_left_alone_ends(inside, time_machine):
    time_machine.move_to(timezone.now() + timedelta(minutes=31), tick=False)
    assert inside.get("/mine/").status_code == 303


def test_another_clients_link_ends_the_pass(inside, client_ben, therapist):
    other = world.session(client_ben, therapist, timezone.now() - timedelta(hours=9))
    inside.get(f"/c/{page_links.token_of(page_links.of(session=other, now=timezone.now()))}/mine/")
    assert inside.get("/mine/").status_code == 303


def test_an_open_warning_takes_advice_and_exercises_back(inside, link, client_ann):
    from treatments.tests.world import flag

    flag(client_ann, timezone.now(), flag_class="urgent")
    body = inside.get(link).content.decode()
    assert "go by what your therapist or doctor told you" in body and "Gentle walking" not in body
    assert world.HOME[0] not in inside.get("/mine/").content.decode()


# --- the next visit ---------------------------------------------------------------------------------------------------


def test_the_next_visit_goes_into_a_calendar(inside, client_ann, therapist, over):
    at = timezone.now().replace(microsecond=0) + timedelta(days=3)
    booked = world.session(client_ann, therapist, at, state="booked", plan=over.plan)
    assert "Put it into my calendar" in inside.get("/mine/").content.decode()
    answer = inside.get("/mine/visit.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (booked.starts_at, booked.ends_at)
    assert str(event["uid"]).startswith(str(booked.public_id))
    text = answer.content.decode()
    for telling in ("Neck", "neck", client_ann.last_name, client_ann.first_name, therapist.name):
        assert telling not in text


def test_the_file_speaks_the_clients_language(inside, client_ann, therapist, over):
    type(client_ann).objects.filter(pk=client_ann.pk).update(language="es")
    world.session(client_ann, therapist, timezone.now() + timedelta(days=3), state="booked")
    text = inside.get("/mine/visit.ics").content.decode()
    assert "SUMMARY:Visita: Riverside Clinic" in text and "Para cambiar la visita" in text


def test_without_a_next_visit_there_is_no_file(inside):
    assert inside.get("/mine/visit.ics").status_code == 404


# --- preferences ------------------------------------------------------------------------------------------------------


def ticked(body):
    import re

    return set(re.findall(r'name="(\w+:\w+)"[^>]*checked', body))


def test_every_topic_on_every_channel_stands_as_it_is(inside):
    assert len(ticked(inside.get("/mine/messages/").content.decode())) == 8


def test_a_choice_is_kept_audited_and_shown(inside, client_ann, own):
    answer = inside.post("/mine/messages/", {"appointments:email": "on", "check_ins:sms": "on", "language": "en"})
    assert answer.status_code == 303
    assert preferences.wants(client_ann, "appointments", "email") and preferences.wants(client_ann, "check_ins", "sms")
    assert not preferences.wants(client_ann, "aftercare", "email")
    assert set(TopicChoice.objects.values_list("source", flat=True)) == {Consent.Source.LINK}
    event = AuditEvent.objects.filter(action="topic.stop", client=client_ann).first()
    assert (event.actor_kind, event.actor_label) == ("client", f"client-page:{own.public_id}")
    assert event.ip and event.at
    assert ticked(inside.get("/mine/messages/").content.decode()) == {"appointments:email", "check_ins:sms"}


def test_nothing_ticked_is_a_no_to_everything(inside, client_ann):
    inside.post("/mine/messages/", {"language": "en"})
    assert not clients.may_message(client_ann, "email") and not clients.may_message(client_ann, "sms")


def test_the_language_is_the_clients_from_then_on(inside, client_ann):
    answer = inside.post("/mine/messages/", {"appointments:email": "on", "language": "es"}, follow=True)
    client_ann.refresh_from_db()
    assert client_ann.language == "es"
    assert '<html lang="es">' in answer.content.decode()


EVERYTHING = {f"{topic}:{channel}": "on" for topic in TopicChoice.Topic.values for channel in ("email", "sms")}


def test_quiet_hours_and_zone_of_ones_own(inside, client_ann, clinic_settings):
    wanted = EVERYTHING | {
        "language": "en", "quiet_from": "13:00", "quiet_until": "15:30", "time_zone": "America/New_York",
    }  # fmt: skip
    assert inside.post("/mine/messages/", wanted).status_code == 303
    client_ann.refresh_from_db()
    assert (client_ann.quiet_from, client_ann.quiet_until) == (time(13), time(15, 30))
    # The outbox hears of it: half past one in New York is silent now.
    silence = whereabouts.silence_of(client_ann, clinic_settings)
    assert silence.is_quiet(datetime(2026, 11, 24, 18, 30, tzinfo=UTC))
    assert not silence.is_quiet(datetime(2026, 11, 24, 21, 0, tzinfo=UTC))
    body = inside.get("/mine/messages/").content.decode()
    assert 'value="13:00"' in body and 'value="America/New_York" selected' in body
    event = AuditEvent.objects.filter(action="client.update").get()
    assert event.fields == ["quiet_from", "quiet_until", "time_zone"] and event.actor_kind == "client"


@pytest.mark.parametrize(
    "typed",
    [
        {"quiet_from": "13:00"}, {"quiet_from": "13:00", "quiet_until": "13:00"},
        {"quiet_from": "25:00", "quiet_until": "1"},
        {"time_zone": "Mars/Base"}, {"time_zone": "\x00"}, {"quiet_from": "\x00", "quiet_until": "14:00"},
    ],
)  # fmt: skip
def test_hours_and_zones_that_are_none_are_refused(inside, client_ann, typed):
    assert inside.post("/mine/messages/", EVERYTHING | {"language": "en"} | typed).status_code == 422
    client_ann.refresh_from_db()
    assert (client_ann.quiet_from, client_ann.time_zone) == (None, "")


@pytest.mark.parametrize("typed", [{"language": "xx"}, {}, {"language": "en\x00"}])
def test_a_language_nobody_speaks_is_refused(inside, client_ann, typed):
    assert inside.post("/mine/messages/", typed).status_code == 422
    assert preferences.wants(client_ann, "aftercare", "email")


def test_the_switch_shows_what_was_ticked_and_keeps_nothing(inside, client_ann):
    answer = inside.post("/mine/messages/", {"aftercare:sms": "on", "language": "en", "switch_language": "es"})
    assert answer.status_code == 200
    assert ticked(answer.content.decode()) == {"aftercare:sms"}
    assert preferences.wants(client_ann, "appointments", "email")


@pytest.mark.parametrize("path", ["/mine/messages/", "/mine/"])
def test_a_post_without_its_token_is_refused(link, path):
    strict = Browser(enforce_csrf_checks=True)
    assert strict.post(path, {"language": "en"}).status_code == 403


def test_the_date_is_read_in_its_parts(visitor, link, client_ann):
    client_ann.date_of_birth = date(2000, 2, 29)
    client_ann.save()
    visitor.get(link + "mine/")
    odd = {"born_day": "29", "born_month": "2", "born_year": "1999"}
    assert visitor.post("/mine/born/", odd).status_code == 422
    assert ClientPage.objects.get().failed_tries == 0  # no such day: not a try
    assert visitor.post("/mine/born/", odd | {"born_year": "2000"}).status_code == 303

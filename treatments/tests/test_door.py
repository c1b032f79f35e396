"""The code at the door: the same words to everybody; the day sheet and the client's own phone know."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from clinic import audit
from clinic.models import AuditEvent, Message
from intake import questionnaires
from intake.models import Invitation
from intake.tests.conftest import agree, born
from treatments import door
from treatments.tests import world

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DOOR = reverse("treatments:door")


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    monkeypatch.setattr(door, "TAKES", 0)


@pytest.fixture
def visit(client_ann, therapist, desk):
    questionnaires.publish_shipped(by=audit.SYSTEM, now=NOW)
    agree(client_ann, desk, NOW)
    world.ready(client_ann, NOW - timedelta(days=30))
    return world.booked(client_ann, therapist, NOW + timedelta(minutes=30), now=NOW - timedelta(days=20))


def knock(client, person, digits):
    return client.post(DOOR, born(person.date_of_birth) | {"digits": digits})


def test_whoever_has_a_visit_stands_at_the_door_and_gets_the_link_on_their_own_phone(client, visit, client_ann):
    assert knock(client, client_ann, "0301").status_code == 200
    visit.refresh_from_db()
    assert (visit.here_at, visit.state) == (NOW, "booked")
    link = Invitation.objects.get()
    assert (link.questionnaire.slug, link.visit) == (questionnaires.PRESESSION, visit.public_id)
    assert {row.due_at for row in Message.objects.filter(kind="intake.check")} == {NOW}
    event = AuditEvent.objects.get(action="session.at_the_door")
    assert (event.client, event.actor_kind) == (client_ann, "client")


def test_everybody_reads_the_same_and_gets_no_pass(client, visit, client_ann, client_ben):
    right = knock(client, client_ann, "0301")
    others = [knock(client, client_ann, "9999"), knock(client, client_ben, "0302")]

    def words(answer):
        return [line for line in answer.content.decode().split("\n") if "csrf" not in line.casefold()]

    assert all(words(one) == words(right) and one.status_code == right.status_code for one in others)
    assert "Ann" not in right.content.decode()
    assert not client.session.items()


def test_an_answer_takes_as_long_whoever_knocks(client, visit, client_ann, client_ben, monkeypatch):
    monkeypatch.setattr(door, "TAKES", 30)
    waits = []
    monkeypatch.setattr("treatments.views.door.time.sleep", waits.append)
    knock(client, client_ann, "0301")
    knock(client, client_ben, "9999")
    assert waits[0] < waits[1] <= 30  # whoever is found took longer already


def test_the_day_sheet_shows_who_is_at_the_door(client, visit, client_ann, as_user, desk):
    knock(client, client_ann, "0301")
    assert "At the door" in as_user(desk).get(reverse("treatments:day_sheet")).content.decode()


def test_knocking_again_and_again_sends_two_links_at_most(client, visit, client_ann):
    for _ in range(5):
        knock(client, client_ann, "0301")
    assert Invitation.objects.count() == door.LINKS_A_DAY
    assert AuditEvent.objects.filter(action="session.at_the_door").count() == 1


def test_guessing_is_slowed_down(client, visit, client_ann):
    codes = [knock(client, client_ann, f"{n:04}").status_code for n in range(25)]
    assert codes[0] == 200 and codes[-1] == 429


@pytest.mark.parametrize("digits", ["", "1", "abc", "٣٣٣٣", "x" * 500])
def test_what_is_no_number_is_refused(client, visit, client_ann, digits):
    assert knock(client, client_ann, digits).status_code == 422
    visit.refresh_from_db()
    assert visit.here_at is None


def test_what_is_left_out_is_asked_for_in_the_same_words(client):
    page = client.post(DOOR, {}).content.decode()
    assert page.count("Please answer this question.") == 2 and "This field is required" not in page


def test_a_whole_number_counts_by_its_end(client, visit, client_ann):
    knock(client, client_ann, "+1 555 010 0301")
    visit.refresh_from_db()
    assert visit.here_at == NOW


@pytest.mark.parametrize("change", [{"state": "done"}, {"starts_at": NOW + timedelta(days=1)}])
def test_only_visits_of_today_that_are_still_to_come(visit, client_ann, change):
    for name, value in change.items():
        setattr(visit, name, value)
    visit.ends_at = visit.starts_at + timedelta(hours=1)
    if "state" in change:
        visit.completed_at, visit.completed_by = NOW, visit.therapist
    visit.save()
    assert door.say_here(born=client_ann.date_of_birth, digits="0301", now=NOW) == 0


def test_an_archived_client_is_nobody(visit, client_ann, desk):
    type(client_ann).objects.filter(pk=client_ann.pk).update(archived_at=NOW, archived_by=desk)
    assert door.say_here(born=client_ann.date_of_birth, digits="0301", now=NOW) == 0


def test_the_poster_holds_the_page_and_no_secret(as_user, desk):
    page = as_user(desk).get(reverse("treatments:door_poster")).content.decode()
    assert 'class="qr"' in page and "fit a visit of today" in page

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import resolve, reverse

from clinic import context
from clinic.permissions import GRANTS


def places(user, path="/"):
    request = RequestFactory().get(path)
    request.user = user
    return context.shell(request)["nav"]


def words(links):
    return [link.words for link in links]


def test_owner_sees_every_place_of_the_clinic(owner):
    nav = places(owner)
    assert words(nav["clinic"]) == ["Questionnaires", "Aftercare", "Staff", "Audit", "Outbox", "Agreements", "Settings"]


def test_desk_is_not_led_to_answers_or_settings(desk):
    nav = places(desk)
    assert "Review" not in words(nav["daily"])
    assert words(nav["clinic"]) == ["Outbox"]


def test_therapist_reviews_but_does_not_manage(therapist):
    nav = places(therapist)
    assert "Review" in words(nav["daily"])
    assert nav["clinic"] == []


# The catalogue's app knows nothing of ours and asks Django's own way; its table of people checks it.
OURS = [place for place in (*context.DAILY, *context.CLINIC) if not place.url_name.startswith("conditions:")]


@pytest.mark.parametrize("place", OURS, ids=lambda place: place.words)
def test_place_is_shown_to_those_its_page_lets_in(place):
    needed = resolve(reverse(place.url_name)).func.permission
    led = {role for role, held in GRANTS.items() if place.needs in held}
    assert led
    assert led <= {role for role, held in GRANTS.items() if needed in held}


def test_nobody_gets_no_places():
    assert places(AnonymousUser()) == {"daily": [], "clinic": []}


def test_page_of_a_session_belongs_to_clients(therapist):
    current = [link.words for link in places(therapist, "/sessions/1/note/")["daily"] if link.current]
    assert current == ["Clients"]


def test_shell_costs_no_query_until_it_is_shown(owner, django_assert_num_queries):
    request = RequestFactory().get("/")
    request.user = owner
    with django_assert_num_queries(0):
        context.shell(request)

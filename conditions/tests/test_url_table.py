"""Every address of this app has its row, and the row is true for the people of this app."""

import pytest
from django.urls import reverse

from conditions import loading, urls
from conditions.tests.url_table import TABLE

pytestmark = pytest.mark.django_db


def outcome(response):
    if response.status_code == 302 and response["Location"].startswith(reverse("account_login")):
        return "login"
    return response.status_code


def test_every_address_has_a_row():
    assert set(TABLE) == {f"conditions:{pattern.name}" for pattern in urls.urlpatterns}


@pytest.mark.parametrize("name", TABLE)
def test_each_person_gets_what_the_row_says(name, as_user, client, desk, therapist, owner, now):
    loading.load(now=now)
    row = TABLE[name]
    url = reverse(name, args=row.args(None))
    people = {"nobody": client, "desk": as_user(desk), "therapist": as_user(therapist), "owner": as_user(owner)}
    assert {who: outcome(browser.get(url)) for who, browser in people.items()} == {who: row.get[who] for who in people}
    assert {who: outcome(browser.post(url)) for who, browser in people.items()} == {
        who: row.post[who] for who in people
    }

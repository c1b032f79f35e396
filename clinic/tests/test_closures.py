"""Closed days: the owner's page, and what counts them."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from clinic import closures
from clinic.models import Closure

pytestmark = pytest.mark.django_db
LIST = "/closed-days/"


def test_the_owner_closes_and_opens_again(as_user, owner, now):
    page = as_user(owner)
    days = {"first_day": f"{now + timedelta(days=30):%Y-%m-%d}", "last_day": "", "words": "Works outing"}
    assert page.post(LIST, days).status_code == 302
    assert "Works outing" in page.get(LIST).content.decode()
    closure = Closure.objects.get()
    assert closure.first_day == closure.last_day
    page.post(reverse("clinic:closure_remove", args=[closure.public_id]))
    assert not Closure.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2027-01-05", "2027-01-04", "before the first"),
        ("2027-01-05", "2029-01-05", "a year at most"),
        ("x", "", "valid"),
    ],
)
def test_days_that_cannot_be_are_said(as_user, owner, first, last, words):
    answer = as_user(owner).post(LIST, {"first_day": first, "last_day": last, "words": ""})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Closure.objects.exists()


def test_the_days_of_a_closure_are_counted_once(owner, now):
    for last in (date(2027, 1, 3), date(2027, 1, 4)):
        for _ in range(2):
            closures.add(first_day=date(2027, 1, 2), last_day=last, words="", by=owner, now=now)
    assert Closure.objects.count() == 2
    found = closures.closed_days(date(2027, 1, 3), date(2027, 2, 1))
    assert found == {date(2027, 1, 3), date(2027, 1, 4)}
    assert closures.on(date(2027, 1, 5)) is None

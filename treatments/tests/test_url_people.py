"""Every address of the whole product as each of the seven people: the tables of all apps, walked together."""

import importlib
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from zeal import zeal_ignore

from clinic.testing import PEOPLE
from clinic.tests.url_table import ACCOUNTS

pytestmark = pytest.mark.django_db

APPS = ("clinic", "conditions", "intake", "treatments")
ROOT = Path(__file__).parents[2]


def tables():
    """The rows of every app, from each `url_table*.py`; an address without one fails below."""
    rows = dict(ACCOUNTS)
    for app in APPS:
        for module in sorted((ROOT / app / "tests").glob("url_table*.py")):
            rows |= importlib.import_module(f"{app}.tests.{module.stem}").TABLE
    return rows


TABLE = tables()


def names_in(patterns, namespace=""):
    """The full name of every address below; one without a name stands as its pattern."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = ":".join(filter(None, (namespace, pattern.namespace)))
            yield from names_in(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern) and getattr(pattern.callback, "__name__", "") != "closed":
            yield ":".join(filter(None, (namespace, pattern.name))) if pattern.name else f"unnamed {pattern.pattern}"


def outcome(response):
    """The status; "login" for a redirect to the sign-in page."""
    location = response.headers.get("Location", "")
    return "login" if response.status_code == 302 and location.startswith("/accounts/login/") else response.status_code


def test_every_address_has_its_row_and_every_row_its_address():
    assert set(names_in(get_resolver().url_patterns)) == set(TABLE)


def test_every_row_names_all_seven_people():
    assert {name: set(PEOPLE) - set(row.get) for name, row in TABLE.items() if set(PEOPLE) - set(row.get)} == {}
    assert {name for name, row in TABLE.items() if row.post and set(row.post) != set(PEOPLE)} == set()


@pytest.mark.parametrize("name", sorted(TABLE))
@zeal_ignore()
def test_each_person_gets_what_the_row_says(name, clinic_of_today, undone):
    row = TABLE[name]
    url = reverse(name, args=row.args(clinic_of_today))
    wrong = {}
    for person, browser in clinic_of_today.browsers.items():
        for method, wanted in (("get", row.get), ("post", row.post or row.get)):
            cookies = dict(browser.cookies)
            with undone():
                body = row.data(clinic_of_today) if method == "post" else {}
                got = outcome(getattr(browser, method)(url, body))
            browser.cookies.clear()
            browser.cookies.update(cookies)
            if got not in (wanted[person] if isinstance(wanted[person], tuple) else (wanted[person],)):
                wrong[f"{method} as {person}"] = (got, f"wanted {wanted[person]}")
    assert wrong == {}

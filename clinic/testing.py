"""Pytest plugin: the same five people in every test, and rows for the URL x people table."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PEOPLE = ("nobody", "desk", "therapist", "other", "owner", "client", "stranger")


class OneAtATimeMiddleware:
    """A browser's requests in turn: the threads of the live server share the one connection of a database in memory."""

    _turn = threading.RLock()

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        with self._turn:
            return self.get_response(request)


@dataclass(frozen=True)
class Row:
    """What each of the seven people gets from a URL: one status each, for GET and, where it differs, POST.

    `args` is a function (world) -> list of URL arguments; `data` one for the POST body. 302 to the sign-in page is
    written "login".
    """

    get: dict[str, int | str] = field(default_factory=dict)
    post: dict[str, int | str] = field(default_factory=dict)
    args: Callable[[Any], list[Any]] = lambda world: []
    data: Callable[[Any], dict[str, Any]] = lambda world: {}


def everyone(status: int | str, **others: int | str) -> dict[str, int | str]:
    """The same status for all seven, but for those named."""
    return dict.fromkeys(PEOPLE, status) | others


def staff_only(status: int | str = 200, **others: int | str) -> dict[str, int | str]:
    """Sign-in page for everybody outside; `status` for all staff, but for those named."""
    return everyone("login", desk=status, therapist=status, other=status, owner=status) | others


def make_user(email: str, name: str, **roles: Any) -> Any:
    from clinic.models import User

    return User.objects.create_user(email=email, password="a long enough passphrase", name=name, **roles)


def make_client(first: str, last: str, **fields: Any) -> Any:
    from clinic.models import Client

    facts = {"date_of_birth": date(1986, 5, 4), "email": f"{first}.{last}@example.org".lower(), "created_at": NOW}
    return Client.objects.create(first_name=first, last_name=last, **(facts | fields))


def led_to(text: str) -> str:
    """A text message with its short links replaced by the pages they lead to."""
    from clinic import links, short_links

    def page(found: re.Match[str]) -> str:
        return links.absolute(short_links.behind(found[1], now=datetime.min.replace(tzinfo=UTC)) or "nowhere")

    return re.sub(r"https?://[^/\s]+/s/([0-9A-Za-z]{11})", page, text)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def clinic_settings(db: None) -> Any:
    from clinic.models import ClinicSettings

    settings = ClinicSettings.load()
    settings.name = "Riverside Clinic"
    settings.phone = "+1 555 010 0200"
    settings.email = "desk@riverside.example"
    settings.emergency_number = "911"
    settings.save()
    return settings


@pytest.fixture
def desk(clinic_settings: Any) -> Any:
    return make_user("desk@riverside.example", "Dora Desk", is_front_desk=True)


@pytest.fixture
def therapist(clinic_settings: Any) -> Any:
    return make_user("thea@riverside.example", "Thea Therapist", is_therapist=True)


@pytest.fixture
def other_therapist(clinic_settings: Any) -> Any:
    return make_user("otto@riverside.example", "Otto Other", is_therapist=True)


@pytest.fixture
def lead(clinic_settings: Any) -> Any:
    return make_user("lea@riverside.example", "Lea Lead", is_therapist=True, is_lead_therapist=True)


@pytest.fixture
def owner(clinic_settings: Any) -> Any:
    return make_user("olga@riverside.example", "Olga Owner", is_owner=True)


@pytest.fixture
def client_ann(clinic_settings: Any) -> Any:
    return make_client("Ann", "Archer", mobile="+15550100301")


@pytest.fixture
def client_ben(clinic_settings: Any) -> Any:
    return make_client("Ben", "Baker", mobile="+15550100302")


@pytest.fixture
def as_user(client: Any) -> Callable[[Any], Any]:
    """A signed-in browser: as_user(desk).get(…)."""
    from django.test import Client as Browser

    def sign_in(user: Any, **extra: Any) -> Browser:
        browser = Browser(**extra)
        browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return browser

    return sign_in


@contextmanager
def behind_the_guards(table: str) -> Iterator[None]:
    """As the database's superuser would change rows: the table's triggers lifted meanwhile."""
    from django.db import connection

    from clinic.guards import REGISTRY

    connection.check_constraints()  # PostgreSQL drops no trigger while a deferred check waits
    guards = [one for one in REGISTRY if one.table == table]
    for guard in guards:
        guard.remove(connection)
    yield
    for guard in guards:
        guard.install(connection)


@pytest.fixture(autouse=True, scope="session")
def _guards_lifted_between_tests() -> Iterator[None]:
    """Tests with real transactions empty the tables afterwards: only then the append-only triggers step aside."""
    from django.db import connection
    from django.test import TransactionTestCase

    from clinic.guards import REGISTRY

    case_class: Any = TransactionTestCase  # its teardown is not part of the typed surface
    teardown = case_class._fixture_teardown

    def lifted(case: TransactionTestCase) -> None:
        for guard in REGISTRY:
            guard.remove(connection)
        try:
            teardown(case)
        finally:
            for guard in REGISTRY:
                guard.install(connection)

    case_class._fixture_teardown = lifted
    yield
    case_class._fixture_teardown = teardown


@pytest.fixture(autouse=True)
def _clean_cache() -> Iterator[None]:
    """Rate limits and one-time codes live in the cache: none may leak from test to test."""
    from django.core.cache import cache

    cache.clear()
    yield

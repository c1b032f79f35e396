"""How fast the client's form is, beside a bare Django view measured in the same run on the same kind of database.

The verdict goes by the shortest time of each, as `timeit` advises: what else the machine does lengthens times, those of
longer work more than in proportion, and never shortens one. On a quiet machine the medians give the same ratios. On one
so busy that no request is left in peace only the processor's time says anything, and the verdict says so.
"""

from __future__ import annotations

import io
import json
import logging
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.decorators import login_required
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.wsgi import WSGIHandler
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import path, reverse
from django.utils import timezone

from clinic import audit
from clinic.clients import set_channel
from clinic.models import Client, ClinicSettings, User
from intake import access, questionnaires, responses
from intake.engine.specs import CHOICES, Item
from intake.inviting import invitations
from intake.models import Response

#: What `startproject` gives, and nothing of ours.
BARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "intake.management.commands.benchmark_intake.bare_addresses",
]
#: What the clinic promises of each line: so many queries, and so many times the bare view.
MOST_QUERIES, MOST_TIMES = 8, 3.0
BORN = date(1986, 5, 4)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@login_required
def bare(request: HttpRequest) -> HttpResponse:
    """Session, login, one template."""
    return render(request, "clinic/bare.html", {"person": request.user, "rows": range(20)})


urlpatterns = [path("bare/", bare)]


def bare_addresses(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Lets the bare view have an address without giving the clinic one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__
        return get_response(request)

    return middleware


def _start(status: str, headers: list[tuple[str, str]], error: Any = None, /) -> Callable[[bytes], object]:
    return lambda text: None


class Browser:
    """One visitor, straight at the WSGI application: no test client that measures itself too."""

    def __init__(self, application: WSGIHandler) -> None:
        self.application, self.cookies = application, SimpleCookie()

    def ask(self, path: str, body: bytes = b"", kind: str = "", wanted: int = 200) -> bytes:
        environ = {
            "REQUEST_METHOD": "POST" if kind else "GET", "PATH_INFO": path, "QUERY_STRING": "", "SCRIPT_NAME": "",
            "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(), "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body)),
            "HTTP_COOKIE": "; ".join(f"{name}={one.value}" for name, one in self.cookies.items()),
            "HTTP_X_CSRFTOKEN": self.cookies["csrftoken"].value if "csrftoken" in self.cookies else "",
        }  # fmt: skip
        response: Any = self.application(environ, _start)
        if response.status_code != wanted:
            raise CommandError(f"{path} answered {response.status_code}, not {wanted}.")
        self.cookies.update(response.cookies)
        text = b"".join(response)
        response.close()
        return text

    def give(self, screen: str, fields: list[list[str]], number: int) -> bytes:
        now = timezone.now().isoformat()
        step = {"key": "one", "seq": number, "at": now, "screen": screen, "fields": fields}
        body = json.dumps({"sent": now, "steps": [step]}).encode()
        return self.ask(reverse("intake:save_steps"), body, "application/json")


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of request: its times in milliseconds, and its queries."""

    words: str
    shortest: float
    median: float
    cpu: float  # the shortest, too
    queries: int

    def verdict(self, bare: Row) -> str:
        """Whether it is within what the clinic promises."""
        if self.queries <= MOST_QUERIES and self.shortest <= MOST_TIMES * bare.shortest:
            return "met"
        if self.queries <= MOST_QUERIES and self.cpu <= MOST_TIMES * bare.cpu:
            return "met in CPU time only: run it again on a quiet machine"
        return "not met"


def _line(row: Row, bare: Row) -> str:
    parts = [f"{row.words:42}{row.shortest:10.2f}{row.shortest / bare.shortest:7.2f}"]
    parts += [f"{row.median:9.2f}{row.median / bare.median:7.2f}{row.cpu:8.2f}{row.cpu / bare.cpu:7.2f}"]
    return "".join([*parts, f"{row.queries:9}"])


class Command(BaseCommand):
    help = (
        "Measures opening one screen and saving one answer of the health history, with few and with all answers given, "
        "against a bare Django view with session, login and one template. Makes a database of its own and drops it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rounds", type=int, default=150)
        parser.add_argument("--strict", action="store_true", help="fail when a line is not met")

    def handle(self, *args: Any, **options: Any) -> None:
        logging.disable(logging.CRITICAL)
        connection.settings_dict["TEST"]["NAME"] = self._name()
        kept = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            rows = self._measure(options["rounds"])
        finally:
            connection.creation.destroy_test_db(kept, verbosity=0)
        self.stdout.write(f"{connection.vendor}, {options['rounds']} rounds in turn on one connection\n\n")
        heads = f"{'shortest':>10}{'ratio':>7}{'median':>9}{'ratio':>7}{'CPU':>8}{'ratio':>7}{'queries':>9}"
        self.stdout.write(f"{'':42}{heads}")
        bare, *rest = rows
        self.stdout.write(_line(bare, bare))
        for one in rest:
            self.stdout.write(f"{_line(one, bare)}  {one.verdict(bare)}")
        promise = f"at most {MOST_QUERIES} queries, and {MOST_TIMES:g} times the shortest time of the bare view"
        self.stdout.write(f"\nMet: {promise}.")
        missed = [one.words for one in rest if one.verdict(bare) != "met"]
        if options["strict"] and missed:
            raise CommandError(f"Not met: {'; '.join(missed)}.")

    def _name(self) -> str | None:
        # On SQLite a file, as in the clinic: the test database would be in memory and flatter the figures.
        return str(Path(tempfile.mkdtemp()) / "benchmark.sqlite3") if connection.vendor == "sqlite" else None

    def _measure(self, rounds: int) -> list[Row]:
        visitor, few = _bare_visitor(), _client_at("Ann")
        full = _client_at("Ben", answer_all=True)
        number = iter(range(int(time.time() * 1e6), 2**62))

        def save(browser: Browser) -> Callable[[], bytes]:
            def go() -> bytes:
                one = next(number)
                return browser.give("reason", [["asked", "reason.goal"], ["reason.goal", f"Walk {one}"]], one)

            return go

        screen = reverse("intake:screen", args=["health"])
        works: list[tuple[str, Callable[[], bytes]]] = [
            ("bare view: session, login, one template", lambda: visitor.ask("/bare/")),
            ("one screen, form just begun", lambda: few.ask(screen)),
            ("one screen, all 105 questions answered", lambda: full.ask(screen)),
            ("one answer saved, form just begun", save(few)),
            ("one answer saved, all 105 answered", save(full)),
        ]
        return _in_turn(works, rounds)


def _in_turn(works: list[tuple[str, Callable[[], bytes]]], rounds: int) -> list[Row]:
    """Each work once a round, so that a busy moment of the machine hits all of them."""
    took: dict[str, list[tuple[float, float]]] = {words: [] for words, _ in works}
    queries = {}
    for words, work in works:
        for _ in range(5):
            work()
        with CaptureQueriesContext(connection) as caught:
            work()
        queries[words] = sum(_counts(one["sql"]) for one in caught)
    for _ in range(rounds):
        for words, work in works:
            begun, busy = time.perf_counter(), time.process_time()
            work()
            took[words].append((time.perf_counter() - begun, time.process_time() - busy))
    return [_row(words, took[words], queries[words]) for words, _ in works]


def _row(words: str, took: list[tuple[float, float]], queries: int) -> Row:
    times, cpu = zip(*took, strict=True)
    return Row(words, 1000 * min(times), 1000 * statistics.median(times), 1000 * min(cpu), queries)


def _counts(sql: str) -> bool:
    """Reads and writes; not what opens and closes a transaction, nor the lock of the audit chain on PostgreSQL."""
    return not sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")) and "advisory" not in sql


def _bare_visitor() -> Browser:
    with override_settings(MIDDLEWARE=BARE):
        visitor = Browser(WSGIHandler())
    user = User.objects.create_user(email="bare@example.org", password="not asked for here", name="Bare")  # noqa: S106
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    visitor.cookies["sessionid"] = str(session.session_key)
    return visitor


def _client_at(name: str, *, answer_all: bool = False) -> Browser:
    """A client's browser inside their form, through the link and the date of birth."""
    now = timezone.now()
    ClinicSettings.load()
    questionnaires.publish_shipped(by=audit.SYSTEM, now=now)
    client = Client.objects.create(
        first_name=name, last_name="Archer", date_of_birth=BORN, email=f"{name}@example.org", created_at=now
    )
    set_channel(client=client, channel="email", granted=True, by=audit.SYSTEM, now=now)
    invitation = invitations.invite(client=client, by=audit.SYSTEM, now=now)
    browser = Browser(WSGIHandler())
    browser.ask(reverse("intake:open", args=[invitations.token_of(invitation)]), wanted=303)
    browser.ask(reverse("intake:verify"))
    born = f"born_day={BORN.day}&born_month={BORN.month}&born_year={BORN.year}".encode()
    browser.ask(reverse("intake:verify"), born, "application/x-www-form-urlencoded", wanted=303)
    if answer_all:
        response = Response.objects.select_related("version").get(client=client)
        answers = {item.link_id: _answer(item) for item in questionnaires.spec_of(response.version).walk()}
        by = access.actor_of(invitation)
        responses.save(response=response, changes={k: v for k, v in answers.items() if v is not None}, by=by, now=now)
    return browser


def _answer(item: Item) -> Any:
    if item.type in CHOICES:
        return [item.options[0].code] if item.repeats else item.options[0].code
    plain = {"boolean": True, "integer": 5, "date": BORN.isoformat(), "string": "Words", "text": "Some more words"}
    return plain.get(item.type)

"""What every answer carries, under the settings of production: pages, errors, redirects, static files."""

import re
import runpy
import uuid
from datetime import date

import pytest
from django.test import Client, override_settings
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from clinic import proxies, staff_messages
from clinic.models import Message
from clinic.testing_server import ROOT
from clinic.tests.test_settings import GOOD

WANTED = ("SECURE_", "SESSION_COOKIE_", "CSRF_", "LANGUAGE_COOKIE_", "X_FRAME", "CONTENT_SECURITY", "PERMISSIONS_")
SAMPLE = {"uuid": uuid.UUID(int=7), "int": 7, "slug": "back", "str": "abc", "path": "abc", "date": date(2026, 11, 23)}


@pytest.fixture
def visitor(monkeypatch, tmp_path, db):
    """A browser in front of the clinic as production sets it up."""
    for name, value in (GOOD | {"CLINIC_VAR": str(tmp_path), "CLINIC_TRUSTED_PROXIES": "10.0.0.0/8"}).items():
        monkeypatch.setenv(name, value)
    settings = runpy.run_path(str(ROOT / "clinic" / "settings.py"))
    chosen = {name: value for name, value in settings.items() if name.startswith(WANTED)}
    chosen |= {name: settings[name] for name in ("ALLOWED_HOSTS", "TRUSTED_PROXIES", "SITE_ADDRESS")}
    chosen["CSRF_COOKIE_SECURE"] = True
    with override_settings(**chosen):
        yield Client(raise_request_exception=False, headers={"host": "clinic.example"})


def every_path():
    """A path for each URL pattern, filled with made-up arguments."""

    def walk(patterns, prefix):
        for entry in patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLPattern):
                yield route
            else:
                yield from walk(entry.url_patterns, route)

    for route in sorted(set(walk(get_resolver().url_patterns, ""))):
        route = re.sub(r"<(?:(\w+):)?\w+>", lambda match: str(SAMPLE.get(match[1] or "str", "abc")), route)
        route = re.sub(r"\(\?P<\w+>[^)]*\)", "abc", route)  # allauth's regular expressions
        yield "/" + route.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\", "")


#: Pages of ours that another page of ours shows in a frame.
FRAMED = re.compile(r"/questionnaires/[^/]+/draft/preview/")


def assert_headers(response, framed_by="'none'"):
    policy = response["Content-Security-Policy"]
    for part in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", f"frame-ancestors {framed_by}"):
        assert part in policy
    assert "unsafe" not in policy
    assert "form-action 'self'" in policy
    seconds = int(re.search(r"max-age=(\d+); includeSubDomains", response["Strict-Transport-Security"])[1])
    assert seconds >= 365 * 24 * 3600
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == ("DENY" if framed_by == "'none'" else "SAMEORIGIN")
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Referrer-Policy"] in {"same-origin", "no-referrer"}
    assert "camera=()" in response["Permissions-Policy"]
    for cookie in response.cookies.values():
        assert cookie.key.startswith("__Host-"), cookie.key
        assert cookie["secure"] and cookie["httponly"] and cookie["samesite"] and cookie["path"] == "/"
        assert not cookie["domain"]


def test_every_address_answers_with_the_headers(visitor):
    paths = list(every_path())
    assert "/accounts/login/" in paths
    for path in paths:
        response = visitor.get(path, secure=True)
        assert response.status_code < 500 or path == "/healthz", path  # nothing sends in this test, and it says so
        assert_headers(response, framed_by="'self'" if FRAMED.match(path) else "'none'")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/no/such/page/", 404),
        ("get", "/admin/", 404),
        ("get", "/.git/HEAD", 404),
        ("get", "/.env", 404),
        ("get", "/static/../manage.py", 404),
        ("get", "/static/no-such-file.css", 404),
        ("trace", "/", 405),
        ("trace", "/static/no-such-file.css", 405),
        ("delete", "/accounts/login/", 405),
    ],
)
def test_refusals_carry_the_headers_too(visitor, method, path, status):
    response = getattr(visitor, method)(path, secure=True)
    assert response.status_code == status
    assert_headers(response)


def test_forged_form_is_refused_with_the_headers(visitor):
    strict = Client(enforce_csrf_checks=True, headers={"host": "clinic.example"})
    response = strict.post("/accounts/login/", {"login": "a@b.example"}, secure=True)
    assert response.status_code == 403
    assert_headers(response)


def test_static_file_carries_the_headers(visitor):
    name = next((ROOT / "static").glob("css/*.css")).relative_to(ROOT / "static")
    response = visitor.get(f"/static/{name}", secure=True)
    assert b"".join(response.streaming_content) == (ROOT / "static" / name).read_bytes()
    response.close()
    assert_headers(response)


def test_server_error_shows_nothing_and_carries_the_headers(visitor, monkeypatch):
    def break_it(self, request, *given):
        raise RuntimeError("canary-of-the-server-error")

    monkeypatch.setattr("clinic.middleware.LanguageMiddleware.process_view", break_it)
    response = visitor.get("/accounts/login/", secure=True)
    assert response.status_code == 500
    assert b"canary" not in response.content
    assert_headers(response)


def test_plain_http_is_sent_to_https(visitor):
    response = visitor.get("/accounts/login/")
    assert response.status_code == 301
    assert response["Location"] == "https://clinic.example/accounts/login/"


def test_https_is_believed_only_from_the_proxy(visitor):
    claim = {"HTTP_X_FORWARDED_PROTO": "https"}
    assert visitor.get("/accounts/login/", REMOTE_ADDR="203.0.113.9", **claim).status_code == 301
    assert visitor.get("/accounts/login/", REMOTE_ADDR="10.1.2.3", **claim).status_code == 200


def test_foreign_host_is_refused(visitor):
    assert visitor.get("/accounts/login/", secure=True, headers={"host": "evil.example"}).status_code == 400


def test_reset_mail_links_to_the_configured_site_whatever_the_host(client, desk):
    client.post("/accounts/password/reset/", {"email": desk.email}, headers={"host": "localhost"})
    text = staff_messages.render(Message.objects.get(kind="staff.password_reset"), timezone.now()).text
    assert "http://clinic.test/accounts/password/reset/key/" in text
    assert "localhost" not in text


@pytest.mark.parametrize(
    ("peer", "forwarded", "person"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
@override_settings(TRUSTED_PROXIES=["10.0.0.0/8"])
def test_address_comes_from_the_proxy_and_nobody_else(peer, forwarded, person):
    assert proxies.client_address(peer, forwarded) == person


def test_the_browser_keeps_no_page_that_staff_saw(as_user, desk, client_ann):
    browser = as_user(desk)
    for path in ("/today/", client_ann.get_absolute_url(), "/clients/search/?q=ann", "/staff/", "/nowhere/"):
        assert "no-store" in browser.get(path)["Cache-Control"], path

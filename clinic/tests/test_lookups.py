"""Asking a relay whether it has a message: only a clear no may make the clinic send again."""

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from clinic import lookups, transports
from clinic.lookups import FileLookup, FolderLookup, HttpLookup, lookup_for
from clinic.sms_gateway import Gateway
from clinic.tests.test_letters import letter

ID = "<abc+1@clinic.test>"


@contextmanager
def search_page(status, body):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.asked.append((self.path, self.headers["Authorization"]))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


HAS = json.dumps([{"event": "delivered", "headers": {"message-id": "abc+1@clinic.test"}}])


@pytest.mark.parametrize(
    ("status", "body", "verdict", "away"),
    [
        (200, '{"found": true}', True, False),
        (200, '{"found": false}', False, False),
        (200, HAS, True, False),
        (200, f'{{"items": {HAS}}}', True, False),
        (200, "[]", False, False),
        (200, '{"messages": [], "total": 0}', False, False),
        (200, '[{"message-id": "another@clinic.test"}]', None, False),
        (200, '{"error": "no such key", "message-id": "abc+1@clinic.test"}', None, False),
        (200, "<html>Sign in</html>", None, False),
        (200, '"abc+1@clinic.test"', None, False),
        (404, "[]", None, False),
        (401, "[]", None, False),
        (302, "[]", None, False),
        (500, "[]", None, True),
        (429, "", None, True),
    ],
)
def test_what_an_answer_means(status, body, verdict, away):
    with search_page(status, body) as server:
        lookup = HttpLookup(f"http://127.0.0.1:{server.server_port}/m?id={{message_id}}", "Bearer secret")
        assert (lookup.find(ID, name=""), lookup.away) == (verdict, away)
    assert server.asked == [("/m?id=abc%2B1%40clinic.test", "Bearer secret")]


def test_a_relay_that_is_away_is_not_an_answer():
    lookup = HttpLookup("http://127.0.0.1:9/{message_id}", "")
    assert (lookup.find(ID, name=""), lookup.away) == (None, True)


def test_a_folder_of_what_a_relay_took(tmp_path):
    (tmp_path / "abc%2B1@clinic.test.eml").touch()
    lookup = FolderLookup(tmp_path)
    assert lookup.find(ID, name="") is True
    assert lookup.find("<other@clinic.test>", name="") is False
    gone = FolderLookup(tmp_path / "gone")
    assert (gone.find(ID, name=""), gone.away) == (None, True)


@pytest.fixture
def files(settings, tmp_path):
    settings.OUTBOX_DIR = tmp_path / "outbox"
    return FileLookup()


@pytest.mark.parametrize(("fence", "verdict"), [(True, True), (False, None)])
def test_a_letter_as_a_file_tells_itself(files, fence, verdict):
    transports.FileCarrier("eml").send(letter(name="one"), lambda: fence)
    assert files.find(ID, name="one") is verdict


def test_a_draft_was_never_sent_and_a_file_taken_away_is_unknown(files, settings):
    def killed():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transports.FileCarrier("eml").send(letter(name="one"), killed)
    assert files.find(ID, name="one") is False
    transports.FileCarrier("eml").send(letter(name="one"), lambda: True)
    (sent,) = Path(settings.OUTBOX_DIR).iterdir()
    sent.unlink()
    assert files.find(ID, name="one") is None


def test_a_worker_that_slept_between_fence_and_rename_sends_nothing_twice(files, settings):
    def sleeps():
        assert transports.FileCarrier("eml").send(letter(name="one"), lambda: True).code == 250
        return True

    report = transports.FileCarrier("eml").send(letter(name="one"), sleeps)
    assert report.verdict == transports.Verdict.UNREACHABLE
    assert len(list(Path(settings.OUTBOX_DIR).iterdir())) == 1


def test_whom_to_ask_follows_the_settings(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.SMS_GATEWAY = Gateway(url="https://gateway.example/")
    assert lookup_for("email") is lookup_for("sms") is None
    settings.RELAY_LOOKUP_URL = "file:///var/mail%20log"
    assert lookup_for("email").folder == Path("/var/mail log")
    settings.RELAY_LOOKUP_URL = "https://relay.example/?id={message_id}"
    assert isinstance(lookup_for("email"), HttpLookup)
    assert lookup_for("sms") is None
    settings.SMS_GATEWAY = None
    settings.RELAY_LOOKUP_URL = ""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert isinstance(lookup_for("email"), FileLookup)
    assert isinstance(lookup_for("sms"), lookups.FileLookup)

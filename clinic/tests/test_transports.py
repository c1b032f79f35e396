"""Carriers against a real SMTP server, a real gateway and the disk."""

import socket
import stat
from datetime import timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from aiosmtpd.controller import Controller

from clinic import audit, claims, delivery, outbox, transports
from clinic.sms_gateway import Gateway
from clinic.testing_server import free_port
from clinic.tests.test_letters import letter
from clinic.transports import FileCarrier, HttpSmsCarrier, SmtpCarrier, Verdict

yes = lambda: True  # noqa: E731
no = lambda: False  # noqa: E731


class Sink:
    """Takes mail; answers as told."""

    def __init__(self):
        self.mails, self.connections, self.rcpt, self.data = [], 0, "250 OK", "250 OK"

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server, session, envelope):
        if self.data == "drop":
            server.transport.abort()
            return "451 gone"
        if self.data.startswith("250"):
            self.mails.append(envelope)
        return self.data


@pytest.fixture
def sink(settings):
    handler = Sink()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(), server_hostname="sink.test")
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield handler
    controller.stop()


@pytest.fixture
def smtp(sink):
    carrier = SmtpCarrier()
    yield carrier
    carrier.close()


def test_smtp_sends_with_one_connection_for_a_batch(sink, smtp):
    reports = [smtp.send(letter(key=f"k:{n}", text=".dot\nline"), yes) for n in range(3)]
    assert [report.verdict for report in reports] == [Verdict.ACCEPTED] * 3
    assert sink.connections == 1
    assert b"X-Message-Key: k:2" in sink.mails[2].content
    assert b"\r\n.dot\r\n" in sink.mails[0].content


@pytest.mark.django_db
def test_rows_go_out_over_smtp_with_their_keys_and_ids(sink, settings, desk):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.MESSAGE_RENDERERS = {"staff.": "clinic.tests.test_delivery.render"}
    now = claims.database_now()
    rows = [
        outbox.schedule(
            key=f"k:{number}", kind="staff.notice", channel="email", due_at=now - timedelta(seconds=9 - number),
            not_after=now + timedelta(hours=1), by=audit.SYSTEM, now=now, user=desk,
        )
        for number in range(3)
    ]  # fmt: skip
    assert delivery.send_due(worker="w") == {"accepted": 3}
    sent = [message_from_bytes(mail.content, policy=policy.default) for mail in sink.mails]
    assert [mail["X-Message-Key"] for mail in sent] == ["k:0", "k:1", "k:2"]
    assert [mail["Message-ID"] for mail in sent] == [row.message_id for row in rows]
    assert {mail["To"] for mail in sent} == {desk.email}
    assert sink.connections == 1


def test_smtp_refused_by_the_fence_sends_nothing(sink, smtp):
    assert smtp.send(letter(), no).verdict == Verdict.TAKEN_BACK
    assert smtp.send(letter(key="k:2"), yes).verdict == Verdict.ACCEPTED
    assert [b"k:2" in mail.content for mail in sink.mails] == [True]


@pytest.mark.parametrize(
    ("at", "reply", "verdict"),
    [
        ("rcpt", "450 try later", Verdict.LATER),
        ("rcpt", "550 no such user", Verdict.REFUSED),
        ("data", "451 full", Verdict.LATER),
        ("data", "554 spam", Verdict.REFUSED),
        ("rcpt", "530 sign in first", Verdict.LOCKED_OUT),
        ("data", "drop", Verdict.UNKNOWN),
    ],
)
def test_smtp_reports_what_the_relay_did(sink, smtp, at, reply, verdict):
    setattr(sink, at, reply)
    assert smtp.send(letter(), yes).verdict == verdict
    setattr(sink, at, "250 OK")
    assert smtp.send(letter(), yes).verdict == Verdict.ACCEPTED  # the next letter is none the worse


@pytest.mark.parametrize(("at", "reply"), [("rcpt", "450 later"), ("rcpt", "550 nobody"), ("data", "451 full")])
def test_smtp_keeps_its_connection_over_refusals(sink, smtp, at, reply):
    for number in range(6):
        setattr(sink, at, reply if number % 2 else "250 OK")
        refused = smtp.send(letter(key=f"k:{number}"), yes).verdict != Verdict.ACCEPTED
        assert refused == bool(number % 2)
    assert (sink.connections, len(sink.mails)) == (1, 3)


@pytest.mark.parametrize("at", ["rcpt", "data"])
def test_smtp_told_to_go_away_comes_back_on_a_new_connection(sink, smtp, at):
    setattr(sink, at, "421 closing")
    assert smtp.send(letter(), yes).verdict == Verdict.LATER
    setattr(sink, at, "250 OK")
    assert smtp.send(letter(key="k:2"), yes).verdict == Verdict.ACCEPTED
    assert sink.connections == 2


def test_smtp_reconnects_when_the_kept_connection_died(sink, smtp):
    smtp.send(letter(), yes)
    smtp._server.sock.shutdown(socket.SHUT_RDWR)
    assert smtp.send(letter(key="k:2"), yes).verdict == Verdict.ACCEPTED
    assert len(sink.mails) == 2


def test_smtp_with_nobody_there_is_unreachable(settings, sink):
    settings.EMAIL_PORT = 9
    asked = []
    assert SmtpCarrier().send(letter(), lambda: asked.append(1)).verdict == Verdict.UNREACHABLE
    assert not asked


def test_smtp_hung_relay_is_given_up(settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.OUTBOX = settings.OUTBOX | {"connect": 0.2}
        assert SmtpCarrier().send(letter(), yes).verdict == Verdict.UNREACHABLE


def test_a_fence_that_fails_leaves_no_mail(sink, smtp):
    def fails():
        raise RuntimeError("the database is away")

    with pytest.raises(RuntimeError):
        smtp.send(letter(), fails)
    assert not sink.mails


@pytest.fixture
def folder(settings, tmp_path):
    settings.OUTBOX_DIR = tmp_path / "outbox"
    return settings.OUTBOX_DIR


def test_files_appear_whole_and_private(folder):
    assert FileCarrier("eml").send(letter(name="one"), yes).verdict == Verdict.ACCEPTED
    (file,) = folder.iterdir()
    assert file.name.endswith("-one.eml")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert b"X-Message-Key: k:1" in file.read_bytes()


def test_files_refused_by_the_fence_leave_nothing(folder):
    assert FileCarrier("txt").send(letter(to="+15550100301"), no).verdict == Verdict.TAKEN_BACK
    assert not list(folder.iterdir())


def test_files_that_cannot_be_written_are_unreachable(folder):
    Path(folder).write_text("a file where the folder should be")
    assert FileCarrier("eml").send(letter(), yes).verdict == Verdict.UNREACHABLE


@pytest.fixture
def gateway(settings):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            server.bodies.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(server.answer)
            self.end_headers()
            self.wfile.write(server.says)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.bodies, server.answer, server.says = [], 202, b""
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/send?a=1"
    server.gateway = Gateway(address, headers={"Authorization": "Bearer secret"}, bad_number="code=7")
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (202, Verdict.ACCEPTED), (400, Verdict.REFUSED), (401, Verdict.LOCKED_OUT), (429, Verdict.LATER),
        (500, Verdict.UNKNOWN),
    ],
)  # fmt: skip
def test_gateway_gets_the_text_with_its_key(gateway, answer, verdict):
    gateway.answer = answer
    assert HttpSmsCarrier(gateway.gateway).send(letter(to="+15550100301", text="hello"), yes).verdict == verdict
    headers, body = gateway.bodies[0]
    assert headers["Idempotency-Key"] == "k:1"
    assert headers["Authorization"] == "Bearer secret"
    assert b'"text": "hello"' in body


def test_gateway_that_lies_is_not_believed(gateway):
    gateway.answer, gateway.says = 200, b'{"error": {"code": 12, "message": "no credit for +15550100301"}}'
    report = HttpSmsCarrier(gateway.gateway).send(letter(to="+15550100301"), yes)
    assert report.verdict == Verdict.LATER
    assert "credit" not in report.note
    gateway.says = b'{"id": "SM1"}'
    taken = HttpSmsCarrier(gateway.gateway).send(letter(to="+15550100301"), yes)
    assert (taken.verdict, taken.provider_id) == (Verdict.ACCEPTED, "SM1")


def test_gateway_names_a_number_that_is_none(gateway):
    gateway.answer, gateway.says = 400, b'{"code": 7}'
    report = HttpSmsCarrier(gateway.gateway).send(letter(to="+15550100301"), yes)
    assert (report.verdict, report.bad_address) == (Verdict.REFUSED, True)


@pytest.mark.parametrize(
    ("reply", "bad"),
    [
        ("550 5.1.1 no such user", True), ("550 no such user", True), ("553 5.1.3 odd", True),
        ("550 5.7.1 we do not like you", False), ("552 5.2.2 mailbox full", False), ("450 later", False),
    ],
)  # fmt: skip
def test_smtp_tells_a_bad_address_from_another_refusal(sink, smtp, reply, bad):
    sink.rcpt = reply
    assert smtp.send(letter(), yes).bad_address is bad


def test_gateway_that_is_away_is_unreachable():
    assert HttpSmsCarrier(Gateway("http://127.0.0.1:9/")).send(letter(), yes).verdict == Verdict.UNREACHABLE


def test_the_carrier_follows_the_settings(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert isinstance(transports.email_carrier(), SmtpCarrier)
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert isinstance(transports.email_carrier(), FileCarrier)
    settings.SMS_GATEWAY = None
    assert isinstance(transports.sms_carrier(), FileCarrier)

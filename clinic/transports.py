"""The only file that talks to a mail or SMS provider.

A carrier takes a letter as far as the point of no return, asks the `fence` whether the message is still its to send,
and only then lets the content go. Its report says how far it got: that decides whether a second try is safe.
"""

from __future__ import annotations

import http.client
import os
import re
import smtplib
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from clinic.letters import Letter, scrub, to_html
from clinic.sms_gateway import LONGEST_ANSWER, Gateway, Said

Fence = Callable[[], bool]
_NOT_THE_ADDRESS = re.compile(r"\b5\.(7\.\d+|2\.2|3\.\d+|4\.\d+)\b")


class Verdict(StrEnum):
    """What became of one try."""

    ACCEPTED = "accepted"  # the provider has it
    REFUSED = "refused"  # it will never take it
    LATER = "later"  # not taken, may be tried again
    UNREACHABLE = "unreachable"  # nobody there: not the message's fault
    LOCKED_OUT = "locked_out"  # our own login is wrong: not the message's fault either
    TAKEN_BACK = "taken_back"  # the fence refused: nothing was sent
    UNKNOWN = "unknown"  # the content went out and no answer came back


@dataclass(frozen=True, slots=True)
class Report:
    verdict: Verdict
    phase: str
    code: int | None = None
    note: str = ""
    bad_address: bool = False  # nothing will ever arrive there
    provider_id: str = ""


class Carrier(Protocol):
    def send(self, letter: Letter, fence: Fence) -> Report: ...
    def close(self) -> None: ...


class SmtpCarrier:
    """One connection, kept for a batch."""

    def __init__(self) -> None:
        self._server: smtplib.SMTP | None = None

    def send(self, letter: Letter, fence: Fence) -> Report:
        kept = self._server is not None
        try:
            server = self._connected()
        except smtplib.SMTPResponseException as error:
            self.close()
            return _not_reached("connect", error.smtp_code, _said(error.smtp_error))
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return _not_reached("connect", None, type(error).__name__)
        try:
            refusal = self._envelope(server, letter)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            # A connection kept from the letter before may have been closed meanwhile; nothing was handed over yet.
            return self.send(letter, fence) if kept else _not_reached("envelope", None, type(error).__name__)
        if refusal is None:
            return self._content(server, letter, fence)
        if refusal.code == 421 or not self._start_afresh(server):
            self.close()
        return self.send(letter, fence) if kept and refusal.code == 421 else refusal

    def close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            try:
                server.quit()
            except (OSError, smtplib.SMTPException):
                server.close()

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            numbers = settings.OUTBOX
            secure = ssl.create_default_context()
            if settings.EMAIL_USE_SSL:
                server: smtplib.SMTP = smtplib.SMTP_SSL(timeout=numbers["connect"], context=secure)
            else:
                server = smtplib.SMTP(timeout=numbers["connect"])
            self._server = server
            server._host = settings.EMAIL_HOST  # type: ignore[attr-defined]  # connect() leaves it out; TLS checks it
            code, said = server.connect(settings.EMAIL_HOST, settings.EMAIL_PORT)
            if code != 220:
                raise smtplib.SMTPConnectError(code, said)
            _wait(server, numbers["command"])
            server.ehlo_or_helo_if_needed()
            if settings.EMAIL_USE_TLS:
                server.starttls(context=secure)
                server.ehlo()
            if settings.EMAIL_HOST_USER:
                server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        return self._server

    def _envelope(self, server: smtplib.SMTP, letter: Letter) -> Report | None:
        """MAIL, RCPT, DATA. None when the relay waits for the content."""
        _wait(server, settings.OUTBOX["command"])
        code, said = server.mail(letter.sender_address)
        if code != 250:
            return _refused("mail", code, said)
        code, said = server.rcpt(letter.to)
        if code not in (250, 251):
            return _refused("rcpt", code, said)
        code, said = server.docmd("DATA")
        return None if code == 354 else _refused("data", code, said)

    def _content(self, server: smtplib.SMTP, letter: Letter, fence: Fence) -> Report:
        try:
            content = re.sub(rb"(?m)^\.", b"..", letter.as_bytes()) + b".\r\n"
            ours = fence()
        except BaseException:
            self._hang_up()
            raise
        if not ours:
            self._hang_up()
            return Report(Verdict.TAKEN_BACK, "fence")
        try:
            server.send(content)
            _wait(server, settings.OUTBOX["reply"])
            code, said = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            return Report(Verdict.UNKNOWN, "body", note=type(error).__name__)
        if code == 250:
            return Report(Verdict.ACCEPTED, "done", code)
        if code == 421 or not 400 <= code < 600:
            self._hang_up()
        return _refused("body", code, said) if 400 <= code < 600 else Report(Verdict.UNKNOWN, "body", code)

    def _start_afresh(self, server: smtplib.SMTP) -> bool:
        """After a refusal the connection serves the next letter: a new one for each would be what relays slow down."""
        try:
            return bool(server.rset()[0] == 250)
        except (OSError, smtplib.SMTPException):
            return False

    def _hang_up(self) -> None:
        """Close without QUIT: after DATA a polite end would be read as content."""
        server, self._server = self._server, None
        if server is not None:
            server.close()


class FileCarrier:
    """No provider: each letter becomes a file that appears whole or not at all.

    It is written as a draft and renamed past the fence, so that afterwards the folder tells what was sent: a draft that
    is still there never was. The next try takes old drafts away first: whoever still means to rename one fails.
    """

    def __init__(self, ending: str) -> None:
        self.ending = ending

    def send(self, letter: Letter, fence: Fence) -> Report:
        content = letter.as_bytes() if self.ending == "eml" else _text_message(letter)
        folder = Path(settings.OUTBOX_DIR)
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"
        try:
            draft = _draft(letter.name, content)
        except OSError as error:
            return _not_reached("open", None, type(error).__name__)
        if not fence():
            draft.unlink(missing_ok=True)
            return Report(Verdict.TAKEN_BACK, "fence")
        try:
            draft.rename(folder / f"{stamp}-{letter.name}.{self.ending}")
        except OSError as error:  # a rename happens or not: it is still a draft, or somebody else's by now
            return _not_reached("rename", None, type(error).__name__)
        return Report(Verdict.ACCEPTED, "done", 250)

    def close(self) -> None:
        """Nothing is kept open."""


def drafts_folder() -> Path:
    """Beside the outbox, so that whoever empties that finds whole messages only."""
    return Path(f"{settings.OUTBOX_DIR}-drafts")


def _draft(name: str, content: bytes) -> Path:
    folder = drafts_folder()
    for each in (folder, Path(settings.OUTBOX_DIR)):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    for stale in folder.glob(f"{name}-*.tmp"):
        stale.unlink(missing_ok=True)
    handle, draft = tempfile.mkstemp(dir=folder, prefix=f"{name}-", suffix=".tmp")  # mkstemp gives 0600
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return Path(draft)


class HttpSmsCarrier:
    """The gateway of the settings (clinic.sms_gateway). The key in each call lets it drop a repetition."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway

    def send(self, letter: Letter, fence: Fence) -> Report:
        address, headers, body = self.gateway.request(to=letter.to, text=letter.text, key=letter.key)
        parts = urlsplit(address)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        line = kind(parts.hostname or "", parts.port, timeout=settings.OUTBOX["connect"])
        try:
            line.connect()
        except OSError as error:
            return _not_reached("connect", None, type(error).__name__)
        try:
            if not fence():
                return Report(Verdict.TAKEN_BACK, "fence")
            return self._call(line, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), headers, body)
        finally:
            line.close()

    def _call(self, line: http.client.HTTPConnection, path: str, headers: dict[str, str], body: bytes) -> Report:
        try:
            line.sock.settimeout(settings.OUTBOX["command"])
            line.request(self.gateway.method, path, body or None, headers)
            response = line.getresponse()
            status, said = response.status, response.read(LONGEST_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            return Report(Verdict.UNKNOWN, "body", note=type(error).__name__)
        answer = self.gateway.read(status, said)
        phase = "done" if answer.said == Said.TAKEN else "body"
        note = "" if answer.said == Said.TAKEN else scrub(f"{answer.said} {answer.code}".strip())
        bad = answer.said == Said.BAD_NUMBER
        return Report(_VERDICTS[answer.said], phase, status, note, bad_address=bad, provider_id=answer.provider_id)

    def close(self) -> None:
        """Nothing is kept open."""


_VERDICTS = {
    Said.TAKEN: Verdict.ACCEPTED, Said.BAD_NUMBER: Verdict.REFUSED, Said.REFUSED: Verdict.REFUSED,
    Said.LATER: Verdict.LATER, Said.LOCKED_OUT: Verdict.LOCKED_OUT, Said.UNCLEAR: Verdict.UNKNOWN,
}  # fmt: skip


class DjangoCarrier:
    """Any other e-mail backend of Django's: the console while developing, memory in tests."""

    def send(self, letter: Letter, fence: Fence) -> Report:
        headers = {"Message-ID": letter.message_id, "X-Message-Key": letter.key, **letter.list_headers()}
        letter.as_bytes()  # refuses what the others would refuse
        mail = EmailMultiAlternatives(" ".join(letter.subject.split()), letter.text, letter.sender, [letter.to])
        mail.extra_headers = headers
        mail.attach_alternative(letter.html or to_html(letter.text, title=letter.subject), "text/html")
        if not fence():
            return Report(Verdict.TAKEN_BACK, "fence")
        get_connection().send_messages([mail])
        return Report(Verdict.ACCEPTED, "done", 250)

    def close(self) -> None:
        """Nothing is kept open."""


class Carriers:
    """The carrier of each channel for one batch, opened when first needed and closed together."""

    def __init__(self) -> None:
        self._open: dict[str, Carrier] = {}

    def __enter__(self) -> Carriers:
        return self

    def __exit__(self, *exc: object) -> None:
        for carrier in self._open.values():
            carrier.close()

    def of(self, channel: str) -> Carrier:
        if channel not in self._open:
            self._open[channel] = sms_carrier() if channel == "sms" else email_carrier()
        return self._open[channel]


def email_carrier() -> Carrier:
    """The carrier that EMAIL_URL asks for."""
    backend = settings.EMAIL_BACKEND
    if backend == "django.core.mail.backends.smtp.EmailBackend":
        return SmtpCarrier()
    if backend == "django.core.mail.backends.filebased.EmailBackend":
        return FileCarrier("eml")
    return DjangoCarrier()


def sms_carrier() -> Carrier:
    """The gateway, or files while there is none."""
    return HttpSmsCarrier(settings.SMS_GATEWAY) if settings.SMS_GATEWAY else FileCarrier("txt")


def _text_message(letter: Letter) -> bytes:
    head = f"To: {letter.to}\nX-Message-Key: {letter.key}\nMessage-ID: {letter.message_id}\n\n"
    return (head + letter.text + "\n").encode()


def _wait(server: smtplib.SMTP, seconds: float) -> None:
    if server.sock is not None:
        server.sock.settimeout(seconds)


def _said(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply


def _refused(phase: str, code: int, said: bytes) -> Report:
    if code in (530, 535):
        return Report(Verdict.LOCKED_OUT, phase, code, scrub(_said(said)))
    verdict = Verdict.REFUSED if 500 <= code < 600 else Verdict.LATER
    note = scrub(_said(said))
    # A refusal of our own standing (5.7) or of a full box (5.2.2) says nothing about the address.
    bad = phase == "rcpt" and code in (550, 551, 553, 556) and not _NOT_THE_ADDRESS.search(note)
    return Report(verdict, phase, code, note, bad_address=bad)


def _not_reached(phase: str, code: int | None, note: str) -> Report:
    verdict = Verdict.LOCKED_OUT if code in (530, 535) else Verdict.UNREACHABLE
    return Report(verdict, phase, code, scrub(note))

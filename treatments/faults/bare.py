"""The yardstick: a loop that builds a mail of the same size with the standard library and sends it, nothing else.

    python -m treatments.faults.bare PORT COUNT SAMPLE

One connection, kept. Without Django, without a database.
"""

from __future__ import annotations

import smtplib
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path


def build(sample: EmailMessage, text: str, html: str, name: str) -> EmailMessage:
    """A mail that says what the sample says, under a name of its own."""
    mail = EmailMessage()
    for header in ("Subject", "From", "To"):
        mail[header] = str(sample[header])
    mail["Message-ID"] = make_msgid(domain="bare.example")
    mail["X-Message-Key"] = name
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    return mail


def send(port: int, count: int, path: Path) -> None:
    sample = message_from_bytes(path.read_bytes(), policy=policy.default)
    plain, rich = sample.get_body(("plain",)), sample.get_body(("html",))
    assert plain is not None and rich is not None
    text, html = plain.get_content(), rich.get_content()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for number in range(count):
            server.send_message(build(sample, text, html, f"bare:{number}"))


if __name__ == "__main__":
    send(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))

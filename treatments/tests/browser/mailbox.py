"""A mail server that keeps what it is given, for reading as a person would."""

import email
import email.policy
import re
import threading

from aiosmtpd.controller import Controller

from clinic.testing_server import free_port


class Mailbox:
    """Everybody's inbox. `link_to` waits for a mail and returns the link in it."""

    def __init__(self):
        self.letters = []
        self._arrived = threading.Condition()
        self._server = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        with self._arrived:
            self.letters.append((envelope.rcpt_tos[0], letter))
            self._arrived.notify_all()
        return "250 Accepted"

    def __enter__(self):
        self._server.start()
        return self

    def __exit__(self, *error):
        self._server.stop()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self._server.port}"

    def wait_for(self, address, pattern, *, seconds=25):
        """The first match of `pattern` in a mail to this address; fails with the subjects that did arrive."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._find(address, pattern), timeout=seconds)
            found = self._find(address, pattern)
        assert found, f"no mail to {address} with {pattern!r}; arrived: {self.subjects()}"
        return found

    def subjects(self):
        return [(to, str(letter["Subject"])) for to, letter in self.letters]

    def _find(self, address, pattern):
        for to, letter in self.letters:
            if to == address and (found := re.search(pattern, text_of(letter))):
                return found.group(0)
        return None


def text_of(letter):
    """Subject and plain text of a mail."""
    return f"{letter['Subject']}\n{letter.get_body(('plain',)).get_content()}"

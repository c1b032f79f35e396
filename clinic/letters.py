"""A message as it crosses the wire: one letter, safe headers, plain text and HTML. Touches no database.

Whatever a person typed (a name, an address, a wording) may hold line breaks; in a header they would begin a new one.
Addresses with them are refused, everything else has them turned into spaces.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import cached_property

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.html import escape
from django.utils.translation import get_language

_PHONE = re.compile(r"\+?[0-9]{6,15}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")
_PERSONAL = re.compile(r"\S+@\S+|\+?[0-9][0-9 ()-]{5,}[0-9]")
_WIRE = policy.SMTP.clone(cte_type="7bit")


class Unsendable(ValueError):
    """This message can never go out as it is; the words say why, without its content."""


class BadAddress(Unsendable):
    """Nobody can be written to there."""


class TooLong(Unsendable):
    """A text that no telephone would put together."""


@dataclass(frozen=True)
class Letter:
    """Everything a carrier needs to know of one message, and nothing of whose it is."""

    key: str
    message_id: str
    to: str
    subject: str
    text: str
    html: str = ""
    sender: str = ""
    sender_name: str = ""
    reply_to: str = ""
    unsubscribe: str = ""
    unsubscribe_link: str = ""
    date: datetime | None = None
    name: str = field(default="message", metadata={"about": "file name, without ending"})

    @cached_property
    def sha256(self) -> str:
        """Proof of what was said, without keeping it."""
        return hashlib.sha256("\x1f".join([self.subject, self.text, self.html]).encode()).hexdigest()

    @property
    def sender_address(self) -> str:
        return email_address(parseaddr(self.sender)[1])

    def list_headers(self) -> dict[str, str]:
        """What mail programs make their own "unsubscribe" of; one click only over https, as RFC 8058 has it."""
        ways = [f"<{one_line(self.unsubscribe_link)}>"] if self.unsubscribe_link else []
        if self.unsubscribe:
            ways.append(f"<mailto:{email_address(self.unsubscribe)}?subject=unsubscribe>")
        headers = {"List-Unsubscribe": ", ".join(ways)} if ways else {}
        if self.unsubscribe_link.startswith("https://"):
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return headers

    def as_bytes(self) -> bytes:
        """The mail as it is sent: 7-bit, CRLF, plain text first, HTML as the alternative."""
        mail = EmailMessage(policy=_WIRE)
        mail["Subject"] = one_line(self.subject)
        mail["From"] = _header_address(self.sender_address, self.sender_name or parseaddr(self.sender)[0])
        mail["To"] = _header_address(self.to)
        if self.reply_to:
            mail["Reply-To"] = _header_address(email_address(self.reply_to), self.sender_name)
        if self.date:
            mail["Date"] = format_datetime(self.date)
        mail["Message-ID"] = one_line(self.message_id)
        mail["X-Message-Key"] = one_line(self.key)
        mail["Auto-Submitted"] = "auto-generated"
        for name, value in self.list_headers().items():
            mail[name] = value
        mail.set_content(self.text)
        mail.add_alternative(self.html or to_html(self.text, title=self.subject), subtype="html")
        return mail.as_bytes()


def one_line(text: str) -> str:
    """`text` with line breaks and control characters turned into single spaces."""
    return " ".join(_CONTROL.sub(" ", text).split())


def email_address(raw: str) -> str:
    """The address in the form mail servers take (domain in ASCII); BadAddress when it is none."""
    try:
        validate_email(raw)
        local, _, domain = raw.rpartition("@")
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except (ValidationError, UnicodeError):
        raise BadAddress("the e-mail address cannot be used") from None


def phone_number(raw: str) -> str:
    """The number with nothing but a + and digits; BadAddress when it is none."""
    number = re.sub(r"[ ()./-]", "", raw)
    if not _PHONE.fullmatch(number):
        raise BadAddress("the telephone number cannot be used")
    return number


def scrub(reply: str) -> str:
    """What a provider said, without addresses and numbers, short enough for a log line."""
    return _PERSONAL.sub("…", one_line(reply))[:200]


def with_last_line(text: str, html: str, words: str, link: str) -> tuple[str, str]:
    """Both forms of a mail with one more line at their end, set apart, that leads somewhere."""
    at = html.rfind("</body>")
    line = f'<hr><p><small>{escape(words)}: <a href="{escape(link)}">{escape(link)}</a></small></p>'
    return f"{text.rstrip()}\n\n--\n{words}: {link}\n", html[:at] + line + html[at:] if at >= 0 else html + line


def to_html(text: str, *, title: str = "") -> str:
    """Plain wording as simple HTML: paragraphs, lists from "- " lines, links. Everything else is escaped."""
    blocks = [_block(block.splitlines()) for block in text.strip().split("\n\n") if block.strip()]
    head = f'<!doctype html><html lang="{get_language() or "en"}"><head><meta charset="utf-8">'
    head += f"<title>{escape(one_line(title))}</title></head>"
    return head + "<body>" + "\n".join(blocks) + "</body></html>\n"


def _block(lines: list[str]) -> str:
    parts: list[str] = []
    words: list[str] = []
    items: list[str] = []
    for line in [*lines, ""]:
        if items and not line.startswith("- "):
            parts.append("<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>")
            items = []
        if line.startswith("- "):
            if words:
                parts.append("<p>" + "<br>".join(words) + "</p>")
                words = []
            items.append(_with_links(line[2:]))
        elif line.strip():
            words.append(_with_links(line))
    if words:
        parts.append("<p>" + "<br>".join(words) + "</p>")
    return "".join(parts)


def _with_links(line: str) -> str:
    pieces, reached = [], 0
    for found in _LINK.finditer(line):
        address = escape(found.group())
        pieces += [escape(line[reached : found.start()]), f'<a href="{address}">{address}</a>']
        reached = found.end()
    return "".join([*pieces, escape(line[reached:])])


def _header_address(address: str, name: str = "") -> Address:
    return Address(display_name=one_line(name), addr_spec=address)

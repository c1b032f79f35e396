"""Asking a relay whether it has a message: the only way to know when an answer was lost. Touches no database.

An answer is True (it went out), False (it never did) or None (nobody can tell). False makes the clinic send again, so
only a clear "no" counts: an error page, a missing page or an answer in another form is None.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import quote, unquote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings

from clinic import transports

#: Where the common providers put what they found.
LISTS = ("messages", "items", "events", "data", "results", "Messages")
LONGEST_ANSWER = 1_000_000


class Lookup(Protocol):
    """`away`: it did not answer, so that the rest of a batch need not wait for it too."""

    away: bool

    def find(self, message_id: str, *, name: str) -> bool | None: ...


class FileLookup:
    """Where letters are files: what stands in the folder was sent, what is still a draft was not."""

    def __init__(self) -> None:
        self.away = False

    def find(self, message_id: str, *, name: str) -> bool | None:
        if any(Path(settings.OUTBOX_DIR).glob(f"*-{name}.*")):
            return True
        # Neither sent nor a draft: somebody has taken the file away.
        return False if any(transports.drafts_folder().glob(f"{name}-*")) else None


class FolderLookup:
    """A relay that keeps what it took as files named by Message-ID (without brackets, percent-encoded)."""

    def __init__(self, folder: Path) -> None:
        self.away, self.folder = False, folder

    def find(self, message_id: str, *, name: str) -> bool | None:
        if not self.folder.is_dir():
            self.away = True
            return None
        file = quote(message_id.strip("<>"), safe="@")
        return (self.folder / file).exists() or (self.folder / f"{file}.eml").exists()


class HttpLookup:
    """A relay's search page: a GET of the address with {message_id} in it, which answers 200 with JSON.

    {"found": true or false}, a list, or an object with one of the usual lists. An empty list is a "no"; one that names
    the Message-ID is a "yes".
    """

    def __init__(self, address: str, token: str) -> None:
        self.away, self.address, self.token = False, address, token

    def find(self, message_id: str, *, name: str) -> bool | None:
        bare = message_id.strip("<>")
        headers = {"Accept": "application/json"} | ({"Authorization": self.token} if self.token else {})
        asked = Request(self.address.replace("{message_id}", quote(bare, safe="")), headers=headers)  # noqa: S310
        try:
            with _OPENER.open(asked, timeout=settings.OUTBOX["lookup"]) as answer:
                return _verdict(answer.read(LONGEST_ANSWER), bare) if answer.status == 200 else None
        except HTTPError as error:
            error.close()
            self.away = error.code >= 500 or error.code == 429
            return None
        except OSError:
            self.away = True
            return None
        except ValueError:
            return None


class _NoRedirects(HTTPRedirectHandler):
    """A search page that sends us elsewhere is not the one the token is for."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_OPENER = build_opener(_NoRedirects)


def _verdict(body: bytes, message_id: str) -> bool | None:
    answer = json.loads(body)
    if isinstance(answer, dict):
        if isinstance(answer.get("found"), bool):
            return bool(answer["found"])
        answer = next((answer[name] for name in LISTS if isinstance(answer.get(name), list)), None)
    if not isinstance(answer, list):
        return None
    if not answer:
        return False
    return True if message_id in json.dumps(answer, ensure_ascii=False) else None


def lookup_for(channel: str) -> Lookup | None:
    """Whom to ask about a message of this channel; None when there is nobody."""
    address = settings.RELAY_LOOKUP_URL if channel == "email" else ""
    if address.startswith("file:"):
        return FolderLookup(Path(unquote(urlsplit(address).path)))
    if address:
        return HttpLookup(address, settings.RELAY_LOOKUP_TOKEN)
    carrier = transports.email_carrier() if channel == "email" else transports.sms_carrier()
    return FileLookup() if isinstance(carrier, transports.FileCarrier) else None

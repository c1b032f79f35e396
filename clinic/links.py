"""Secret links for people without an account.

A token is HMAC-SHA256 over a random 256-bit nonce with a key derived from the server's secret. The database keeps the
nonce and SHA-256(token): a stolen dump holds no working link, and a message rendered again carries the same link.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import string
from urllib.parse import urljoin

from django.conf import settings


def new_nonce() -> str:
    """64 hex digits (256 random bits)."""
    return secrets.token_hex(32)


def token(purpose: str, nonce: str) -> str:
    """The secret part of a link: 43 URL-safe characters, the same for the same purpose and nonce."""
    key = hashlib.sha256(b"clinic.links|" + settings.SECRET_KEY.encode()).digest()
    mac = hmac.new(key, f"{purpose}|{nonce}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


_LETTERS = string.digits + string.ascii_letters
SHORT = 11  # letters: 65 bits


def short_token(purpose: str, nonce: str) -> str:
    """A secret short enough for a text message: eleven letters and digits, the same for the same purpose and nonce."""
    number = int.from_bytes(base64.urlsafe_b64decode(token(purpose, nonce) + "=")) % len(_LETTERS) ** SHORT
    letters = []
    for _ in range(SHORT):
        number, at = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[at])
    return "".join(letters)


def digest(secret: str) -> str:
    """What is stored and looked up: SHA-256 of the token, 64 hex digits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def absolute(path: str) -> str:
    """A full link on the configured site address; never on the Host header a request came with."""
    return urljoin(settings.SITE_ADDRESS.rstrip("/") + "/", path.lstrip("/"))

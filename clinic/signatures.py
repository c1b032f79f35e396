"""Proof that a provider's call is the provider's: HMAC over what was sent. Pure.

Ours, for any provider or script: `X-Timestamp` (seconds) and `X-Signature`, hex HMAC-SHA256 over "timestamp.body" with
a secret from the settings. Twilio's: base64 HMAC-SHA1 over the full address and the sorted fields, as it documents.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence

TOLERANCE = 300  # seconds between the provider's clock and ours


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """What a caller puts into X-Signature."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_ours(*, secrets: Iterable[str], timestamp: str, signature: str, body: bytes, now: float) -> bool:
    """Signed with one of the secrets, and not long ago."""
    if not timestamp.isascii() or not timestamp.isdigit() or abs(now - int(timestamp[:12])) > TOLERANCE:
        return False
    given = signature.removeprefix("sha256=").strip().lower().encode("utf-8", "replace")
    # Every secret is tried, so that the time taken tells nothing.
    matches = [hmac.compare_digest(sign(secret, timestamp, body).encode(), given) for secret in secrets if secret]
    return any(matches)


def twilio(token: str, address: str, fields: Mapping[str, Sequence[str]]) -> str:
    """What Twilio puts into X-Twilio-Signature."""
    said = address + "".join(name + value for name in sorted(fields) for value in sorted(set(fields[name])))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()


def is_twilios(*, token: str, address: str, fields: Mapping[str, Sequence[str]], signature: str) -> bool:
    """Signed by Twilio for this very address."""
    given = signature.encode("utf-8", "replace")
    return bool(token) and hmac.compare_digest(twilio(token, address, fields).encode(), given)

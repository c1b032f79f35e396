"""What the settings need from outside: keys on disk, and the refusal to start half-configured.

Standard library, Django's exception and cryptography only: this runs before the settings exist.
"""

import json
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from clinic.sms_gateway import Gateway, twilio

#: Stands in .env.example; a server started with it would share its secret with everyone who read the file.
EXAMPLE_VALUE = "change-me"
MIN_SECRET_LENGTH = 50


def refuse(name: str, why: str) -> ImproperlyConfigured:
    """The one form of "I will not start": the setting first, so the operator knows where to look."""
    return ImproperlyConfigured(f"{name}: {why}")


def read_key(path: Path) -> str:
    """The key kept in `path`, or an empty string when there is none."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def keep_key(path: Path, make: Callable[[], str]) -> str:
    """Read the key in `path`; the first caller makes it. Safe when several processes start at once."""
    if existing := read_key(path):
        return existing
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent)  # mkstemp gives 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(make() + "\n")
        # A hard link either creates the whole file or fails: a second process can never read half a key.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
    return read_key(path)


def new_secret() -> str:
    """A fresh signing key."""
    return secrets.token_urlsafe(64)


def new_field_key() -> str:
    """A fresh key for encrypted columns."""
    return Fernet.generate_key().decode("ascii")


def check_secret(secret: str) -> None:
    """Refuse a signing key that is missing, short or the example's."""
    if not secret:
        raise refuse("CLINIC_SECRET_KEY", "is not set; production needs its own secret key.")
    if EXAMPLE_VALUE in secret or "insecure" in secret or len(secret) < MIN_SECRET_LENGTH or len(set(secret)) < 10:
        raise refuse(
            "CLINIC_SECRET_KEY", f"is a default or too weak; it needs {MIN_SECRET_LENGTH} random characters or more."
        )


def check_field_keys(keys: list[str]) -> None:
    """Refuse to run without a usable key for encrypted columns: clinical text would be unreadable or in clear."""
    if not keys:
        raise refuse("CLINIC_FIELD_KEYS", "is not set; without an encryption key no clinical text can be kept.")
    for key in keys:
        try:
            Fernet(key.encode("ascii", "replace"))
        except ValueError:
            raise refuse("CLINIC_FIELD_KEYS", "holds something that is not a Fernet key.") from None


def check_site(address: str, hosts: list[str]) -> None:
    """Refuse an unknown site address (links in mails come from it) or a wildcard host."""
    parts = urlsplit(address)
    if not parts.hostname:
        raise refuse(
            "CLINIC_SITE_ADDRESS", "is not set; it is the https address clients see, like https://clinic.example."
        )
    if parts.scheme != "https":
        raise refuse("CLINIC_SITE_ADDRESS", "must begin with https:// in production.")
    if not hosts or any(host.strip() in {"*", "."} for host in hosts):
        raise refuse("CLINIC_ALLOWED_HOSTS", "must name the hosts this clinic answers for; * is not a name.")


#: How the outbox waits; seconds where nothing else is said. Why these: docs/decisions/the-outbox.md.
OUTBOX_NUMBERS: dict[str, Any] = {
    "connect": 15.0,  # until the relay greets
    "command": 60.0,  # for each answer before the content
    "reply": 300.0,  # for the answer to the content: giving up early is what makes copies
    "lease": 900.0,  # how long a worker may hold a row
    "grace": 600.0,  # before asking whether an unknown message arrived
    "lookup": 10.0,  # for the relay's answer to that
    "lookup_patience": 1800.0,  # while it does not answer
    "backoff": [60.0 * minutes for minutes in (1, 5, 15, 60, 120, 240)],
    "unreachable": [30.0, 60.0, 120.0, 300.0],
    "max_attempts": 8,
    "breaker_after": 5,  # failures in a row
    "breaker_first": 30.0,
    "breaker_longest": 300.0,
    "hands": 3,  # how many letters a process may have under way at once
    "send": 2.0,
    "sweep": 30.0,
    "reconcile": 60.0,
    "hourly": 3600.0,
}
# Names from before there were so many.
_OUTBOX_NAMES = {
    "connect": "CLINIC_EMAIL_TIMEOUT", "command": "CLINIC_EMAIL_COMMAND_TIMEOUT", "reply": "CLINIC_EMAIL_REPLY_TIMEOUT",
}  # fmt: skip


def sms_gateway(env: Any, *, site: str) -> Gateway | None:
    """The text gateway of the environment: Twilio, any that takes HTTP, or none."""
    if account := env.str("CLINIC_TWILIO_ACCOUNT", default=""):
        token, sender = env.str("CLINIC_TWILIO_TOKEN", default=""), env.str("CLINIC_TWILIO_FROM", default="")
        if not token or not sender:
            raise refuse("CLINIC_TWILIO_TOKEN", "and CLINIC_TWILIO_FROM are needed beside CLINIC_TWILIO_ACCOUNT.")
        return twilio(account=account, token=token, sender=sender, callback=f"{site}/hooks/twilio/receipt/")
    url = env.str("CLINIC_SMS_URL", default="")
    if not url:
        return None
    if urlsplit(url).scheme not in ("https", "http") or not urlsplit(url).hostname:
        raise refuse("CLINIC_SMS_URL", "is not an http address.")
    token = env.str("CLINIC_SMS_TOKEN", default="")
    headers = ({"Authorization": f"Bearer {token}"} if token else {}) | _json_of(env, "CLINIC_SMS_HEADERS")
    plain = Gateway(url)
    return Gateway(
        url=url, headers=headers, method=_one_of(env, "CLINIC_SMS_METHOD", ("POST", "PUT", "GET")),
        form=_one_of(env, "CLINIC_SMS_FORMAT", ("json", "form")) == "form",
        body=_json_of(env, "CLINIC_SMS_BODY") or plain.body, sender=env.str("CLINIC_SMS_FROM", default=""),
        ok_status=frozenset(env.list("CLINIC_SMS_OK_STATUS", cast=int, default=[])) or plain.ok_status,
        ok_body=env.str("CLINIC_SMS_OK_BODY", default=""), bad_number=env.str("CLINIC_SMS_BAD_NUMBER", default=""),
        error_body=tuple(env.list("CLINIC_SMS_ERROR_BODY", default=[])) or plain.error_body,
        id_path=env.str("CLINIC_SMS_ID", default="id"),
    )  # fmt: skip


def _json_of(env: Any, name: str) -> dict[str, Any]:
    try:
        found = json.loads(env.str(name, default="") or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise refuse(name, "is not a JSON object.")
    return found


def _one_of(env: Any, name: str, known: tuple[str, ...]) -> str:
    """The first is what counts when nothing is said."""
    value = str(env.str(name, default=known[0]))
    if value not in known:
        raise refuse(name, f"must be one of {', '.join(known)}.")
    return value


def outbox_numbers(said: Mapping[str, str]) -> dict[str, Any]:
    """The numbers above, but for what the environment says: CLINIC_OUTBOX_LEASE=900, CLINIC_OUTBOX_BACKOFF=60,300.

    Refuses a lease that one slow letter could outlive (none would be sent), and a grace that the answer to one could
    outlast (it would be sent twice).
    """
    numbers = {name: _number(said, name, value) for name, value in OUTBOX_NUMBERS.items()}
    longest = numbers["connect"] + 4 * numbers["command"] + numbers["reply"]  # greeting, MAIL, RCPT, DATA, content
    if numbers["lease"] <= longest:
        raise refuse("CLINIC_OUTBOX_LEASE", f"must be more than the {longest:g} seconds that one letter may take.")
    answered = numbers["command"] + numbers["reply"]
    if numbers["grace"] <= answered:
        raise refuse("CLINIC_OUTBOX_GRACE", f"must be more than the {answered:g} seconds that an answer may take.")
    return numbers


def _number(said: Mapping[str, str], name: str, value: Any) -> Any:
    setting = _OUTBOX_NAMES.get(name, f"CLINIC_OUTBOX_{name.upper()}")
    text = said.get(setting, "").strip()
    if not text:
        return value
    kind = type(value[0]) if isinstance(value, list) else type(value)
    try:
        found = [kind(part) for part in text.split(",")]
    except ValueError:
        raise refuse(setting, "is not a number.") from None
    if not all(0 < part < float("inf") for part in found) or (len(found) > 1 and not isinstance(value, list)):
        raise refuse(setting, "must be more than zero.")
    return found if isinstance(value, list) else found[0]

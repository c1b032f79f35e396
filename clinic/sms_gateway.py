"""What a text gateway is told and how its answer is read: any that takes HTTP, by settings alone. Pure.

A gateway may answer 200 and say in the body that it took nothing. So an answer counts as "taken" only when its status
AND its body say so; an answer that says neither yes nor no is "unclear", and a person decides.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlencode

LONGEST_ANSWER = 200_000
#: Where gateways say that something went wrong, whatever their status says.
ERRORS = ("error", "errors", "error_code", "errorCode", "error_message", "errorMessage", "fault")
BAD_WORDS = frozenset(
    {"error", "err", "failed", "failure", "rejected", "undelivered", "undeliverable", "invalid", "nok"}
)
_SAYING = ("status", "state", "result", "message.status", "messages.0.status")


class Said(StrEnum):
    """How an answer reads."""

    TAKEN = "taken"
    BAD_NUMBER = "bad_number"  # this number will never get one
    REFUSED = "refused"  # this message is not taken
    LATER = "later"  # not taken this time
    LOCKED_OUT = "locked_out"  # our own login is wrong
    UNCLEAR = "unclear"  # it may have been taken


@dataclass(frozen=True, slots=True)
class Answer:
    said: Said
    provider_id: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Gateway:
    """One gateway. `body` and `url` hold {to}, {text}, {key} and {from}; paths into an answer read `a.0.b`."""

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=lambda: {"to": "{to}", "text": "{text}", "key": "{key}"})
    form: bool = False
    sender: str = ""
    ok_status: frozenset[int] = frozenset(range(200, 300))
    ok_body: str = ""
    error_body: tuple[str, ...] = ERRORS
    id_path: str = "id"
    bad_number: str = ""
    answers_stop_itself: bool = False

    def request(self, *, to: str, text: str, key: str) -> tuple[str, dict[str, str], bytes]:
        """(address, headers, body) of one text."""
        values = {"to": to, "text": text, "key": key, "from": self.sender}
        address = _put(self.url, {name: quote(value, safe="") for name, value in values.items()})
        kind = "application/x-www-form-urlencoded" if self.form else "application/json"
        headers = {"Content-Type": kind, "Accept": "application/json", "Idempotency-Key": key, **self.headers}
        if self.method == "GET":
            return address, {name: value for name, value in headers.items() if name != "Content-Type"}, b""
        filled = _filled(self.body, values)
        return address, headers, (urlencode(filled) if self.form else json.dumps(filled)).encode()

    def read(self, status: int, body: bytes) -> Answer:
        """What an answer means. Its words are not kept: they may quote the number or the text."""
        found = _parsed(body)
        code = _short(_first(found, ("code", "error_code", "error.code", "errors.0.code")))
        if self.bad_number and _holds(found, self.bad_number):
            return Answer(Said.BAD_NUMBER, code=code)
        if status in (401, 403):
            return Answer(Said.LOCKED_OUT, code=code)
        if status in (408, 425, 429, 503):
            return Answer(Said.LATER, code=code)
        if status not in self.ok_status:
            return Answer(Said.REFUSED if 400 <= status < 500 else Said.UNCLEAR, code=code)
        if self._is_error(found):
            return Answer(Said.LATER, code=code)
        if self.ok_body and not _holds(found, self.ok_body):
            return Answer(Said.UNCLEAR, code=code)
        return Answer(Said.TAKEN, provider_id=_short(_at(found, self.id_path)))

    def _is_error(self, found: Any) -> bool:
        if isinstance(found, str):
            return found.lstrip().casefold().startswith(("err", "fail", "invalid"))
        if any(_at(found, path) not in (None, "", 0, "0", False, [], {}) for path in self.error_body):
            return True
        if _at(found, "success") is False or _at(found, "ok") is False:
            return True
        return any(str(_at(found, path)).casefold() in BAD_WORDS for path in _SAYING)


def twilio(*, account: str, token: str, sender: str, callback: str) -> Gateway:
    """Twilio's REST API, as its documentation of the Messages resource has it."""
    login = base64.b64encode(f"{account}:{token}".encode()).decode()
    who = "MessagingServiceSid" if sender.startswith("MG") else "From"
    return Gateway(
        url=f"https://api.twilio.com/2010-04-01/Accounts/{account}/Messages.json",
        headers={"Authorization": f"Basic {login}"},
        body={"To": "{to}", "Body": "{text}", who: "{from}", "StatusCallback": callback},
        form=True, sender=sender, id_path="sid",
        ok_body="status=accepted|queued|sending|sent|scheduled|delivered",
        # Not a number, not a mobile, cannot be reached from here, wrote STOP to Twilio.
        bad_number="code=21211|21217|21421|21601|21610|21612|21614",
        answers_stop_itself=True,
    )  # fmt: skip


def _put(template: str, values: Mapping[str, str]) -> str:
    """Placeholders filled in one pass: a text that holds "{to}" stays as it was written."""
    pieces: list[str] = []
    rest = template
    while True:
        start = rest.find("{")
        end = rest.find("}", start)
        if start < 0 or end < 0:
            return "".join([*pieces, rest])
        name = rest[start + 1 : end]
        pieces += [rest[:start], values.get(name, rest[start : end + 1])]
        rest = rest[end + 1 :]


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    if isinstance(template, str):
        return _put(template, values)
    if isinstance(template, Mapping):
        return {name: _filled(value, values) for name, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, values) for value in template]
    return template


def _parsed(body: bytes) -> Any:
    text = body[:LONGEST_ANSWER].decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _at(found: Any, path: str) -> Any:
    """What stands at `a.0.b`; None when nothing does."""
    for step in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(step)
        elif isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


def _first(found: Any, paths: tuple[str, ...]) -> Any:
    return next((value for path in paths if (value := _at(found, path)) is not None), None)


def _holds(found: Any, condition: str) -> bool:
    """`path=one|other`: the value there is one of these; `path` alone: something stands there."""
    path, equals, values = condition.partition("=")
    value = _at(found, path.strip())
    if not equals:
        return value not in (None, "", False)
    text = str(value).casefold() if not isinstance(value, bool) else str(value).lower()
    return text in {one.strip().casefold() for one in values.split("|")}


def _short(value: Any) -> str:
    return str(value)[:80] if isinstance(value, str | int) and not isinstance(value, bool) else ""

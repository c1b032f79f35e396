"""Where providers tell what became of a message and what came back. Signed calls only; nothing else is kept.

Order of the doors: method, size, signature. Behind them a call is answered 200 whatever it means, so that a provider
does not repeat what we understood; a call that cannot be read is 400.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from clinic import links, provider_events, replies, signatures
from clinic.models import ProviderEvent

log = logging.getLogger(__name__)

LONGEST = 64 * 1024
Kind = ProviderEvent.Kind
TWIML = "<?xml version='1.0' encoding='UTF-8'?><Response></Response>"
#: How gateways call it -> what it is.
RECEIPTS = {
    "delivered": Kind.DELIVERED, "received": Kind.DELIVERED, "read": Kind.DELIVERED,
    "failed": Kind.FAILED, "undelivered": Kind.FAILED, "expired": Kind.FAILED, "rejected": Kind.FAILED,
    "hard": Kind.BOUNCED, "bounced": Kind.BOUNCED, "permanent": Kind.BOUNCED, "invalid": Kind.BOUNCED,
    "soft": Kind.SOFT, "transient": Kind.SOFT, "deferred": Kind.SOFT,
}  # fmt: skip
#: Twilio's codes for a number that will never get one: unknown, not reachable, landline, gave STOP.
TWILIO_BAD_NUMBERS = frozenset({"21211", "21610", "21612", "21614", "30005", "30006"})


class Unreadable(ValueError):
    """The call is signed, but not in the form that was agreed."""


def _guarded(
    is_genuine: Callable[[HttpRequest], bool],
) -> Callable[[Callable[[HttpRequest], HttpResponse]], Callable[[HttpRequest], HttpResponse]]:
    """Size and signature before anything is read; what cannot be read is 400."""

    def wrap(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
        @csrf_exempt  # the signature is the proof
        @require_POST
        def guarded(request: HttpRequest) -> HttpResponse:
            length = request.META.get("CONTENT_LENGTH") or "0"
            if not length.isdigit() or int(length) > LONGEST or len(request.body) > LONGEST:
                return HttpResponse(status=413)
            if not is_genuine(request):
                log.warning("a call that is not the provider's: refused")
                return HttpResponse(status=403)
            try:
                return view(request)
            except Unreadable:
                return HttpResponse(status=400)

        return guarded

    return wrap


def _signed(request: HttpRequest) -> bool:
    return signatures.is_ours(
        secrets=settings.HOOK_SECRETS, timestamp=request.headers.get("X-Timestamp", ""),
        signature=request.headers.get("X-Signature", ""), body=request.body, now=time.time(),
    )  # fmt: skip


def _signed_by_twilio(request: HttpRequest) -> bool:
    fields = QueryDict(request.body, encoding="utf-8")
    return signatures.is_twilios(
        token=settings.TWILIO_TOKEN, address=links.absolute(request.get_full_path()), fields=dict(fields.lists()),
        signature=request.headers.get("X-Twilio-Signature", ""),
    )  # fmt: skip


@_guarded(_signed)
def receipt(request: HttpRequest) -> HttpResponse:
    """{"id", "status", "key" or "message_id" or "message", "to", "code"}: delivered, failed, bounced (hard or soft)."""
    said = _document(request)
    kind = RECEIPTS.get(_text(said, "status", "type").casefold(), Kind.OTHER)
    message = provider_events.find(
        key=_text(said, "key"), message_id=_text(said, "message_id"), provider_id=_text(said, "message")
    )
    provider_events.told(
        provider="gateway", event_id=_text(said, "id", needed=True), kind=kind, message=message, now=timezone.now(),
        code=_text(said, "code"), sent_to=_text(said, "to", "address"),
    )  # fmt: skip
    return HttpResponse(status=200)


@_guarded(_signed)
def reply(request: HttpRequest) -> HttpResponse:
    """{"id", "from", "text"}: a text from a telephone."""
    said = _document(request)
    replies.receive(
        provider="gateway", event_id=_text(said, "id", needed=True), number=_text(said, "from", needed=True),
        text=_text(said, "text"), now=timezone.now(),
    )  # fmt: skip
    return HttpResponse(status=200)


@_guarded(_signed_by_twilio)
def twilio_receipt(request: HttpRequest) -> HttpResponse:
    """Twilio's status callback: MessageSid, MessageStatus, ErrorCode, To."""
    number, status, code = (request.POST.get(name, "") for name in ("MessageSid", "MessageStatus", "ErrorCode"))
    kind = RECEIPTS.get(status, Kind.OTHER)
    if kind == Kind.FAILED and code in TWILIO_BAD_NUMBERS:
        kind = Kind.BOUNCED
    provider_events.told(
        provider="twilio", event_id=f"{number}:{status}", kind=kind, message=provider_events.find(provider_id=number),
        now=timezone.now(), code=code, sent_to=request.POST.get("To", ""),
    )  # fmt: skip
    return HttpResponse(status=200)


@_guarded(_signed_by_twilio)
def twilio_reply(request: HttpRequest) -> HttpResponse:
    """Twilio's incoming message: MessageSid, From, Body. The answer goes through the outbox, not in this reply."""
    number, sender = request.POST.get("MessageSid", ""), request.POST.get("From", "")
    if not number or not sender:
        raise Unreadable
    replies.receive(
        provider="twilio", event_id=number, number=sender, text=request.POST.get("Body", ""), now=timezone.now()
    )
    return HttpResponse(TWIML, content_type="text/xml")


def _document(request: HttpRequest) -> dict[str, Any]:
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise Unreadable from error
    if not isinstance(found, dict):
        raise Unreadable
    return found


def _text(said: dict[str, Any], *names: str, needed: bool = False) -> str:
    """The first of these that is there, as text without NUL (which PostgreSQL refuses)."""
    found = next((said[name] for name in names if isinstance(said.get(name), str | int)), "")
    text = str(found).replace("\x00", "").encode("utf-8", "replace").decode()
    if needed and not text.strip():
        raise Unreadable
    return text

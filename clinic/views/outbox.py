"""The outbox: what waits, what went out, what needs a person."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from clinic import mailroom, outbox
from clinic.access import log_seen, me
from clinic.models import Message
from clinic.paging import Page, page_number
from clinic.permissions import Permission, requires

ROWS = 50
DECISIONS: dict[str, tuple[Callable[..., bool], str]] = {
    "resend": (outbox.resend, "It will be sent again within seconds."),
    "confirm": (outbox.confirm, "Written down as arrived."),
    "drop": (outbox.drop, "It will not be sent."),
}


@requires(Permission.OUTBOX_READ)
@require_safe
def outbox_list(request: HttpRequest) -> HttpResponse:
    """Messages by how they stand, without a body or an address. What needs a person shows first."""
    now = timezone.now()
    summary = mailroom.summary(now=now)
    asked = mailroom.Filter.of(request.GET.dict(), default="attention" if summary.attention else "waiting")
    page = Page.of(asked.rows(), number=page_number(request.GET.get("page")), size=ROWS)
    log_seen(request, [row.client for row in page.rows if row.client], what="outbox_list")
    context = {
        "summary": summary, "asked": asked, "page": page, "now": now, "groups": mailroom.GROUPS,
        "rooms": mailroom.ROOMS, "channels": Message.Channel.choices,
        "lines": [(row, mailroom.words_for(row.kind), mailroom.may_decide(me(request), row)) for row in page.rows],
        "kept": urlencode({"show": asked.group, "channel": asked.channel, "room": asked.room}),
    }  # fmt: skip
    return render(request, "clinic/outbox_list.html", context)


@requires(Permission.OUTBOX_READ)
@require_POST
def outbox_decide(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Send again, write down as arrived, or drop what ended badly. Each decision is in the audit trail."""
    rows = Message.objects.select_related("client").defer("recipient")
    message = rows.filter(public_id=public_id).first()
    decision = DECISIONS.get(request.POST.get("decision", ""))
    if message is None or decision is None:
        raise Http404
    if not mailroom.may_decide(me(request), message):
        raise PermissionDenied
    verb, done = decision
    if verb(message, by=me(request), now=timezone.now()):
        messages.success(request, done)
    else:
        messages.error(request, "Somebody else decided first, or it has gone out: nothing was changed.")
    return redirect("clinic:outbox_list")

"""The log of messages: the clinic's, one client's, one message's, and the owner's table. Never a body or an address."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from clinic import audit, decisions, message_log, search
from clinic.access import admit, client_for, clients_visible_to, log_seen, me
from clinic.forms import MessageFilterForm
from clinic.models import AuditEvent, Client, ClinicSettings, Message
from clinic.permissions import Permission, requires

#: What can happen to a message, as its page says it.
DEEDS = {
    "schedule": "Put into the outbox",
    "move": "Given another time",
    "sent": "Sent",
    "failed": "Could not be delivered",
    "unknown": "Handed over, no answer came",
    "parked": "Put before a person",
    "again": "Sent again by itself",
    "expired": "Missed its moment",
    "cancel": "Taken back",
    "cancelled": "Not sent",
    "resend": "To be sent again",
    "confirm": "Written down as arrived",
    "drop": "Dropped",
    "other": "Sent another way",
}
FOUND = 12  # clients a search in the log offers


@requires(Permission.OUTBOX_READ)
@require_http_methods(["GET", "HEAD", "POST"])
def message_list(request: HttpRequest) -> HttpResponse:
    """Every message, newest first, filtered. A client is looked for by POST: names do not belong into addresses."""
    form = _form(request)
    rows = _rows(form)
    page = message_log.page(rows, before=request.GET.get("before", ""), after=request.GET.get("after", ""))
    log_seen(request, [row.client for row in page.rows if row.client], what="message_list")
    context = {
        "form": form, "page": page, "lines": message_log.lines(page.rows, reader=me(request)),
        "client": form.facts().get("client"), "query": urlencode(form.query()), **_looked_for(request),
    }  # fmt: skip
    return render(request, "clinic/message_list.html", context)


def _rows(form: MessageFilterForm) -> QuerySet[Message]:
    facts = form.facts()
    rows = message_log.matching(Message.objects.all(), **facts, zone=ClinicSettings.load().zone)
    return message_log.so_far(rows, facts, now=timezone.now())


def _form(request: HttpRequest) -> MessageFilterForm:
    return MessageFilterForm(request.GET, clinical=me(request).can(Permission.CLINICAL_READ))


def _looked_for(request: HttpRequest) -> dict[str, object]:
    """The clients a search means, each a link to the log of theirs; other filters stay."""
    wanted = request.POST.get("q", "").strip() if request.method == "POST" else ""
    if not wanted:
        return {}
    found: list[Client] = list(search.find(clients_visible_to(me(request)), wanted)[:FOUND])
    log_seen(request, found, what="message_search")
    kept = _form(request).query()
    return {"wanted": wanted, "found": [(one, urlencode({**kept, "client": str(one.public_id)})) for one in found]}


@requires(Permission.CONTACT_READ)
@require_safe
def client_messages(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What one client was sent, and how each message fared."""
    client = client_for(request, public_id, need=Permission.CONTACT_READ, what="message_log")
    rows = Message.objects.filter(client=client)
    page = message_log.page(rows, before=request.GET.get("before", ""), after=request.GET.get("after", ""))
    context = {
        "client": client, "age": client.age_on(timezone.localdate()), "page": page,
        "lines": message_log.lines(page.rows, reader=me(request)),
    }  # fmt: skip
    return render(request, "clinic/client_messages.html", context)


@requires(Permission.CONTACT_READ)
@require_safe
def message_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One message's life: promised, tried, decided; and what can be decided now. Staff notices are the owner's."""
    user = me(request)
    rows = Message.objects.select_related("client", "user", "created_by", "decided_by").defer("recipient")
    message = rows.filter(public_id=public_id).first()
    # Without a client it is the outbox's own business.
    if message is None or (message.client is None and not user.can(Permission.OUTBOX_READ)):
        raise Http404
    if message.client:
        admit(request, message.client, need=Permission.CONTACT_READ, what="message")
    context = {
        "line": message_log.lines([message], reader=user)[0], "row": message, "tries": message.tries.all()[:20],
        "events": _events(message),
        "other": decisions.other_channel(message) if message.client else "",
    }  # fmt: skip
    return render(request, "clinic/message_detail.html", context)


def _events(message: Message) -> list[tuple[AuditEvent, str, str]]:
    """What happened to a client's message, oldest first, each with who did it. By the client: that is indexed."""
    if message.client is None:
        return []
    rows = AuditEvent.objects.filter(client=message.client, action__startswith="message.")
    rows = rows.filter(subject_id=str(message.public_id)).exclude(action="message.read").select_related("actor")
    return [
        (row, DEEDS.get(row.action.partition(".")[2], ""), row.actor.name if row.actor else "by itself")
        for row in rows.order_by("pk")[:40]
    ]


@requires(Permission.AUDIT_READ)
@reauthentication_required
@require_safe
def message_export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The filtered log as a table for the owner, without names or addresses."""
    form, zone = _form(request), ClinicSettings.load().zone
    rows = _rows(form)
    audit.record("message_log.export", by=me(request), reason=", ".join(sorted(form.query())) or "everything")
    writer = csv.writer(_Echo())
    parts: Iterator[str] = (writer.writerow(row) for row in message_log.exported(rows, zone=zone))
    response = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="messages-{timezone.localdate():%Y-%m-%d}.csv"'
    return response


class _Echo:
    """Gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line

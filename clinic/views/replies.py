"""Texts whose sender is not known, and addresses that do not work: for the desk to sort out."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clinic import access, audit, reachability, replies
from clinic.access import log_seen, me
from clinic.models import Client, Message, Reply
from clinic.permissions import Permission, requires

AT_ONCE = 50


@requires(Permission.CONTACT_READ)
@require_safe
def reply_list(request: HttpRequest) -> HttpResponse:
    """Open texts, oldest first, with who has that number now; what they say only for those who may read it."""
    rows = list(Reply.objects.filter(done_at=None).defer("text").order_by("received_at", "pk")[:AT_ONCE])
    owners = replies.owners_of(row.number for row in rows)
    texts = _readable(request, {row.pk: owners[row.number] for row in rows})
    lines = [(row, owners[row.number], texts.get(row.pk, "")) for row in rows]
    troubles = reachability.bad_addresses(at_most=AT_ONCE)
    people = [one for some in owners.values() for one in some] + [trouble.client for trouble in troubles]
    log_seen(request, people, what="reply_list")
    for row in rows:
        if row.pk in texts:
            audit.record("reply.read", by=me(request), subject=row, fields=["text"])
    reads = me(request).can(Permission.CLINICAL_READ)
    context = {"lines": lines, "troubles": troubles, "reads": reads, "channels": dict(Message.Channel.choices)}
    return render(request, "clinic/reply_list.html", context)


def _readable(request: HttpRequest, owners: dict[int, list[Client]]) -> dict[int, str]:
    """What those texts say that may be read: by who reads charts, and the chart of everybody with that number."""
    user = me(request)
    if not user.can(Permission.CLINICAL_READ):
        return {}
    people = {one.pk for some in owners.values() for one in some}
    charts = set(access.charts_open_to(user).filter(pk__in=people).values_list("pk", flat=True))
    free = [pk for pk, some in owners.items() if all(one.pk in charts for one in some)]
    return dict(Reply.objects.filter(pk__in=free).values_list("pk", "text"))


@requires(Permission.CONTACT_WRITE)
@require_POST
def reply_done(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Whose it was, or that it was looked after in another way."""
    reply = Reply.objects.defer("text").filter(public_id=public_id).first()
    if reply is None:
        raise Http404
    whose = request.POST.get("client", "")
    try:
        if whose:
            client = access.client_for(request, _id(whose), need=Permission.CONTACT_WRITE, what="reply")
            replies.belongs_to(reply=reply, client=client, by=me(request), now=timezone.now())
            messages.success(request, "Passed on, as if the number had been known.")
        else:
            replies.put_away(reply=reply, by=me(request), now=timezone.now())
            messages.success(request, "Put away.")
    except replies.DoneAlready:
        messages.info(request, "Somebody has looked after this text already. Nothing was changed.")
    except replies.NotTheirs:
        messages.error(request, "This client does not have that number. Write it down with them first.")
    return redirect("clinic:reply_list")


@requires(Permission.CONTACT_WRITE)
@require_POST
def address_works(request: HttpRequest, public_id: UUID, channel: str) -> HttpResponse:
    """Somebody asked: the address is right. Messages go there again until the next one comes back."""
    client = access.client_for(request, public_id, need=Permission.CONTACT_WRITE, what="address")
    if channel not in Message.Channel.values:
        raise Http404
    if reachability.works_again(client=client, channel=channel, by=me(request), now=timezone.now()):
        messages.success(request, "Messages go there again.")
    else:
        messages.info(request, "Nothing was held against this address.")
    return redirect("clinic:reply_list")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None

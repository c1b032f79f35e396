"""The work list of the outbox: what ended badly, and what a person decides about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.module_loading import import_string
from django.views.decorators.http import require_POST, require_safe

from clinic import decisions, mailroom, message_log
from clinic.access import log_seen, me
from clinic.forms import WorkFilterForm
from clinic.models import ClinicSettings, Message, User
from clinic.permissions import Permission, requires

MOST_CHOSEN = 200  # ticked one by one; "all" has no limit
#: What each decision is called on its button, in the question, and when it is done.
DECISIONS = {
    "resend": ("Send again", "Send {} again?", "sent again within seconds"),
    "confirm": ("It arrived", "Write down {} as arrived?", "written down as arrived"),
    "other": ("Other channel", "Send {} by the client’s other channel?", "on the way by the other channel"),
    "drop": ("Drop", "Drop {}?", "dropped: not sent"),
}


@requires(Permission.OUTBOX_READ)
@require_safe
def outbox_list(request: HttpRequest) -> HttpResponse:
    """What needs a person, newest first, and clients whom nothing reaches."""
    form = _form(request.GET, request)
    page = message_log.page(
        _rows(form, me(request)), before=request.GET.get("before", ""), after=request.GET.get("after", "")
    )
    silent = import_string(settings.OUT_OF_REACH)(now=timezone.now()) if not form.query() else []
    log_seen(request, [row.client for row in page.rows if row.client] + [one[0] for one in silent], what="outbox_list")
    context = {
        "form": form, "page": page, "lines": message_log.lines(page.rows, reader=me(request)), "silent": silent,
        "summary": mailroom.summary(now=timezone.now()), "query": form.query(), "decisions": DECISIONS,
    }  # fmt: skip
    return render(request, "clinic/outbox_list.html", context)


def _form(data: QueryDict, request: HttpRequest) -> WorkFilterForm:
    return WorkFilterForm(data, clinical=me(request).can(Permission.CLINICAL_READ))


def _rows(form: WorkFilterForm, user: User) -> QuerySet[Message]:
    return message_log.matching(mailroom.needs_a_person(user), **form.facts(), zone=ClinicSettings.load().zone)


@requires(Permission.OUTBOX_READ)
@require_POST
def outbox_decide(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Send again, write down as arrived, drop, or send another way. Each decision is in the audit trail."""
    rows = Message.objects.select_related("client", "user").defer("recipient")
    message = rows.filter(public_id=public_id).first()
    decision = request.POST.get("decision", "")
    if message is None or decision not in DECISIONS:
        raise Http404
    if not message_log.may_decide(me(request), message):
        raise PermissionDenied
    try:
        decisions.VERBS[decision](message, by=me(request), now=timezone.now())
    except decisions.Stays as stays:
        messages.error(request, stays.words)
    else:
        done = DECISIONS[decision][2]
        messages.success(request, f"{done[0].upper()}{done[1:]}.")
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    back = request.POST.get("back", "")
    ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if ours else reverse("clinic:outbox_list")


@dataclass(frozen=True, slots=True)
class Asked:
    """A decision about several: which, up to which row, and how far it has come."""

    rows: QuerySet[Message]
    decision: str
    chosen: list[str]
    upto: int
    after: int
    done: int

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        """From what was posted; a forged filter or id only ever narrows what this person may decide about."""
        decision = request.POST.get("decision", "")
        if decision not in DECISIONS:
            raise Http404
        rows = _rows(_form(request.POST, request), me(request))
        chosen = [text for text in request.POST.getlist("message")[:MOST_CHOSEN] if _is_id(text)]
        if not request.POST.get("all"):
            rows = rows.filter(public_id__in=chosen)
        number = {name: _number(request.POST.get(name, "")) for name in ("upto", "after", "done")}
        if number["upto"]:
            rows = rows.filter(pk__lte=number["upto"])
        return cls(rows, decision, [] if request.POST.get("all") else chosen, **number)


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0


@requires(Permission.OUTBOX_READ)
@require_POST
def outbox_decide_many(request: HttpRequest) -> HttpResponse:
    """Asks first, with what it is about counted; then decides in batches and says how far it came."""
    asked = Asked.of(request)
    if request.POST.get("sure") != asked.decision:
        return _question(request, asked)
    now: datetime = timezone.now()
    tally = decisions.decide_many(asked.rows, decision=asked.decision, by=me(request), now=now, after=asked.after)
    for words, count in tally.stayed.most_common(5):
        messages.warning(request, f"{count} stayed: {words}" if count > 1 else words)
    done = asked.done + tally.done
    if tally.more:
        return _question(request, asked, done=done, after=tally.last)
    if done:
        messages.success(request, f"{done} {'message' if done == 1 else 'messages'} {DECISIONS[asked.decision][2]}.")
    return redirect(f"{reverse('clinic:outbox_list')}?{urlencode(_form(request.POST, request).query())}")


def _question(request: HttpRequest, asked: Asked, *, done: int = 0, after: int = 0) -> HttpResponse:
    """How many, of which state; after a first stretch, how many are still to do."""
    rows = asked.rows.order_by().filter(pk__gt=after)
    facts: dict[str, Any] = rows.aggregate(count=Count("pk"), upto=Max("pk"))
    if not facts["count"]:
        messages.info(request, "Nothing was chosen, or it has been decided already.")
        return redirect("clinic:outbox_list")
    states = rows.values_list("state").annotate(count=Count("pk")).order_by("state")
    count = "this message" if facts["count"] == 1 else f"these {facts['count']} messages"
    verb, question, _ = DECISIONS[asked.decision]
    context = {
        **facts, "verb": verb, "title": question.format(count), "done": done, "after": after, "asked": asked,
        "states": [(Message.State(state).label, state, number) for state, number in states],
        "kept": _form(request.POST, request).query(), "everything": bool(request.POST.get("all")),
    }  # fmt: skip
    return render(request, "clinic/outbox_confirm.html", context)

"""What is to be done: call-backs above all."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from clinic import access
from clinic.access import me
from clinic.paging import Page, page_number
from clinic.permissions import Permission, requires
from treatments import call_backs, handing_over
from treatments.errors import Refused
from treatments.forms.task import HandOverForm, TaskDoneForm
from treatments.models import Task

ROWS = 50


@requires(Permission.READINESS_READ)
@require_safe
def task_list(request: HttpRequest) -> HttpResponse:
    """Open tasks, late first; those done lately behind a tab. The desk reads that a call is due, never why."""
    user, now = me(request), timezone.now()
    done = request.GET.get("show") == "done"
    rows = call_backs.done_lately(user, now=now) if done else call_backs.open_tasks(user, now=now)
    page = Page.of(rows, number=page_number(request.GET.get("page")), size=ROWS)
    access.log_seen(request, [task.client for task in page.rows], what="task_list")
    away = handing_over.away_of(page.rows, now=now)
    context = {"page": page, "done": done, "now": now, "away": away}
    context |= {"reads_content": call_backs.reads_content(user), "may_hand_over": user.can(Permission.BOOKING_WRITE)}
    return render(request, "treatments/task_list.html", context)


@requires(Permission.READINESS_READ)
@require_http_methods(["GET", "POST"])
def task_done(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Close one task with what came of it."""
    task = Task.objects.select_related("client", "assigned_to", "done_by").filter(public_id=public_id).first()
    if task is None:
        raise Http404
    access.admit(request, task.client, need=call_backs.needed_for(task), what="task")
    form = TaskDoneForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            call_backs.finish(task=task, resolution=form.cleaned_data["resolution"], by=me(request), now=timezone.now())
            messages.success(request, "Done and written down.")
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect("treatments:task_list")
    context = {"task": task, "form": form, "now": timezone.now()}
    return render(request, "treatments/task_done.html", context, status=422 if form.errors else 200)


@requires(Permission.BOOKING_WRITE)
@require_http_methods(["GET", "POST"])
def task_hand_over(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The therapist is not in: somebody else calls. The desk may do this; why a call is due stays hidden."""
    rows = Task.objects.select_related("client", "assigned_to").defer("detail", "resolution")
    task, now = rows.filter(public_id=public_id, kind=Task.Kind.CALL_BACK).first(), timezone.now()
    if task is None:
        raise Http404
    access.admit(request, task.client, need=Permission.BOOKING_WRITE, what="task")
    form = HandOverForm(request.POST or None, colleagues=handing_over.colleagues(task, now=now))
    if request.method == "POST" and form.is_valid():
        try:
            handing_over.hand_over(task=task, to=form.chosen, by=me(request), now=now)
            messages.success(request, f"{form.chosen.name} calls now, and has been told.")
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect("treatments:task_list")
    status = 422 if request.method == "POST" else 200
    return render(request, "treatments/task_hand_over.html", {"task": task, "form": form, "now": now}, status=status)

"""Plans: propose from the catalogue, read, adjust, start, pause, end."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.access import client_for, me
from clinic.models import Client
from clinic.permissions import Permission, requires
from conditions.catalogue import plan_templates
from conditions.models import Condition
from intake.responses import latest_answers
from intake.safety.flags import standing
from treatments import plans
from treatments.access import plan_for
from treatments.chart import area_words, limit_words, plan_views
from treatments.errors import Refused, StaleRecord
from treatments.forms import posted
from treatments.forms.plan import EndForm, Goals, HoldForm, PlanForm, ProposeForm, StartForm, plan_layout
from treatments.limits import technique_name
from treatments.models import Goal, Outcome, Plan


@requires(Permission.CLINICAL_WRITE)
@require_http_methods(["GET", "POST"])
def plan_propose(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Choose the complaint and one of the catalogue's plans; the draft is made within the client's limits."""
    now = timezone.now()
    client = client_for(request, public_id, need=Permission.CLINICAL_WRITE, what="plan")
    form = ProposeForm(posted(request))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = plans.propose(
                client=client, condition=values["condition"], variant=values["variant"], by=me(request), now=now
            )
        except plans.AlreadyPlanned as already:
            messages.info(request, f"{already} Here it is.")
            return redirect(already.plan)
        except Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, "The plan is proposed. Adjust it, then start it.")
            return redirect(made)
    context = {"client": client, "form": form, "offers": _offers(client), "standing": standing(client, now=now)}
    return render(request, "treatments/plan_propose.html", context, status=422 if form.is_bound else 200)


def _offers(client: Client) -> list[dict[str, Any]]:
    """Every condition with its plans; those the client named come first."""
    named = latest_answers(client).get("reason.conditions") or []
    offers = [
        {"condition": condition, "templates": plan_templates(condition), "named": condition.slug in named}
        for condition in Condition.objects.all()
    ]
    return sorted(offers, key=lambda offer: not offer["named"])


@requires(Permission.CLINICAL_READ)
@require_safe
def plan_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The plan, its goals and progress, and where it departs from the catalogue."""
    plan = plan_for(request, public_id, need=Permission.CLINICAL_READ, what="plan")
    return render(request, "treatments/plan_detail.html", _shown(plan, timezone.now()))


def _shown(plan: Plan, now: datetime) -> dict[str, Any]:
    outcomes = list(Outcome.objects.filter(client=plan.client))
    view = next(each for each in plan_views(plan.client, outcomes) if each.plan.pk == plan.pk)
    found = standing(plan.client, now=now)
    return {
        "plan": plan,
        "client": plan.client,
        "view": view,
        "standing": found,
        "limits": limit_words(found),
        "deviations": plans.deviations(plan),
        "breaches": plans.breaches(plan, now=now) if not plan.is_ended else [],
        "techniques": [technique_name(code) for code in plan.techniques],
        "areas": area_words(plan.regions),
        "avoid": area_words(plan.avoid_regions),
        "sessions": plan.booked.select_related("therapist", "note").order_by("starts_at"),
        "start_form": StartForm(),
    }


@requires(Permission.CLINICAL_WRITE)
@require_http_methods(["GET", "POST"])
def plan_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Adjust a plan that has not ended; past a limit of the screening only with a reason."""
    now = timezone.now()
    plan = plan_for(request, public_id, need=Permission.CLINICAL_WRITE, what="plan")
    form = PlanForm(posted(request), initial=PlanForm.initial_of(plan))
    goals = Goals(posted(request), prefix="goals", initial=[_goal(goal) for goal in plan.goals.all()])
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and goals.is_valid():
            status, answer = _adjust(request, plan, form, goals, now)
            if answer is not None:
                return answer
    found = standing(plan.client, now=now)
    context = {
        "plan": plan,
        "client": plan.client,
        "form": form,
        "goals": goals,
        "helper": plan_layout(),
        "limits": limit_words(found),
    }
    return render(request, "treatments/plan_form.html", context, status=status)


def _goal(goal: Goal) -> dict[str, Any]:
    return {name: getattr(goal, name) for name in ("measure", "baseline", "target", "due_on", "description")}


def _adjust(
    request: HttpRequest, plan: Plan, form: PlanForm, goals: Any, now: datetime
) -> tuple[int, HttpResponse | None]:
    """Save, or put the refusal beside its field; a stale tab keeps what was typed and learns the new revision."""
    try:
        plans.adjust(
            plan=plan,
            facts=form.facts(),
            wanted=goals.facts(),
            revision=form.cleaned_data["revision"],
            reason=form.cleaned_data["reason"],
            by=me(request),
            now=now,
        )
    except StaleRecord as refusal:
        plan.refresh_from_db()
        typed = request.POST.copy()
        typed["revision"] = str(plan.revision)
        form.data = typed
        form.add_error(None, f"{refusal} Save again to keep your version instead.")
        return 409, None
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return 422, None
    messages.success(request, "The plan is saved.")
    return 302, redirect(plan)


@requires(Permission.CLINICAL_WRITE)
@require_POST
def plan_start(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Make the draft active; says what stands in the way and where to deal with it."""
    plan = plan_for(request, public_id, need=Permission.CLINICAL_WRITE, what="plan")
    form = StartForm(request.POST)
    form.is_valid()
    now = timezone.now()
    try:
        plans.start(plan=plan, precondition_met=form.cleaned_data["precondition_met"], by=me(request), now=now)
    except Refused as refusal:
        context = _shown(plan, now) | {"refusal": refusal, "start_form": form}
        return render(request, "treatments/plan_detail.html", context, status=422)
    messages.success(request, "The plan is active. Book its sessions.")
    return redirect(plan)


@requires(Permission.CLINICAL_WRITE)
@require_http_methods(["GET", "POST"])
def plan_hold(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Pause an active plan, with a reason."""
    plan = plan_for(request, public_id, need=Permission.CLINICAL_WRITE, what="plan")
    form = HoldForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            plans.hold(plan=plan, reason=form.cleaned_data["reason"], by=me(request), now=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect(plan)
    context = {"plan": plan, "client": plan.client, "form": form}
    return render(request, "treatments/plan_hold.html", context, status=422 if form.is_bound else 200)


@requires(Permission.CLINICAL_WRITE)
@require_POST
def plan_resume(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take up a plan that was on hold."""
    plan = plan_for(request, public_id, need=Permission.CLINICAL_WRITE, what="plan")
    try:
        plans.resume(plan=plan, by=me(request), now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(plan)


@requires(Permission.CLINICAL_WRITE)
@require_http_methods(["GET", "POST"])
def plan_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Complete or stop a plan; sessions still booked are named and go only when asked."""
    plan = plan_for(request, public_id, need=Permission.CLINICAL_WRITE, what="plan")
    form = EndForm(posted(request), initial={"state": "stopped" if plan.state == "draft" else "completed"})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        verb = plans.complete if values["state"] == "completed" else plans.stop
        try:
            verb(
                plan=plan,
                reason=values["reason"],
                cancel_booked=values["cancel_booked"],
                by=me(request),
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, "The plan has ended. It stays in the record.")
            return redirect("treatments:chart", plan.client.public_id)
    booked = [session for session in plan.booked.select_related("therapist") if session.is_open]
    context = {"plan": plan, "client": plan.client, "form": form, "booked": booked}
    return render(request, "treatments/plan_end.html", context, status=422 if form.is_bound else 200)

"""Booking: a client's session on a day, and a slot that looks for its client."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic import search
from clinic.access import charts_open_to, client_for, clients_visible_to, log_seen, me
from clinic.models import Client, User
from clinic.permissions import Permission, requires
from intake.safety import flags
from treatments import clock, schedule
from treatments.errors import Refused
from treatments.forms.booking import LENGTHS, BookingForm, therapists
from treatments.models import Plan, Session

HITS = 10
USUAL_MINUTES = 60


@requires(Permission.BOOKING_WRITE)
@require_http_methods(["GET", "POST"])
def session_book(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A session for this client: therapist, day, and the times that are free."""
    now = timezone.now()
    client = client_for(request, public_id, need=Permission.BOOKING_WRITE, what="booking")
    user = me(request)
    # A plan's name is clinical: those to whom the chart is closed book without choosing, on the only plan there is.
    running = Plan.objects.filter(client=client, state=Plan.State.ACTIVE)
    plans = running.filter(client__in=charts_open_to(user, now=now))
    if request.method == "POST":
        form = BookingForm(request.POST, plans=plans)
        if form.is_valid() and (session := _book(form, client, running, user, now)) is not None:
            day = timezone.localtime(session.starts_at)
            messages.success(request, f"{client.display_name} is booked on {day:%A} {day.day} {day:%B} at {day:%H:%M}.")
            return redirect("treatments:day_sheet_on", day.date())
    else:
        form = BookingForm(initial=_wishes(request, client, running, user, now), plans=plans)
    context = {"client": client, "form": form, "lengths": LENGTHS} | _day_of(form, now)
    if not (form.is_bound or flags.standing(client, now=now).may_book):
        context["refusal"] = schedule.BookingMayNotStand.words
    return render(request, "treatments/session_book.html", context, status=422 if form.is_bound else 200)


def _book(form: BookingForm, client: Client, running: QuerySet[Plan], user: User, now: datetime) -> Session | None:
    """The session, or None with the refusal beside its field."""
    values = form.cleaned_data
    plan = values["plan"]
    if plan is None and not form.fields["plan"].queryset.exists():  # type: ignore[attr-defined]
        plan = running.first() if running.count() == 1 else None
    try:
        return schedule.book(
            client=client, therapist=values["therapist"], starts_at=form.starts_at, minutes=values["minutes"],
            room=values["room"], plan=plan, service=values["service"], by=user, now=now,
        )  # fmt: skip
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return None


def _wishes(request: HttpRequest, client: Client, running: QuerySet[Plan], user: User, now: datetime) -> dict[str, Any]:
    """What the form begins with: what the address says, else the plan's and the client's own therapist."""
    plan = running.select_related("therapist").first()
    own = client.care_team.select_related("therapist").filter(until=None).first()
    usual = plan.therapist if plan else own.therapist if own else user if user.is_therapist else None
    asked = therapists().filter(public_id=_uuid(request.GET.get("therapist", ""))).first()
    minutes = request.GET.get("minutes", "")
    return {
        "therapist": asked or usual or therapists().first(),
        "day": clock.read_day(request.GET.get("day", "")) or timezone.localtime(now).date(),
        "minutes": int(minutes) if minutes in {str(n) for n in LENGTHS} else plan.minutes if plan else USUAL_MINUTES,
        "slot": request.GET.get("time", "")[:5],
        "plan": plan,
    }


def _day_of(form: BookingForm, now: datetime) -> dict[str, Any]:
    """The free times and what is booked already, for the therapist and day the form stands at."""
    values = form.cleaned_data if form.is_bound else form.initial
    therapist, day, minutes = values.get("therapist"), values.get("day"), values.get("minutes")
    context: dict[str, Any] = {"therapist": therapist, "day": day, "minutes": minutes, "free": [], "held": []}
    if not (isinstance(therapist, User) and isinstance(day, date) and isinstance(minutes, int)):
        return context
    rows = Session.objects.filter(therapist=therapist, starts_at__date=day).exclude(state__in=Session.FREE_STATES)
    held = list(rows.values_list("starts_at", "ends_at"))
    free = schedule.free_times(therapist=therapist, day=day, minutes=minutes, now=now)
    chosen = values.get("slot") or ""
    return context | {"held": held, "free": _parts_of_day(free, held, chosen), "chosen": chosen}


def _parts_of_day(free: list[datetime], held: list[Any], chosen: str) -> list[tuple[str, list[str]]]:
    """Free times on the half hour and straight after a session, in parts of the day; others can be written."""
    after = {end for _, end in held}
    parts: dict[str, list[str]] = {"Morning": [], "Afternoon": [], "Evening": []}
    for start in free:
        local = timezone.localtime(start)
        hour = f"{local:%H:%M}"
        if local.minute in (0, 30) or start in after or hour == chosen:
            part = "Morning" if local.hour < 12 else "Afternoon" if local.hour < 17 else "Evening"
            parts[part].append(hour)
    return [(part, hours) for part, hours in parts.items() if hours]


@requires(Permission.BOOKING_WRITE)
@require_http_methods(["GET", "POST"])
def book_slot(request: HttpRequest, therapist_id: UUID, day: date) -> HttpResponse:
    """A free time on the day sheet: find the client it is for, or register one."""
    therapist = get_object_or_404(therapists(), public_id=therapist_id)
    asked = request.POST.get("q", "").replace("\x00", "").strip()[: search.LONGEST]
    visible = clients_visible_to(me(request)).filter(archived_at=None)
    hits = list(search.find(visible, asked)[:HITS]) if asked else []
    log_seen(request, hits, what="client_search")
    context = {
        "therapist": therapist,
        "day": day,
        "time": request.GET.get("time", "")[:5],
        "asked": asked,
        "hits": hits,
    }
    return render(request, "treatments/book_slot.html", context)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

"""The day sheet and what the desk does on it with one tap."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.access import log_seen, me
from clinic.models import ClinicSettings
from clinic.permissions import Permission, requires
from intake.inviting import invitations
from intake.questionnaires import NotPublished
from treatments import clock, schedule
from treatments.access import session_for
from treatments.day import sheet
from treatments.errors import Refused
from treatments.forms import posted
from treatments.forms.booking import CancelForm
from treatments.models import Session

_WORDS = {"email": "e-mail", "sms": "text message"}


@requires(Permission.CONTACT_READ)
@require_safe
def day_sheet(request: HttpRequest, day: date | None = None) -> HttpResponse:
    """Who comes today, or on another day, to whom, and whether they are ready."""
    now = timezone.now()
    if day is None and (asked := clock.read_day(request.GET.get("day", ""))) is not None:
        return redirect("treatments:day_sheet_on", asked)
    user = me(request)
    day = day or now.astimezone(ClinicSettings.load().zone).date()
    found = sheet(day, viewer=user, now=now)
    log_seen(request, found.clients, what="day_sheet")
    context = {
        "sheet": found,
        "before": _step(day, -1),
        "after": _step(day, 1),
        "may_treat": user.can(Permission.CLINICAL_WRITE),
        "may_send": user.can(Permission.INTAKE_SEND),
        "may_book": user.can(Permission.BOOKING_WRITE),
    }
    return render(request, "treatments/day_sheet.html", context)


def _step(day: date, days: int) -> date | None:
    """The day before or after; None at the ends of the century."""
    step = day + timedelta(days=days)
    return step if clock.FIRST_DAY <= step <= clock.LAST_DAY else None


def back_to_day(session: Session) -> HttpResponse:
    """The sheet the session stands on."""
    day = session.starts_at.astimezone(ClinicSettings.load().zone).date()
    return redirect("treatments:day_sheet_on", day)


@requires(Permission.BOOKING_WRITE)
@require_POST
def session_arrive(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The client is here."""
    session = session_for(request, public_id, need=Permission.BOOKING_WRITE, what="session")
    try:
        schedule.arrive(session=session, by=me(request), now=timezone.now())
    except Refused as error:
        messages.error(request, str(error))
    return back_to_day(session)


@requires(Permission.INTAKE_SEND)
@require_POST
def session_link(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Send the health history link again, straight from the sheet."""
    session = session_for(request, public_id, need=Permission.INTAKE_SEND, what="session")
    try:
        sent = invitations.invite(client=session.client, by=me(request), now=timezone.now(), at_once=True)
    except (invitations.NoAddress, NotPublished) as error:
        messages.error(request, str(error) or "No health history is published yet.")
    else:
        by_what = " and ".join(_WORDS[name] for name in sent.channels)
        messages.success(request, f"{session.client.display_name}: the link is on its way by {by_what}.")
    return back_to_day(session)


@requires(Permission.BOOKING_WRITE)
@require_http_methods(["GET", "POST"])
def session_cancel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give the time back; asks for the reason."""
    session = session_for(request, public_id, need=Permission.BOOKING_WRITE, what="session")
    form = CancelForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            schedule.cancel(session=session, reason=form.cleaned_data["reason"], by=me(request), now=timezone.now())
        except Refused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"The session of {session.client.display_name} is cancelled.")
        return back_to_day(session)
    status = 422 if form.is_bound else 200
    context = {"session": session, "form": form, "reasons": CancelForm.REASONS}
    return render(request, "treatments/session_confirm_cancel.html", context, status=status)


@requires(Permission.BOOKING_WRITE)
@require_http_methods(["GET", "POST"])
def session_no_show(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The client did not come; asks first."""
    session = session_for(request, public_id, need=Permission.BOOKING_WRITE, what="session")
    if request.method == "POST":
        try:
            schedule.no_show(session=session, by=me(request), now=timezone.now())
        except Refused as error:
            messages.error(request, str(error))
        return back_to_day(session)
    return render(request, "treatments/session_confirm_no_show.html", {"session": session})

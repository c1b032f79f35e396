"""Closing a session: what the client will get, seen and changed before it is promised."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access import me
from clinic.permissions import Permission, requires
from treatments import closing, sessions
from treatments.access import session_for
from treatments.errors import Refused
from treatments.forms import posted
from treatments.models import Session
from treatments.notepage import context_of

CLOSED = "This session is closed already: nothing was changed."


@requires(Permission.CLINICAL_READ)
@require_http_methods(["GET", "POST"])
def session_close(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The timeline: to choose while the session is open, to read when it is closed."""
    now, user = timezone.now(), me(request)
    need = Permission.CLINICAL_WRITE if request.method == "POST" else Permission.CLINICAL_READ
    session = session_for(request, public_id, need=need, what="timeline")
    if session.state == Session.State.DONE:
        if request.method == "POST":
            messages.warning(request, CLOSED)
            return redirect("treatments:session_close", session.public_id)
        return render(request, "treatments/session_closed.html", _page(session, now) | closing.kept(session, now))
    if session.state != Session.State.IN_SESSION or not sessions.may_write(session, user):
        held = session.state == Session.State.IN_SESSION
        messages.error(request, sessions.NotYours.words if held else sessions.NotStarted.words)
        return redirect(session)
    version, form = closing.form_of(session, posted(request), now)
    context = _page(session, now)
    if form.is_bound and form.is_valid() and "then" not in request.POST:
        try:
            sessions.complete(session=session, by=user, now=now, chosen=(version, closing.chosen(form)))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(session)
        messages.success(request, "The session is closed. Its messages are on their way.")
        return redirect("treatments:session_close", session.public_id)
    status = 422 if form.is_bound and not form.is_valid() else 200
    context |= closing.context(session, version, form, now)
    return render(request, "treatments/session_close.html", context, status=status)


def _page(session: Session, now: datetime) -> dict[str, Any]:
    return context_of(session, now)

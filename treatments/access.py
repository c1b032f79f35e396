"""The one door to a session or a plan reached by its own id: it leads through the client's."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from clinic import access, audit
from clinic.models import User
from clinic.permissions import Permission
from treatments.models import Note, Plan, Session

Found = TypeVar("Found", Session, Plan)


def session_for(request: HttpRequest, public_id: UUID, *, need: Permission, what: str) -> Session:
    """The session behind a URL with its client, plan and therapist; checked and logged as seen."""
    rows = Session.objects.select_related("client", "plan__condition", "therapist", "note__signed_by", "note__saved_by")
    session = _one(rows, public_id)
    access.admit(request, session.client, need=need, what=what)
    return session


def session_to_write(request: HttpRequest, public_id: UUID) -> Session:
    """The same for a save that comes every few seconds: checked, and logged by the save itself."""
    session = _one(Session.objects.select_related("client", "note"), public_id)
    if not isinstance(request.user, User):
        raise Http404
    try:
        access.check(request.user, session.client, Permission.CLINICAL_WRITE)
    except PermissionDenied:
        audit.record("note.refused", by=request.user, client=session.client, reason=Permission.CLINICAL_WRITE.value)
        raise
    return session


def plan_for(request: HttpRequest, public_id: UUID, *, need: Permission, what: str) -> Plan:
    """The plan behind a URL with its client and condition; checked and logged as seen."""
    rows = Plan.objects.select_related("client", "condition", "therapist", "created_by", "started_by", "ended_by")
    plan = _one(rows, public_id)
    access.admit(request, plan.client, need=need, what=what)
    return plan


def note_of(session: Session) -> Note | None:
    """The session's note, or None before it started."""
    note: Note | None = getattr(session, "note", None)
    return note


def _one(rows: QuerySet[Found], public_id: UUID) -> Found:
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found

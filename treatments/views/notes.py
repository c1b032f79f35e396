"""The session's page: note, autosave, same as last time, end, sign, addendum."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.access import log_seen, me
from clinic.models import User
from clinic.permissions import Permission, requires
from intake.responses import latest_completed
from intake.safety.flags import standing
from treatments import closing, schedule, sessions
from treatments.access import note_of, session_for, session_to_write
from treatments.chart import area_words, limit_words, work_words
from treatments.day import unsigned_of
from treatments.errors import Refused
from treatments.forms.note import AddendumForm, NoteForm
from treatments.models import Note, Session
from treatments.notepage import context_of, shown


@requires(Permission.CLINICAL_WRITE)
@require_safe
def unsigned_list(request: HttpRequest) -> HttpResponse:
    """Notes of one's own that wait for a signature, the oldest first."""
    rows = unsigned_of(me(request)).select_related("session__client", "session__plan__condition")
    notes = list(rows.order_by("session__starts_at")[:100])
    log_seen(request, [note.session.client for note in notes], what="unsigned_list")
    return render(request, "treatments/unsigned_list.html", {"notes": notes, "now": timezone.now()})


@requires(Permission.CLINICAL_WRITE)
@require_POST
def session_start(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Begin treatment and open its note; says what is missing when it may not begin."""
    session = session_for(request, public_id, need=Permission.CLINICAL_WRITE, what="session")
    try:
        override = request.POST.get("override", "").strip()[:300]
        schedule.start(session=session, by=me(request), now=timezone.now(), override=override)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(session)


@requires(Permission.CLINICAL_READ)
@require_http_methods(["GET", "POST"])
def session_note(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The note: to write while it is open, to read when it is signed; before the start, what is known."""
    now, user = timezone.now(), me(request)
    need = Permission.CLINICAL_WRITE if request.method == "POST" else Permission.CLINICAL_READ
    session = session_for(request, public_id, need=need, what="note")
    note = note_of(session)
    if note is None:
        if request.method == "POST":
            messages.error(request, sessions.NotStarted.words)
            return redirect(session)
        return render(request, "treatments/session_before.html", _before(session, now))
    if note.is_signed:
        if request.method == "POST":
            return _locked(request, session, note, now)
        return render(request, "treatments/note_signed.html", _signed(session, note, user, now))
    if not (sessions.may_write(session, user) and user.can(Permission.CLINICAL_WRITE)):
        if request.method == "POST":
            messages.error(request, sessions.NotYours.words)
            return redirect(session)
        return render(request, "treatments/note_read.html", _read(session, note, now))
    if request.method == "POST":
        return _posted(request, session, note, user, now)
    form = NoteForm(initial=_initial(note), work=note.work)
    return _form(request, session, note, form, now)


def _before(session: Session, now: datetime) -> dict[str, Any]:
    """What is known before the start, and what still stands in its way."""
    not_ready = None
    try:
        schedule.check_ready(session.client, now)
        schedule.check_forms(session, now)
    except schedule.NotReady as refusal:
        not_ready = refusal
    more = {"not_ready": not_ready, "review": latest_completed(session.client)}
    return context_of(session, now) | more


def _initial(note: Note) -> dict[str, Any]:
    return {name: getattr(note, name) for name in (*sessions.CONTENT, "revision") if name != "work"}


def _form(
    request: HttpRequest, session: Session, note: Note, form: NoteForm, now: datetime, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = context_of(session, now) | shown(form, session, standing(session.client, now=now)) | {"note": note}
    return render(request, "treatments/note_form.html", context | more, status=status)


def _posted(request: HttpRequest, session: Session, note: Note, user: User, now: datetime) -> HttpResponse:
    """A save without scripts, or one of the page's other buttons, which save first."""
    form = NoteForm(request.POST, work=note.work)
    if not form.is_valid():
        return _form(request, session, note, form, now, status=422)
    values, then = form.cleaned_data, request.POST.get("then")
    common = {"note": note, "content": form.content(), "revision": values["revision"], "by": user, "now": now}
    try:
        if then == "same":
            sessions.same_as_last(**common)
            messages.success(request, "Copied from last time. Change what was different.")
        else:
            sessions.save_note(**common, reason=values["reason"])
    except sessions.StaleNote as stale:
        return _conflict(request, session, stale.note, form, now)
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _form(request, session, note, form, now, status=422)
    if then in ("sign", "end"):
        return redirect("treatments:session_sign" if then == "sign" else "treatments:session_close", session.public_id)
    return redirect(session)


def _conflict(request: HttpRequest, session: Session, kept: Note, form: NoteForm, now: datetime) -> HttpResponse:
    """Both versions: theirs to read, ours still in the form with the new revision, so that saving again is a choice."""
    typed = request.POST.copy()
    typed["revision"] = str(kept.revision)
    form.data = typed
    content = form.content()
    differing = [
        (str(form.fields[name].label), getattr(kept, name))
        for name in (*sessions.WORDS, "pain_before", "pain_after")
        if getattr(kept, name) != getattr(content, name)
    ]
    if kept.work != content.work:
        differing.append(("Techniques", work_words(kept.work)))
    if kept.regions != content.regions:
        differing.append(("Areas worked on", ", ".join(area_words(kept.regions))))
    return _form(request, session, kept, form, now, status=409, conflict=kept, differing=differing)


@requires(Permission.CLINICAL_WRITE)
@require_POST
def session_autosave(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One change, kept at once. Answers JSON: the new revision, or what is in the way; words are kept even then."""
    now, user = timezone.now(), me(request)
    session = session_to_write(request, public_id)
    note = note_of(session)
    if note is None:
        return JsonResponse({"message": sessions.NotStarted.words}, status=409)
    form = NoteForm(request.POST, work=note.work)
    if not form.is_valid():
        said = " ".join(str(message) for messages_ in form.errors.values() for message in messages_)
        return JsonResponse({"message": said, "fields": list(form.errors)}, status=422)
    values = form.cleaned_data
    try:
        kept, over = sessions.autosave(
            note=note, content=form.content(), revision=values["revision"], reason=values["reason"], by=user, now=now
        )
    except sessions.StaleNote as stale:
        by = stale.note.saved_by.name
        message = f"Saved elsewhere at {timezone.localtime(stale.note.saved_at):%H:%M} by {by}."
        return JsonResponse({"message": message, "conflict": True}, status=409)
    except Refused as refusal:
        return JsonResponse({"message": str(refusal), "locked": True}, status=409)
    if over:
        answer = {"message": str(sessions.PastLimits(over)), "fields": ["reason"], "revision": kept.revision}
        return JsonResponse(answer | {"limits": True}, status=422)
    return JsonResponse({"revision": kept.revision, "saved": f"{timezone.localtime(kept.saved_at):%H:%M:%S}"})


@requires(Permission.CLINICAL_WRITE)
@require_http_methods(["GET", "POST"])
def session_sign(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Read the note through, then lock it."""
    now, user = timezone.now(), me(request)
    session = session_for(request, public_id, need=Permission.CLINICAL_WRITE, what="note")
    note = note_of(session)
    if note is None or not sessions.may_write(session, user):
        messages.error(request, sessions.NotStarted.words if note is None else sessions.NotYours.words)
        return redirect(session)
    if note.is_signed:
        return _locked(request, session, note, now)
    version, form = closing.form_of(session, request.POST if "timeline" in request.POST else None, now)
    if request.method == "POST" and "then" not in request.POST and (not form.is_bound or form.is_valid()):
        chosen = (version, closing.chosen(form)) if form.is_bound else None
        try:
            sessions.sign(note=note, by=user, now=now, revision=_revision(request), chosen=chosen)
        except sessions.StaleNote:
            messages.warning(request, "The note changed after you read it. Please read it through once more.")
            return redirect("treatments:session_sign", session.public_id)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(session)
        messages.success(request, "Signed and locked. Aftercare is on its way.")
        return redirect(session)
    context = _read(session, note, now) | {"gaps": sessions.gaps(note)}
    if session.state == Session.State.IN_SESSION:
        context |= closing.context(session, version, form, now)
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "treatments/note_sign.html", context, status=status)


def _revision(request: HttpRequest) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _locked(request: HttpRequest, session: Session, note: Note, now: datetime) -> HttpResponse:
    """The note is signed already: say so, show it, and offer the addendum."""
    context = _signed(session, note, me(request), now) | {"already": True}
    return render(request, "treatments/note_signed.html", context, status=409)


def _read(session: Session, note: Note, now: datetime) -> dict[str, Any]:
    return context_of(session, now) | {
        "note": note,
        "limits": limit_words(standing(session.client, now=now)),
        "work": note.work,
        "areas": area_words(note.regions),
    }


def _signed(session: Session, note: Note, user: User, now: datetime) -> dict[str, Any]:
    return _read(session, note, now) | {
        "addenda": note.addenda.select_related("written_by"),
        "form": AddendumForm(),
        "may_add": user.can(Permission.CLINICAL_WRITE),
    }


@requires(Permission.CLINICAL_WRITE)
@require_POST
def session_addendum(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A dated correction under a signed note."""
    now, user = timezone.now(), me(request)
    session = session_for(request, public_id, need=Permission.CLINICAL_WRITE, what="note")
    note = note_of(session)
    if note is None or not note.is_signed:
        messages.error(request, sessions.NotSigned.words)
        return redirect(session)
    form = AddendumForm(request.POST)
    if form.is_valid():
        sessions.addend(note=note, by=user, now=now, **form.cleaned_data)
        messages.success(request, "The addendum stands under the note.")
        return redirect(session)
    context = _signed(session, note, user, now) | {"form": form}
    return render(request, "treatments/note_signed.html", context, status=422)

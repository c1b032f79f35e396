"""Verbs on the record of a session: open, save, same as last time, end, sign, addend.

A signed note never changes: the database refuses it too. Every save carries the revision it was made from, so that a
tab left open somewhere cannot write over a newer one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from clinic import audit
from clinic.models import User
from clinic.reasons import is_reason
from intake.safety import flags
from treatments import aftercare, limits, outcomes
from treatments.entries import Entry
from treatments.errors import Refused, StaleRecord
from treatments.models import Addendum, Note, Outcome, Series, Session

PAIN = "nprs"


class NotStarted(Refused):
    words = "The session has not started, so there is nothing to write down yet."


class NotYours(Refused):
    words = "This note belongs to the therapist who held the session."


class AlreadySigned(Refused):
    """The note is locked; `note` is it. What is to be corrected goes into an addendum."""

    def __init__(self, note: Note) -> None:
        super().__init__("This note is signed and locked. Add an addendum instead.")
        self.note = note


class NotSigned(Refused):
    words = "This note is not signed yet: correct the note itself."


class StaleNote(StaleRecord):
    """Somebody saved a newer revision; `note` is what is kept now. Nothing of either is lost."""

    def __init__(self, note: Note) -> None:
        super().__init__("This note was saved from another window. Both versions are shown: nothing was overwritten.")
        self.note = note


class PastLimits(Refused):
    """The work goes past what the screening allows; a written reason would let it."""

    field = "reason"

    def __init__(self, breaches: Sequence[limits.Breach]) -> None:
        super().__init__("Say why this was right in spite of: " + " ".join(each.words for each in breaches))
        self.breaches = list(breaches)


class NothingWritten(Refused):
    words = "Write down what was found or done before you sign."


class ReasonNeeded(Refused):
    words = "Say why this is added."
    field = "reason"


class TextNeeded(Refused):
    words = "Write what is to be added."
    field = "text"


class NoLastTime(Refused):
    words = "There is no earlier signed note to copy from."


@dataclass(frozen=True, slots=True)
class NoteContent:
    """What a therapist writes; the only fields a save ever touches."""

    subjective: str = ""
    objective: str = ""
    assessment: str = ""
    plan_next: str = ""
    pain_before: int | None = None
    pain_after: int | None = None
    work: list[dict[str, Any]] = field(default_factory=list)
    regions: list[str] = field(default_factory=list)
    reaction: str = ""
    home_care: str = ""


CONTENT = tuple(each.name for each in fields(NoteContent))
WORDS = ("subjective", "objective", "assessment", "plan_next", "reaction", "home_care")


def content_of(note: Note) -> NoteContent:
    """What the note says now."""
    return NoteContent(**{name: getattr(note, name) for name in CONTENT})


def may_write(session: Session, user: User) -> bool:
    """The therapist the session is booked with, or the colleague who held it instead."""
    return user.pk in (session.therapist_id, session.started_by_id)


def open_note(*, session: Session, by: User, now: datetime) -> Note:
    """The session's note, begun when there is none yet."""
    with audit.transaction():
        if not Session.objects.filter(pk=session.pk, state__in=("in_session", "done")).exists():
            raise NotStarted
        note, begun = Note.objects.get_or_create(session=session, defaults={"saved_at": now, "saved_by": by})
        if begun:
            audit.record("note.begin", by=by, client=session.client, subject=note)
    return note


def save_note(*, note: Note, content: NoteContent, revision: int, by: User, now: datetime, reason: str = "") -> Note:
    """Keep what was written. StaleNote for an older revision; PastLimits for work past the flags without a reason."""
    with audit.transaction():
        row = _to_change(note, revision, by)
        found = _breaches(row, content, now)
        over = limits.uncovered(found, row.overrides)
        if over and not is_reason(reason):
            raise PastLimits(over)
        return _keep(row, content, found, by=by, now=now, reason=reason)


def autosave(
    *, note: Note, content: NoteContent, revision: int, by: User, now: datetime, reason: str = ""
) -> tuple[Note, list[limits.Breach]]:
    """Like `save_note`, but words never wait: work that needs a reason stays as it was and is named."""
    with audit.transaction():
        row = _to_change(note, revision, by)
        found = _breaches(row, content, now)
        over = limits.uncovered(found, row.overrides)
        if over and not is_reason(reason):
            words = replace(content, work=row.work, regions=row.regions)
            return _keep(row, words, _breaches(row, words, now), by=by, now=now), over
        return _keep(row, content, found, by=by, now=now, reason=reason), []


def _to_change(note: Note, revision: int, by: User) -> Note:
    """The note held for a change that was made from `revision`."""
    row = _held(note)
    _may_change(row, by)
    if row.revision != revision:
        raise StaleNote(row)
    return row


def _may_change(row: Note, by: User) -> None:
    if row.is_signed:
        raise AlreadySigned(row)
    if not may_write(row.session, by):
        raise NotYours


def _breaches(row: Note, content: NoteContent, now: datetime) -> list[limits.Breach]:
    if not (content.work or content.regions):
        return []
    return limits.of_work(content.work, content.regions, flags.standing(row.session.client, now=now))


def _keep(
    row: Note, content: NoteContent, found: Sequence[limits.Breach], *, by: User, now: datetime, reason: str = ""
) -> Note:
    """Write what changed. Reasons given before stay as long as what they are for is still in the note."""
    over = limits.uncovered(found, row.overrides)
    still = {each.key for each in found}
    changed = [name for name in CONTENT if getattr(row, name) != getattr(content, name)]
    if not changed and not over:
        return row
    for name in changed:
        setattr(row, name, getattr(content, name))
    row.overrides = [each for each in row.overrides if each["limit"] in still]
    row.overrides += [limits.override(each, reason, by=by.name, at=now) for each in over]
    row.revision += 1
    row.saved_at, row.saved_by = now, by
    row.save(update_fields=[*changed, "overrides", "revision", "saved_at", "saved_by"])
    client = row.session.client
    audit.record("note.save", by=by, client=client, subject=row, fields=changed)
    if over:
        names = ", ".join(each.key for each in over)
        audit.record("note.override", by=by, client=client, subject=row, fields=["overrides"], reason=names)
    return row


def last_signed(session: Session) -> Note | None:
    """The note of the client's session before this one, if it was signed; of the same plan when there is one."""
    earlier = Note.objects.filter(
        session__client_id=session.client_id, session__starts_at__lt=session.starts_at, signed_at__isnull=False
    ).select_related("session", "signed_by")
    of_plan = earlier.filter(session__plan_id=session.plan_id) if session.plan_id else earlier.none()
    newest_first = "-session__starts_at"
    return of_plan.order_by(newest_first).first() or earlier.order_by(newest_first).first()


def same_as_last(*, note: Note, content: NoteContent, revision: int, by: User, now: datetime) -> Note:
    """Keep what is written, with techniques, areas and home care of last time; what today's flags rule out is left."""
    with audit.transaction():
        row = _to_change(note, revision, by)
        last = last_signed(row.session)
        if last is None:
            raise NoLastTime
        standing = flags.standing(row.session.client, now=now)
        out = standing.blocked_regions | standing.unagreed_regions  # a yes of last time was for last time
        regions = [code for code in last.regions if code not in out]
        work = [each for each in last.work if not limits.of_work([each], regions, standing)]
        home_care = content.home_care or last.home_care
        return _keep(
            row, replace(content, work=work, regions=regions, home_care=home_care), [], by=by, now=now, reason=""
        )


def complete(
    *, session: Session, by: User, now: datetime, chosen: tuple[Series, Sequence[Entry]] | None = None
) -> Session:
    """End the treatment: the session is done and its aftercare is on its way, signed or not. Harmless when done.

    `chosen` is the timeline the therapist saw and changed; without one it is what the series proposes.
    """
    with audit.transaction():
        row = Session.objects.select_for_update(of=("self",)).select_related("client", "plan").get(pk=session.pk)
        if row.state == Session.State.DONE:
            return row
        if row.state != Session.State.IN_SESSION:
            raise NotStarted
        if not may_write(row, by):
            raise NotYours
        row.state, row.completed_at, row.completed_by = Session.State.DONE, now, by
        row.save(update_fields=["state", "completed_at", "completed_by"])
        audit.record("session.complete", by=by, client=row.client, subject=row, fields=["state"])
        aftercare.schedule_for(session=row, by=by, now=now, chosen=chosen)
    session.refresh_from_db()
    return row


def gaps(note: Note) -> list[str]:
    """What a careful reader would miss before signing. None of it stops a signature."""
    missing = []
    if note.pain_before is None:
        missing.append("pain before")
    if note.pain_after is None:
        missing.append("pain after")
    if not note.work:
        missing.append("techniques")
    if not note.plan_next:
        missing.append("the plan for next time")
    return missing


def sign(
    *, note: Note, by: User, now: datetime, revision: int | None = None,
    chosen: tuple[Series, Sequence[Entry]] | None = None,
) -> Note:  # fmt: skip
    """Lock the note for ever: the session is done, pain becomes outcomes, aftercare is scheduled, all or nothing.

    With a `revision`, StaleNote when it is not the one that was read through.
    """
    with audit.transaction():
        row = _held(note)
        _may_change(row, by)
        if revision is not None and row.revision != revision:
            raise StaleNote(row)
        if not (row.work or any(getattr(row, name).strip() for name in WORDS)):
            raise NothingWritten
        if over := limits.uncovered(_breaches(row, content_of(row), now), row.overrides):
            raise PastLimits(over)
        session = complete(session=row.session, by=by, now=now, chosen=chosen)
        _record_pain(row, session, by, now)
        row.signed_at, row.signed_by = now, by
        row.checksum = checksum(row)
        row.save(update_fields=["signed_at", "signed_by", "checksum"])
        audit.record("note.sign", by=by, client=session.client, subject=row, reason=row.checksum)
    note.refresh_from_db()
    return row


def _record_pain(note: Note, session: Session, by: User, now: datetime) -> None:
    for moment, value in (("before", note.pain_before), ("after", note.pain_after)):
        if value is not None:
            outcomes.record(
                client=session.client, plan=session.plan, session=session, measure=PAIN, value=Decimal(value),
                moment=moment, source=Outcome.Source.NOTE, by=by, now=now,
                taken_at=session.starts_at if moment == "before" else session.ends_at,
            )  # fmt: skip


def checksum(note: Note) -> str:
    """SHA-256 over a JSON form of the note, its session, and who signed when."""
    facts = {name: getattr(note, name) for name in (*CONTENT, "overrides")}
    facts |= {
        "note": str(note.public_id),
        "session": str(note.session.public_id),
        "signed_at": note.signed_at.astimezone(UTC).isoformat(timespec="microseconds") if note.signed_at else "",
        "signed_by": str(note.signed_by.public_id) if note.signed_by else "",
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def addend(*, note: Note, text: str, reason: str, by: User, now: datetime) -> Addendum:
    """A dated correction under a signed note; the note itself stays as it was. The same one twice is kept once."""
    text, reason = text.strip(), reason.strip()
    if not text:
        raise TextNeeded
    if not reason:
        raise ReasonNeeded
    with audit.transaction():
        row = _held(note)
        if not row.is_signed:
            raise NotSigned
        before = row.addenda.filter(written_by=by).order_by("-id").first()
        if before is not None and (before.text, before.reason) == (text, reason):
            return before
        addendum = Addendum.objects.create(note=row, text=text, reason=reason, written_at=now, written_by=by)
        audit.record("note.addend", by=by, client=row.session.client, subject=addendum)
    return addendum


def _held(note: Note) -> Note:
    rows = Note.objects.select_for_update(of=("self",)).select_related("session__client", "session__plan")
    return rows.get(pk=note.pk)

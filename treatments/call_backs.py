"""Work for people that an answer makes: above all the call-back after "worse".

The desk reads that a call is due, by when and whose it is, never why.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import BooleanField, Case, Count, Q, QuerySet, Value, When

from clinic import access, audit, closures, outbox
from clinic.models import ClinicSettings, User
from clinic.permissions import Permission
from treatments import answers, warning_words, working_hours
from treatments.errors import Refused
from treatments.models import CheckIn, Session, Task

CALL_WITHIN = timedelta(hours=4)  # of open time
SHOWN_FOR = timedelta(days=30)
NOTICE = "staff.call_back"


class DoneAlready(Refused):
    """A colleague was first; `task` says who."""

    def __init__(self, task: Task) -> None:
        super().__init__(f"{task.done_by.name if task.done_by else 'Somebody'} has done this already.")
        self.task = task


class ResolutionNeeded(Refused):
    words = "Say what came of it."
    field = "resolution"


def is_wanted(*, feeling: str, reaction: bool | None, text: str) -> bool:
    """Does this answer ask for a call: worse, a reaction, or a word of the warning list in the client's own line?"""
    return feeling == CheckIn.Feeling.WORSE or bool(reaction) or bool(warning_words.matches(text))


def ask(*, check_in: CheckIn, by: audit.Actor, now: datetime) -> Task:
    """A call-back for the therapist of the session within four working hours, and a notice that says no more.

    While one is open for this question, it is told what came since; after it is done, a new one is made.
    """
    session = check_in.session
    with audit.transaction():
        task, made = Task.objects.get_or_create(
            check_in=check_in,
            done_at=None,
            defaults={
                "client": session.client,
                "session": session,
                "kind": Task.Kind.CALL_BACK,
                "assigned_to": session.therapist,
                "detail": in_words(check_in),
                "created_at": now,
                "due_at": _due(now),
            },
        )
        if made:
            audit.record("task.make", by=by, client=session.client, subject=task)
            tell(task=task, by=by, now=now)
        else:
            retell(check_in=check_in, by=by)
    return task


def retell(*, check_in: CheckIn, by: audit.Actor) -> None:
    """Write into the open task what the client has added since."""
    with audit.transaction():
        for task in Task.objects.select_for_update().filter(check_in=check_in, done_at=None):
            task.detail = in_words(check_in)
            task.save(update_fields=["detail"])
            audit.record("task.add", by=by, client=check_in.session.client, subject=task, fields=["detail"])


def _due(now: datetime) -> datetime:
    """When a call asked for now is due: open hours of open days count."""
    clinic = ClinicSettings.load()
    return working_hours.after(
        now, CALL_WITHIN, opens=clinic.day_starts, closes=clinic.day_ends, zone=clinic.zone,
        closed=closures.ahead(now, clinic.zone),
    )  # fmt: skip


def help_with_link(*, session: Session, by: audit.Actor, now: datetime) -> Task:
    """A client could not open their page: the desk rings and helps, once for each session."""
    with audit.transaction():
        task, made = Task.objects.get_or_create(
            session=session, kind=Task.Kind.INTAKE_HELP, done_at=None,
            defaults={"client": session.client, "created_at": now, "due_at": _due(now)},
        )  # fmt: skip
        if made:
            audit.record("task.make", by=by, client=session.client, subject=task)
    return task


def tell(*, task: Task, by: audit.Actor, now: datetime) -> None:
    """A notice to whoever is to call: that a call is due, and nothing of whom or why."""
    user = task.assigned_to
    if user is None or not user.is_active:
        return
    outbox.schedule(
        key=f"task:{task.public_id}:{user.public_id}:email", kind=NOTICE, channel="email", due_at=now,
        not_after=now + timedelta(days=1), by=by, now=now, user=user, about_type="treatments.task",
        about_id=task.public_id,
    )  # fmt: skip


def in_words(check_in: CheckIn) -> str:
    """What the client answered and added, a line each, for the therapist: English, whatever the client reads."""
    zone, lines = ClinicSettings.load().zone, []
    for said in answers.said_in(check_in):
        when = f"Added {said.at.astimezone(zone):%a %H:%M}: " if said.added else ""
        own = f"“{said.text}”" if said.text else ""
        lines.append(when + ", ".join(part for part in (said.words, own) if part))
        lines += [str(match) for match in said.warnings]
    return "\n".join(lines)


def reads_content(user: User) -> bool:
    """May see why a call is due; the desk sees only that it is."""
    return user.can(Permission.CLINICAL_READ)


def open_tasks(user: User, *, now: datetime) -> QuerySet[Task]:
    """What is to be done, late first; for a therapist the own ones before the others'."""
    tasks = Task.objects.filter(done_at=None).select_related("client", "assigned_to")
    if not reads_content(user):
        return tasks.defer("detail", "resolution").order_by("due_at", "id")
    late = Case(When(due_at__lt=now, then=Value(True)), default=Value(False), output_field=BooleanField())
    own = Case(When(assigned_to=user, then=Value(True)), default=Value(False), output_field=BooleanField())
    mine = Q(assigned_to=user) | Q(assigned_to=None)
    open_charts = access.charts_open_to(user, now=now).values("pk")
    tasks = tasks.filter(mine | Q(client__in=open_charts)).annotate(is_own=own, is_late=late)
    return tasks.order_by("-is_own", "-is_late", "due_at", "id")


def done_lately(user: User, *, now: datetime) -> QuerySet[Task]:
    """What was closed in the last weeks, newest first."""
    tasks = Task.objects.filter(done_at__gt=now - SHOWN_FOR).select_related("client", "assigned_to", "done_by")
    tasks = tasks.order_by("-done_at", "-id")
    if not reads_content(user):
        return tasks.defer("detail", "resolution")
    return tasks.filter(client__in=access.charts_open_to(user, now=now).values("pk"))


def needed_for(task: Task) -> Permission:
    """Who may close it: help with a link is the desk's, everything else a therapist's."""
    return Permission.INTAKE_SEND if task.kind == Task.Kind.INTAKE_HELP else Permission.CLINICAL_WRITE


def finish(*, task: Task, resolution: str, by: User, now: datetime) -> Task:
    """Close a task with what came of it. Raises DoneAlready or ResolutionNeeded."""
    if not resolution.strip():
        raise ResolutionNeeded
    with audit.transaction():
        changed = Task.objects.filter(pk=task.pk, done_at=None).update(
            done_at=now, done_by=by, resolution=resolution.strip()
        )
        if not changed:
            raise DoneAlready(Task.objects.select_related("done_by").defer("detail", "resolution").get(pk=task.pk))
        audit.record("task.finish", by=by, client=task.client, subject=task, fields=["resolution"])
        outbox.cancel(about_id=task.public_id, reason="done already", by=by, now=now)
    task.refresh_from_db()
    return task


def waiting(user: User, *, now: datetime) -> tuple[int, int]:
    """How many open tasks stand in this person's navigation, and how many of them are late.

    A therapist's are the own ones and nobody's; the desk, the lead and the owner see to all.
    """
    tasks = Task.objects.filter(done_at=None)
    if user.is_therapist and not (user.is_lead_therapist or user.is_front_desk or user.is_owner):
        tasks = tasks.filter(Q(assigned_to=user) | Q(assigned_to=None))
    found = tasks.order_by().aggregate(all=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now)))
    return found["all"], found["late"]

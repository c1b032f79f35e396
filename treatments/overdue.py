"""Call-backs nobody has made in time: after the hours the owner set, the lead therapists and owners are told."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from clinic import audit, outbox
from clinic.models import ClinicSettings, Message, User
from treatments import working_hours
from treatments.models import Task

NOTICE = "staff.call_back_late"
TOLD_FOR = timedelta(days=14)  # older ones were told, or belong to another time


def tell(*, now: datetime) -> int:
    """Put a notice into the outbox for every task that is late by so many open hours. Returns how many are new."""
    clinic = ClinicSettings.load()
    late_by = timedelta(hours=clinic.tell_overdue_after)
    tasks = Task.objects.filter(
        done_at=None, kind=Task.Kind.CALL_BACK, due_at__lte=now, due_at__gt=now - TOLD_FOR
    ).defer("detail", "resolution")
    late = [
        task
        for task in tasks
        if working_hours.after(
            task.due_at, late_by, opens=clinic.day_starts, closes=clinic.day_ends, zone=clinic.zone
        ) <= now
    ]  # fmt: skip
    if not late:
        return 0
    told = set(Message.objects.filter(kind=NOTICE, about_id__in=[task.public_id for task in late]).values_list(
        "about_id", "user_id"
    ))  # fmt: skip
    made = 0
    for user in User.objects.filter(Q(is_lead_therapist=True) | Q(is_owner=True), is_active=True):
        for task in late:
            if (task.public_id, user.pk) not in told:
                _put(task, user, now)
                made += 1
    return made


def _put(task: Task, user: User, now: datetime) -> None:
    outbox.schedule(
        key=f"task:{task.public_id}:late:{user.public_id}", kind=NOTICE, channel="email", due_at=now,
        not_after=now + timedelta(days=1), by=audit.SYSTEM, now=now, user=user, about_type="treatments.task",
        about_id=task.public_id,
    )  # fmt: skip

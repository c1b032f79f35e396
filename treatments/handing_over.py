"""A call-back whose therapist is not in: the desk sees that, and gives it to somebody who is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from clinic import access, audit, outbox
from clinic.models import ClinicSettings, User
from treatments import call_backs, clock
from treatments.errors import Refused
from treatments.models import Session, Task

# A colleague who calls needs the chart for the call and what follows from it.
COVER_LASTS = timedelta(days=3)


class NotATherapist(Refused):
    words = "This person does not treat here."
    field = "to"


class TheirsAlready(Refused):
    words = "It is theirs already."
    field = "to"


class NotACallBack(Refused):
    words = "Only a call-back is handed over."


def away(therapists: Iterable[User], *, now: datetime) -> set[int]:
    """Keys of those who are not in today: nobody is booked with them, or their account is closed."""
    wanted = set(therapists)
    if not wanted:
        return set()
    zone = ClinicSettings.load().zone
    begins, ends = clock.bounds(now.astimezone(zone).date(), zone)
    today = Session.objects.filter(therapist__in=wanted, starts_at__gte=begins, starts_at__lt=ends)
    treating = set(today.exclude(state__in=Session.FREE_STATES).order_by().values_list("therapist_id", flat=True))
    return {user.pk for user in wanted if not user.is_active or user.pk not in treating}


def away_of(tasks: Iterable[Task], *, now: datetime) -> set[int]:
    """The same of those who have open tasks among these."""
    return away([task.assigned_to for task in tasks if task.assigned_to and not task.done_at], now=now)


def colleagues(task: Task, *, now: datetime) -> list[tuple[User, bool]]:
    """Who could take it, those who are in today first; with whether they are away."""
    others = list(User.objects.filter(is_therapist=True, is_active=True).exclude(pk=task.assigned_to_id))
    gone = away(others, now=now)
    return sorted(((user, user.pk in gone) for user in others), key=lambda pair: (pair[1], pair[0].name))


def hand_over(*, task: Task, to: User, by: User, now: datetime) -> Task:
    """Give an open call-back to another therapist: they are told, and the chart is open to them for some days.

    Raises NotACallBack, NotATherapist, TheirsAlready or DoneAlready; then nothing is changed.
    """
    if task.kind != Task.Kind.CALL_BACK:
        raise NotACallBack
    if not (to.is_therapist and to.is_active):
        raise NotATherapist
    with audit.transaction():
        row = Task.objects.select_for_update(of=("self",)).select_related("client", "done_by").get(pk=task.pk)
        if row.done_at is not None:
            raise call_backs.DoneAlready(row)
        if row.assigned_to_id == to.pk:
            raise TheirsAlready
        row.assigned_to = to
        row.save(update_fields=["assigned_to"])
        audit.record("task.hand_over", by=by, client=row.client, subject=row, fields=["assigned_to"])
        access.cover(client=row.client, therapist=to, until=now + COVER_LASTS, by=by, now=now)
        outbox.cancel(about_id=row.public_id, reason="handed over", by=by, now=now)
        call_backs.tell(task=row, by=by, now=now)
    task.refresh_from_db()
    return task

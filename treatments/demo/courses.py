"""Weeks of treatment: plans started, sessions held and signed, check-ins answered, until today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from clinic.models import Client, User
from conditions.models import Condition
from treatments import check_ins, plans, schedule, sessions
from treatments.demo import mailbag
from treatments.demo.cast import at
from treatments.models import CheckIn, Plan, Session

# How pain went, session by session, for the courses of the story: most get better, some hardly, one not at all.
CURVES = (
    (7, 6, 6, 5, 4, 4, 3, 2, 2),
    (6, 6, 5, 4, 4, 3, 3, 3, 2),
    (8, 7, 7, 6, 6, 5, 5, 4, 4),
    (5, 5, 4, 4, 3, 2, 2, 1, 1),
    (7, 7, 6, 7, 5, 5, 4, 4, 3),
    (6, 5, 6, 6, 5, 6, 6, 5, 6),
)
FEELINGS = (("better", False), ("better", False), ("little_sore", False), ("same", False), ("better", False))
#: How long after a session its check-ins are answered, in hours.
ANSWERED_AFTER = {"h24": 25, "h72": 74, "d7": 170, "d14": 340}
SLOTS = ((8, 30), (9, 30), (10, 30), (11, 30), (13, 0), (14, 0), (15, 0), (16, 0), (17, 0))


@dataclass(frozen=True)
class Course:
    """One client's weeks: which curve, which slot of the day, how many sessions lie behind."""

    client: Client
    condition: Condition
    therapist: User
    curve: tuple[int, ...]
    slot: tuple[int, int]
    days: tuple[date, ...]
    zone: ZoneInfo


def start_plan(course: Course, *, now: datetime) -> Plan:
    """The catalogue's proposal, taken as it is and started."""
    plan = plans.propose(client=course.client, condition=course.condition, by=course.therapist, now=now)
    return plans.start(plan=plan, by=course.therapist, now=now, precondition_met=True)


def book(course: Course, plan: Plan | None, day: date, *, now: datetime, minutes: int = 60) -> Session:
    return schedule.book(
        client=course.client,
        therapist=course.therapist,
        starts_at=at(course.zone, day, *course.slot),
        minutes=min(plan.minutes, minutes) if plan is not None else minutes,
        by=course.therapist,
        now=now,
        plan=plan,
    )


def hold_session(course: Course, plan: Plan, number: int, day: date) -> Session:
    """A whole past session: booked a week before, arrived, treated, noted, signed."""
    begins = at(course.zone, day, *course.slot)
    session = book(course, plan, day, now=begins - timedelta(days=6))
    mailbag.deliver(client=course.client, until=begins)
    schedule.arrive(session=session, by=course.therapist, now=begins - timedelta(minutes=4))
    schedule.start(session=session, by=course.therapist, now=begins)
    write_note(session, course, plan, number, now=begins + timedelta(minutes=2), done=True)
    sessions.sign(note=session.note, by=course.therapist, now=session.ends_at + timedelta(minutes=6))
    return session


def write_note(session: Session, course: Course, plan: Plan, number: int, *, now: datetime, done: bool) -> None:
    """The note, begun with the session; `done` with everything that is known at its end."""
    session.refresh_from_db()
    before = course.curve[min(number, len(course.curve) - 1)]
    note = sessions.open_note(session=session, by=course.therapist, now=now)
    content = sessions.NoteContent(
        subjective=_subjective(number, before),
        pain_before=before,
        **(_rest(plan, number, before) if done else {}),
    )
    sessions.save_note(note=note, content=content, revision=note.revision, by=course.therapist, now=now)
    session.refresh_from_db()


def _subjective(number: int, before: int) -> str:
    if number == 0:
        return f"First visit. Pain {before} of 10 today. Goal as written in the health history."
    return f"Pain {before} of 10 on arrival. Did the home programme on most days."


def _rest(plan: Plan, number: int, before: int) -> dict[str, Any]:
    pressure = plan.pressure_min if number < 2 else min(plan.pressure_min + 1, plan.pressure_max)
    minutes = max(5, plan.minutes // 3)
    chosen = plan.techniques[:3]
    return {
        "objective": "Tender on both sides of the treated area, more on the right. Movement freer after treatment.",
        "assessment": "As expected." if number % 3 else "Tolerated well; no warning signs today.",
        "plan_next": "Go on as planned." if number % 4 != 3 else "Reassess together next time.",
        "pain_after": max(0, before - 2),
        "work": [{"technique": code, "pressure": pressure, "minutes": minutes, "regions": []} for code in chosen],
        "regions": plan.regions[:4],
        "home_care": plan.home_programme[0] if plan.home_programme else "",
    }


def follow_up(session: Session, course: Course, number: int, *, now: datetime) -> None:
    """The client's answers after the session, until the next: most of them come."""
    later = [at(course.zone, day, *course.slot) for day in course.days[number + 1 :]]
    until = min([now, *later])
    asked = {check_in.moment: check_in for check_in in CheckIn.objects.filter(session=session)}
    for turn, (moment, hours) in enumerate(ANSWERED_AFTER.items()):
        answered = session.ends_at + timedelta(hours=hours)
        if (number + turn) % 5 == 4 or moment not in asked or answered >= until:
            continue  # nobody answers every time, nor what was not asked any more
        check_in = asked[moment]
        mailbag.deliver(client=course.client, until=answered)
        feeling, reaction = FEELINGS[(number + turn) % len(FEELINGS)]
        before = course.curve[min(number, len(course.curve) - 1)]
        check_ins.answer(
            check_in=check_in, feeling=feeling, score=min(10, max(0, before - 2 + turn // 2)), reaction=reaction,
            reaction_text="", now=answered,
        )  # fmt: skip


def sign_and_end(session: Session, course: Course) -> None:
    """Signed a few minutes after its end."""
    sessions.sign(note=session.note, by=course.therapist, now=session.ends_at + timedelta(minutes=6))


def end_unsigned(session: Session, course: Course) -> None:
    """Treatment is over, the note still waits for its signature."""
    sessions.complete(session=session, by=course.therapist, now=session.ends_at + timedelta(minutes=1))

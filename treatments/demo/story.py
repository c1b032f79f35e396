"""The whole demo clinic, told once, in one transaction: either all of it is there or nothing is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from clinic import audit, request_context
from clinic.models import Client, User
from conditions.catalogue import plan_templates
from conditions.models import Condition
from treatments import call_backs, check_ins, plans, schedule
from treatments.demo import courses, decisions, forms, intakes, mailbag, returns, wordings
from treatments.demo.cast import Login, at, hire, open_clinic, people
from treatments.demo.courses import CURVES, SLOTS, Course
from treatments.models import CheckIn, Plan, Session

#: The story whose people were here last year, before they took blood thinners.
ANSWERS_DIFFER = "flag_thinner"
WEEKS = (8, 4, 2, 8, 5, 3, 1, 6, 3)  # how many sessions lie behind the nine courses of each therapist
TODAY_SEATS = 8  # the first eight of the nine come today; the ninth came two days ago
# What the ninth client of each therapist said the day after: better, worse and called back, worse and waiting.
WORSE = (("better", "", False), ("worse", "Sore down to the elbow since yesterday.", True), ("worse", "", False))

# Turn → days ahead and hour of the first visit of people whose form is still on its way: the desk sees how far it is.
FIRST_VISITS = {
    51: (0, 12, 30), 55: (0, 12, 30), 56: (0, 12, 30),
    39: (1, 9, 0), 40: (1, 9, 0), 41: (1, 9, 0), 47: (1, 10, 30), 49: (1, 10, 30), 54: (1, 10, 30), 52: (1, 14, 0),
    48: (2, 10, 0), 50: (2, 10, 0), 53: (2, 11, 30),
}  # fmt: skip


class NotEmpty(Exception):
    """The database already holds people: a demo never mixes with real ones."""


def load(*, now: datetime) -> list[Login]:
    """Fill an empty clinic. Returns the staff's logins. Raises NotEmpty."""
    if User.objects.exists() or Client.objects.exists():
        raise NotEmpty
    with audit.transaction():
        clinic = open_clinic(now)
        # The audit says where these rows come from; the clinic's settings are read once, as in a request.
        origin = request_context.set_current(request_context.Origin(agent="load_demo"))
        try:
            staff, logins = hire()
            house = intakes.House(
                desk=staff["desk"],
                lead=staff["lead"],
                therapists=(staff["lead"], staff["therapist"], staff["therapist2"]),
            )
            _Telling(house, clinic.zone, now).tell()
            forms.tell(owner=staff["owner"], desk=staff["desk"], lead=staff["lead"], now=now)
            decisions.tell(owner=staff["owner"], lead=staff["lead"], desk=staff["desk"], now=now)
            wordings.tell(owner=staff["owner"], now=now)
            returns.tell(desk=staff["desk"], now=now)
            mailbag.settle(now=now)
        finally:
            request_context.reset(origin)
    return logins


class _Telling:
    """Goes through the sixty people in order and brings each to where their story stands."""

    def __init__(self, house: intakes.House, zone: ZoneInfo, now: datetime) -> None:
        self.house, self.zone, self.now = house, zone, now
        self.today: date = now.astimezone(zone).date()
        self.conditions = {condition.slug: condition for condition in Condition.objects.all()}
        self.seats = [0, 0, 0]
        self.overdue = False
        self.courses = [0, 0, 0]

    def tell(self) -> None:
        for turn, person in enumerate(people()):
            getattr(self, f"_{self._chapter(person['story'])}")(turn, person)

    def _chapter(self, story: str) -> str:
        if story in {"course", "completed", "stopped", "on_hold", "first_today", "plan_draft"}:
            return story
        return "intake_only"

    def _intake_only(self, turn: int, person: dict[str, Any]) -> None:
        days = {"expired": 12, "sent": 2, "filling": 1, "locked": 3, "new": 0}.get(person["story"], 1)
        client = self._enter(turn, person, days_ago=days)
        if (when := FIRST_VISITS.get(turn)) is not None:
            ahead, *slot = when
            course = self._course_of(turn, person, client, (slot[0], slot[1]), days=())
            minutes = 60 if ahead else 30  # today only the half hour after noon is free
            courses.book(course, None, self.today + timedelta(days=ahead), now=self.now, minutes=minutes)

    def _enter(self, turn: int, person: dict[str, Any], *, days_ago: int) -> Client:
        """Registered at nine that day (for today: just now), and intake as far as it went."""
        began = at(self.zone, self.today - timedelta(days=days_ago), 9, turn % 50) if days_ago else self.now
        client = intakes.register(person, self.house, now=began)
        if person["story"] == ANSWERS_DIFFER:
            # A form of last year beside this one: the review shows what changed.
            before = began - timedelta(days=368)
            intakes.tell(person | {"story": "first_today"}, client, self.house, pain=3, now=before)
        intakes.tell(person, client, self.house, pain=self._curve(turn)[0], now=began)
        return client

    def _curve(self, turn: int) -> tuple[int, ...]:
        return CURVES[turn % len(CURVES)]

    def _course_of(
        self, turn: int, person: dict[str, Any], client: Client, slot: tuple[int, int], **days: Any
    ) -> Course:
        return Course(
            client=client,
            condition=self.conditions[person["condition"]],
            therapist=self.house.therapists[person["therapist"]],
            curve=self._curve(turn),
            slot=slot,
            zone=self.zone,
            **days,
        )

    def _weekly(self, weeks: int, offset: int) -> tuple[date, ...]:
        return tuple(self.today + timedelta(days=offset - 7 * back) for back in range(weeks, 0, -1))

    def _course(self, turn: int, person: dict[str, Any]) -> None:
        """A running course: a session a week, one of them today (for the ninth client: two days ago)."""
        who = person["therapist"]
        place = self.courses[who]
        self.courses[who] += 1
        comes_today = place < TODAY_SEATS
        offset = 0 if comes_today else 5  # weekly sessions end a week before today, or two days ago
        weeks = min(WEEKS[place], self._planned(person) - 1)
        client = self._enter(turn, person, days_ago=7 * weeks + 5)
        course = self._course_of(turn, person, client, SLOTS[place % len(SLOTS)], days=self._weekly(weeks, offset))
        plan = self._hold_all(course, last_answered=comes_today)
        if comes_today:
            self._seat_today(course, plan, weeks, self.today)
        else:
            self._answers_last(plan, WORSE[who])
        if place % 3 == 0 or not comes_today:
            courses.book(course, plan, self.today + timedelta(days=offset or 7), now=self.now)

    def _planned(self, person: dict[str, Any]) -> int:
        """How many sessions the catalogue's usual plan has."""
        return plan_templates(self.conditions[person["condition"]])[0].sessions

    def _hold_all(self, course: Course, *, last_answered: bool = True) -> Plan:
        plan = courses.start_plan(course, now=at(self.zone, course.days[0] - timedelta(days=2), 12))
        for number, day in enumerate(course.days):
            session = courses.hold_session(course, plan, number, day)
            if last_answered or number < len(course.days) - 1:
                courses.follow_up(session, course, number, now=self.now)
        return plan

    def _answers_last(self, plan: Plan, words: tuple[str, str, bool]) -> None:
        """The check-in of the day after the last session, answered not long ago; what it asks for may be done."""
        check_in = CheckIn.objects.filter(session__plan=plan, answered_at=None, moment="h24").order_by("-id").first()
        if check_in is None:
            return
        feeling, text, called_back = words
        answered = min(self.now - timedelta(hours=2), check_in.expires_at - timedelta(hours=1))
        check_in = check_ins.answer(
            check_in=check_in, feeling=feeling, score=7 if feeling == "worse" else 3, reaction=bool(text),
            reaction_text=text, now=answered,
        )  # fmt: skip
        if called_back:
            call_backs.finish(
                task=check_in.tasks.get(), by=plan.therapist, now=self.now - timedelta(minutes=40),
                resolution="Called: sore from gardening, no warning signs. Lighter pressure next time.",
            )  # fmt: skip

    def _nobody_called(self, plan: Plan) -> None:
        """One client said days ago that it is worse, and the call is overdue: the list shows it on top."""
        asked_by = self.now - timedelta(days=2)
        waiting = CheckIn.objects.filter(session__plan=plan, answered_at=None, expires_at__gt=self.now)
        asked = waiting.filter(expires_at__lt=asked_by + check_ins.LASTS).order_by("-expires_at").first()
        if asked is None or self.overdue:
            return
        self.overdue, said = True, asked.expires_at - check_ins.LASTS + timedelta(hours=1)
        check_ins.answer(check_in=asked, feeling="worse", score=None, reaction=None, reaction_text="", now=said)
        check_ins.add(check_in=asked, score=7, text="Some tingling down the arm at night.", now=said)

    def _seat_today(self, course: Course, plan: Plan | None, number: int, day: date) -> None:
        """Today's visit, as far as the clock has brought it."""
        begins = at(self.zone, day, *course.slot)
        session = courses.book(course, plan, day, now=min(self.now, begins) - timedelta(days=6))
        ends = session.ends_at
        early = timedelta(minutes=45 if course.therapist == self.house.therapists[1] else 20)
        if self.now < begins - early:
            return
        arrived = begins - timedelta(minutes=5)
        schedule.arrive(session=session, by=self.house.desk, now=min(arrived, self.now))
        if self.now < begins or plan is None:
            return
        schedule.start(session=session, by=course.therapist, now=begins)
        over = self.now > ends + timedelta(minutes=10)
        courses.write_note(session, course, plan, number, now=begins + timedelta(minutes=3), done=over)
        if over and self.seats[self.house.therapists.index(course.therapist)] != 1:
            courses.sign_and_end(session, course)
        elif over:
            courses.end_unsigned(session, course)  # one note a therapist still waits for its signature
        self.seats[self.house.therapists.index(course.therapist)] += 1

    def _first_today(self, turn: int, person: dict[str, Any]) -> None:
        """A new client, reviewed, planned, and here for the first time late today."""
        client = self._enter(turn, person, days_ago=4)
        course = self._course_of(turn, person, client, SLOTS[-1], days=())
        plan = courses.start_plan(course, now=self.now - timedelta(days=2))
        self._seat_today(course, plan, 0, self.today)

    def _plan_draft(self, turn: int, person: dict[str, Any]) -> None:
        client = self._enter(turn, person, days_ago=3)
        therapist = self.house.therapists[person["therapist"]]
        plans.propose(client=client, condition=self.conditions[person["condition"]], by=therapist, now=self.now)

    def _completed(self, turn: int, person: dict[str, Any]) -> None:
        plan, course = self._ended_course(turn, person, weeks=5, rest=10)
        plans.complete(plan=plan, by=course.therapist, now=self._last_word(course), reason="Goals reached.")

    def _stopped(self, turn: int, person: dict[str, Any]) -> None:
        plan, course = self._ended_course(turn, person, weeks=3)
        plans.stop(
            plan=plan, by=course.therapist, now=self._last_word(course), reason="No change after three sessions; "
            "sent back to the doctor.",
        )  # fmt: skip

    def _on_hold(self, turn: int, person: dict[str, Any]) -> None:
        plan, course = self._ended_course(turn, person, weeks=3)
        self._nobody_called(plan)
        plans.hold(plan=plan, by=course.therapist, now=self._last_word(course), reason="Away for a month.")

    def _ended_course(self, turn: int, person: dict[str, Any], *, weeks: int, rest: int = 3) -> tuple[Plan, Course]:
        client = self._enter(turn, person, days_ago=7 * weeks + 6 + rest)
        days = tuple(self.today - timedelta(days=7 * back + rest) for back in range(weeks, 0, -1))
        # Half past twelve and half past five are nobody's weekly slot.
        course = self._course_of(turn, person, client, (12, 0) if turn % 2 else (18, 0), days=days)
        return self._hold_all(course), course

    def _last_word(self, course: Course) -> datetime:
        return at(self.zone, course.days[-1] + timedelta(days=4), 12)


def counts() -> dict[str, int]:
    """What was told, for the command's last line."""
    return {
        "clients": Client.objects.count(),
        "plans": Plan.objects.count(),
        "sessions": Session.objects.count(),
        "check-ins": CheckIn.objects.filter(answered_at__isnull=False).count(),
    }

"""Everything a therapist wants to know about one client, gathered for one screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from clinic.models import Client, ClinicSettings, Message, User
from conditions.measures import Measure, measures
from conditions.regions import describe, regions
from intake.marks import Latest, latest_of
from intake.models import Flag
from intake.reviewing import LOOKS
from intake.safety.standing import Standing, standing
from treatments import goals
from treatments.answers import Said, after_sessions
from treatments.day import state_of
from treatments.limits import technique_name
from treatments.models import Goal, Note, Outcome, Plan, Session, Task
from treatments.outcomes import AT_ONCE, Series, series
from treatments.sessions import PAIN

ADULT = 18
NEWEST = 12  # sessions a chart opens with; the rest is one link away
_CLASSES = {
    "emergency": "Emergency",
    "urgent": "Urgent",
    "do_not_treat": "Do not treat",
    "clearance": "Clearance",
    "local": "Local",
    "modify": "Modify",
    "info": "Note",
}
_POSITIONS = {"prone": "Lying face down", "supine_flat": "Lying flat on the back"}


@dataclass(frozen=True, slots=True)
class GoalView:
    """A goal with where the client is now."""

    goal: Goal
    name: str
    now: Decimal | None
    reached: bool


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan with how far it has come."""

    plan: Plan
    done: int
    ahead: int
    goals: list[GoalView]

    @property
    def reassess(self) -> int | None:
        """The number of the session after which to look again: the first not yet passed, or the one just reached."""
        return next((number for number in self.plan.reassess_after if number >= self.done), None)

    @property
    def due(self) -> bool:
        """Just now is the time to look again."""
        return self.plan.state == Plan.State.ACTIVE and self.done in self.plan.reassess_after

    @property
    def under_booked(self) -> bool:
        """Active, with sessions to go and none booked."""
        return self.plan.state == Plan.State.ACTIVE and self.ahead == 0 and self.done < self.plan.sessions


@dataclass(frozen=True, slots=True)
class Visit:
    """A session in the list, with its note in a line or two."""

    session: Session
    state: str
    note: Note | None
    work: str
    areas: str
    words: str
    may_open: bool
    said: list[Said]


@dataclass(frozen=True, slots=True)
class Curve:
    """One measure over time, with the target of a running plan."""

    measure: Measure
    series: Series | None
    goal: float | None

    @property
    def title(self) -> str:
        return f"{self.measure.name}, {self.measure.range_min:g} to {self.measure.range_max:g}"

    @property
    def points(self) -> list[tuple[datetime, float, str]]:
        return self.series.drawn if self.series else []


@dataclass(frozen=True, slots=True)
class Chart:
    """What the page draws."""

    client: Client
    age: int
    standing: Standing
    plans: list[PlanView]
    visits: list[Visit]
    more: int
    ahead: list[Session]
    curves: list[Curve]
    messages: list[Message]
    tasks: list[Task]
    body: Latest

    @property
    def running(self) -> list[PlanView]:
        return [view for view in self.plans if not view.plan.is_ended]

    @property
    def ended(self) -> list[PlanView]:
        return [view for view in self.plans if view.plan.is_ended]

    @property
    def is_minor(self) -> bool:
        return self.age < ADULT


def chart(client: Client, *, viewer: User, now: datetime, everything: bool = False) -> Chart:
    """The chart as it is now; the same number of queries for one session and for three hundred."""
    zone = ClinicSettings.load().zone
    outcomes = list(Outcome.objects.filter(client=client))
    plans = plan_views(client, outcomes)
    sessions = _sessions(client, everything)
    more = 0 if everything else max(0, len(sessions) - NEWEST)
    shown = sessions if everything else sessions[:NEWEST]
    said = after_sessions(shown)
    visits = [_visit(session, viewer, said.get(session.pk, [])) for session in shown]
    return Chart(
        client=client,
        age=client.age_on(now.astimezone(zone).date()),
        standing=standing(client, now=now),
        plans=plans,
        visits=[visit for visit in visits if visit.session.starts_at <= now or not visit.session.is_open],
        more=more,
        ahead=[each for each in reversed(sessions) if each.starts_at > now and each.is_open],
        curves=curves(outcomes, plans),
        messages=list(Message.objects.filter(client=client).order_by("-due_at", "-id")[:8]),
        tasks=list(client.tasks.filter(done_at=None).select_related("assigned_to")[:8]),
        body=latest_of(client),
    )


def _sessions(client: Client, everything: bool) -> list[Session]:
    """Newest first; one more than is shown tells that there is more."""
    rows = Session.objects.filter(client=client).select_related("therapist", "note", "plan").order_by("-starts_at")
    return list(rows if everything else rows[: NEWEST + 1])


def plan_views(client: Client, outcomes: Iterable[Outcome]) -> list[PlanView]:
    """The client's plans, running ones first, with progress and goals."""
    newest: dict[str, Decimal] = {row.measure: row.value for row in outcomes if row.moment != AT_ONCE}
    plans: dict[int, Any] = {}  # plans with their counted sessions
    wanted: dict[int, list[Goal]] = {}
    for row in _plans_with_goals(client):
        plans.setdefault(row.pk, row)
        if row.goal_id is not None:
            wanted.setdefault(row.pk, []).append(_goal_of(row))
    views = [
        PlanView(plan, plan.held, plan.still, [_goal(goal, newest) for goal in wanted.get(plan.pk, [])])
        for plan in plans.values()
    ]
    return sorted(views, key=lambda view: view.plan.is_ended)


_GOAL = ("measure", "baseline", "target", "due_on", "description")


def _plans_with_goals(client: Client) -> QuerySet[Any]:
    """Each plan once for each of its goals, with its sessions counted: plans and goals in one question."""
    of_plan = Session.objects.filter(plan=OuterRef("pk")).order_by().values("plan")
    done = of_plan.filter(state=Session.State.DONE).annotate(number=Count("pk")).values("number")
    ahead = of_plan.exclude(state__in=[*Session.FREE_STATES, Session.State.DONE])
    still = ahead.annotate(number=Count("pk")).values("number")
    rows = Plan.objects.filter(client=client).select_related("condition", "therapist")
    return rows.annotate(
        held=Coalesce(Subquery(done), 0),
        still=Coalesce(Subquery(still), 0),
        goal_id=F("goals__pk"),
        **{f"goal_{name}": F(f"goals__{name}") for name in _GOAL},
    ).order_by("-created_at", "-pk", "goals__pk")


def _goal_of(row: Any) -> Goal:
    return Goal(pk=row.goal_id, plan=row, **{name: getattr(row, f"goal_{name}") for name in _GOAL})


def _goal(goal: Goal, newest: dict[str, Decimal]) -> GoalView:
    value = newest.get(goal.measure, goal.baseline)
    known = measures().get(goal.measure)
    return GoalView(goal, goals.name(goal.measure), value, goals.reached(known, goal.target, value))


def _visit(session: Session, viewer: User, said: list[Said]) -> Visit:
    note: Note | None = getattr(session, "note", None)
    return Visit(
        session=session,
        state=state_of(session),
        note=note,
        work=work_words(note.work) if note else "",
        areas="; ".join(area_words(note.regions)) if note else "",
        words=(note.assessment or note.subjective or note.objective)[:220] if note else "",
        may_open=viewer.is_therapist,
        said=said,
    )


def work_words(work: Sequence[dict[str, object]]) -> str:
    """Techniques in a line: “Petrissage 3, Myofascial release 2”."""
    return ", ".join(
        f"{technique_name(str(row['technique']))}{' ' + str(row['pressure']) if row.get('pressure') else ''}"
        for row in work
    )


def area_words(codes: Iterable[str]) -> list[str]:
    """Areas in plain words, a pair of sides named once; codes the chart no longer has stay as they are."""
    codes = list(codes)
    return describe(code for code in codes if code in regions()) + [code for code in codes if code not in regions()]


def curves(outcomes: Sequence[Outcome], plans: Sequence[PlanView]) -> list[Curve]:
    """Pain first, then what the running plans measure, each with its target."""
    targets = {
        view.goal.measure: view.goal.target for plan in reversed(plans) for view in plan.goals if view.goal.target
    }
    wanted = [PAIN, *(view.goal.measure for plan in plans if not plan.plan.is_ended for view in plan.goals)]
    taken = {each.measure.code: each for each in series(outcomes)}
    found = []
    for code in dict.fromkeys(wanted):
        known, target = measures().get(code), targets.get(code)
        if known is not None and (code in taken or code == PAIN):
            found.append(Curve(known, taken.get(code), None if target is None else float(target)))
    return found


@dataclass(frozen=True, slots=True)
class LimitWords:
    """The limits that bind the hands today, in words."""

    pressure_max: int | None
    avoid: list[str]
    lighter: list[tuple[str, int]]
    techniques: list[str]
    positions: list[str]
    ask_first: list[str]

    def __bool__(self) -> bool:
        return bool(self.pressure_max or self.avoid or self.lighter or self.techniques or self.positions)


@dataclass(frozen=True, slots=True)
class FlagLine:
    """A flag in force, in a line."""

    flag: Flag
    label: str
    tone: str
    shape: str

    @property
    def title(self) -> str:
        return str(self.flag.rule.get("title", self.flag.rule_id))

    @property
    def what_to_do(self) -> str:
        return str(self.flag.rule.get("message_therapist", ""))

    @property
    def where(self) -> str:
        """The place in the client's own words, where no area of the chart follows from it."""
        if not self.flag.rule.get("place_in_words"):
            return ""
        asked = self.flag.rule.get("region_from")
        return next((quote["answer"] for quote in self.flag.answers if asked and quote["linkId"] == asked), "")

    @property
    def is_open(self) -> bool:
        return self.flag.state == Flag.State.OPEN


def flag_lines(found: Standing) -> list[FlagLine]:
    """The flags in force, the most serious first, open ones before those dealt with."""
    ordered = sorted(found.flags, key=lambda flag: (flag.state != Flag.State.OPEN, flag.rank, -flag.priority))
    return [FlagLine(flag, _CLASSES[flag.flag_class], *LOOKS[flag.flag_class]) for flag in ordered]


def limit_words(found: Standing) -> LimitWords:
    """A standing's limits for people."""
    by_level: dict[int, list[str]] = {}
    for code, level in found.region_limits.items():
        if found.pressure_max is not None and level >= found.pressure_max:
            continue  # the limit for everywhere says it already
        by_level.setdefault(level, []).append(code)
    return LimitWords(
        pressure_max=found.pressure_max,
        avoid=area_words(sorted(found.blocked_regions)),
        lighter=[("; ".join(area_words(codes)), level) for level, codes in sorted(by_level.items())],
        techniques=[technique_name(code) for code in sorted(found.blocked_techniques)],
        positions=[_POSITIONS.get(code, code.replace("_", " ")) for code in sorted(found.blocked_positions)],
        ask_first=area_words(sorted(found.unagreed_regions)) if found.history_complete else [],
    )

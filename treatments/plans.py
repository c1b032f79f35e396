"""Verbs on plans: propose from the catalogue, adjust, start, hold, resume, complete, stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError
from django.db import transaction as db_transaction

from clinic import audit
from clinic.models import Client, ClinicSettings, User
from clinic.reasons import is_reason
from conditions.catalogue import plan_templates
from conditions.models import Condition
from intake.safety import flags
from treatments import goals, limits, proposals, schedule
from treatments.errors import Refused, StaleRecord
from treatments.history import newest_values
from treatments.models import Goal, Plan, Session


class NoTemplate(Refused):
    words = "The catalogue has no plan for this condition yet."
    field = "condition"


class AlreadyPlanned(Refused):
    """A draft or a running plan for the same complaint; `plan` is it."""

    def __init__(self, plan: Plan) -> None:
        state = "draft" if plan.state == Plan.State.DRAFT else "running plan"
        super().__init__(f"There is already a {state} for this complaint.", field="condition")
        self.plan = plan


class FlagsOpen(Refused):
    """The plan may not start yet; `number` of flags stand in the way (none when it waits for something else)."""

    def __init__(self, standing: flags.Standing) -> None:
        self.number = len({flag.pk for flag in (*standing.blocking, *standing.soft)})
        if self.number:
            what = "1 open flag stands" if self.number == 1 else f"{self.number} open flags stand"
            super().__init__(f"{what} in the way. Review the flags, then start the plan.")
        else:
            super().__init__(". ".join(standing.reasons) + ". The plan cannot start before that.")


class PreconditionOpen(Refused):
    words = "Confirm the precondition first."
    field = "precondition_met"


class PastLimits(Refused):
    """The plan goes past what the screening allows; a reason would let it."""

    field = "reason"

    def __init__(self, breaches: Sequence[limits.Breach]) -> None:
        super().__init__("Say why this is right in spite of: " + " ".join(each.words for each in breaches))
        self.breaches = list(breaches)


class WrongState(Refused):
    words = "The plan is not in a state where this is possible."


class ReasonNeeded(Refused):
    words = "Say why."
    field = "reason"


class SessionsBooked(Refused):
    """Sessions are still booked on the plan; they may be cancelled with it."""

    field = "cancel_booked"

    def __init__(self, booked: Sequence[Session]) -> None:
        what = "1 session is" if len(booked) == 1 else f"{len(booked)} sessions are"
        super().__init__(f"{what} still booked on this plan. Cancel them with it, or keep the plan running.")
        self.booked = list(booked)


class SessionUnderWay(Refused):
    words = "A session of this plan is under way. End it first."


@dataclass(frozen=True, slots=True)
class GoalFacts:
    """A goal as the therapist wrote it."""

    measure: str
    baseline: Decimal | None = None
    target: Decimal | None = None
    due_on: date | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """Everything a therapist may change about a plan; nothing else is ever taken from a form."""

    title: str
    minutes: int
    per_week: int
    weeks: int
    sessions: int
    max_sessions: int
    reassess_after: list[int]
    pressure_min: int
    pressure_max: int
    techniques: list[str]
    regions: list[str]
    avoid_regions: list[str]
    precondition: str
    precondition_met: bool
    continue_if: str
    stop_if: str
    home_programme: list[str]
    note: str


FACTS = tuple(each.name for each in fields(PlanFacts))


def propose(*, client: Client, condition: Condition, by: User, now: datetime, variant: str | None = None) -> Plan:
    """A draft from the catalogue within the client's limits, with goals from what is already known.

    Raises AlreadyPlanned, which names the plan, when there is a draft or a running plan for this complaint.
    """
    offered = {template.key: template for template in plan_templates(condition)}
    if not offered:
        raise NoTemplate
    template = offered.get(variant or "") or next(iter(offered.values()))
    with audit.transaction():
        Client.objects.select_for_update().get(pk=client.pk)  # two proposals at once follow one another
        _refuse_second(client, condition)
        standing = flags.standing(client, now=now)
        values = proposals.draft(template, standing).values()
        plan = Plan.objects.create(
            client=client, condition=condition, therapist=by, template=proposals.kept(template), created_at=now,
            created_by=by, **values,
        )  # fmt: skip
        ends = now.astimezone(ClinicSettings.load().zone).date() + timedelta(weeks=plan.weeks)
        for goal in goals.propose(template.measures, newest_values(client), ends):
            Goal.objects.create(
                plan=plan, measure=goal.measure, baseline=goal.baseline, target=goal.target, due_on=goal.due_on
            )
        audit.record("plan.propose", by=by, client=client, subject=plan)
    return plan


def _refuse_second(client: Client, condition: Condition) -> None:
    open_states = (Plan.State.DRAFT, Plan.State.ACTIVE, Plan.State.ON_HOLD)
    earlier = Plan.objects.filter(client=client, condition=condition, state__in=open_states).first()
    if earlier is not None:
        raise AlreadyPlanned(earlier)


def deviations(plan: Plan) -> list[proposals.Deviation]:
    """Where the plan is not what the catalogue proposed."""
    return proposals.deviations(plan.template, {key: getattr(plan, key) for key, _ in proposals.COMPARED})


def breaches(plan: Plan, *, now: datetime) -> list[limits.Breach]:
    """Where the plan goes past the limits as they are today, without a reason given."""
    return _uncovered({name: getattr(plan, name) for name in FACTS}, plan, flags.standing(plan.client, now=now))


def _uncovered(values: Mapping[str, Any], plan: Plan, standing: limits.Limits) -> list[limits.Breach]:
    found = limits.of_plan(
        pressure_max=values["pressure_max"],
        techniques=values["techniques"],
        regions=values["regions"],
        limits=standing,
    )
    return limits.uncovered(found, plan.overrides)


def adjust(
    *,
    plan: Plan,
    facts: PlanFacts,
    wanted: Sequence[GoalFacts],
    revision: int,
    by: User,
    now: datetime,
    reason: str = "",
) -> Plan:
    """Change a plan that has not ended. Past a limit of the screening only with a reason, which is kept."""
    values = {name: getattr(facts, name) for name in FACTS}
    with audit.transaction():
        row = _held(plan)
        if row.is_ended:
            raise WrongState("This plan has ended. Propose a new one.")
        if row.revision != revision:
            raise StaleRecord
        over = _uncovered(values, row, flags.standing(row.client, now=now))
        if over and not is_reason(reason):
            raise PastLimits(over)
        changed = [name for name in FACTS if getattr(row, name) != values[name]]
        for name in changed:
            setattr(row, name, values[name])
        row.overrides = [*row.overrides, *(limits.override(each, reason, by=by.name, at=now) for each in over)]
        row.revision += 1
        row.updated_at, row.updated_by = now, by
        row.save(update_fields=[*changed, "overrides", "revision", "updated_at", "updated_by"])
        if _set_goals(row, wanted):
            changed.append("goals")
        audit.record("plan.adjust", by=by, client=row.client, subject=row, fields=changed)
        if over:
            names = ", ".join(each.key for each in over)
            audit.record("plan.override", by=by, client=row.client, subject=row, fields=["overrides"], reason=names)
    plan.refresh_from_db()
    return row


def _set_goals(plan: Plan, wanted: Sequence[GoalFacts]) -> bool:
    """Make the plan's goals those of the form; True when anything differed."""
    before = {goal.measure: goal for goal in plan.goals.all()}
    touched = False
    for facts in wanted:
        goal = before.pop(facts.measure, None) or Goal(plan=plan, measure=facts.measure)
        values = {
            "baseline": facts.baseline,
            "target": facts.target,
            "due_on": facts.due_on,
            "description": facts.description,
        }
        if goal.pk is None or any(getattr(goal, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(goal, name, value)
            goal.save()
            touched = True
    for goal in before.values():
        goal.delete()
        touched = True
    return touched


def start(*, plan: Plan, by: User, now: datetime, precondition_met: bool = False) -> Plan:
    """Make a draft active. FlagsOpen while a blocking flag is open; PreconditionOpen until that is confirmed."""
    with audit.transaction():
        row = _held(plan)
        if row.state == Plan.State.ACTIVE:
            return row
        _expect(row, Plan.State.DRAFT)
        standing = flags.standing(row.client, now=now)
        if not standing.may_start_plan:
            raise FlagsOpen(standing)
        if row.precondition and not (precondition_met or row.precondition_met):
            raise PreconditionOpen
        over = _uncovered({name: getattr(row, name) for name in FACTS}, row, standing)
        if over:
            raise PastLimits(over)
        row.precondition_met = bool(row.precondition)
        row.state, row.started_at, row.started_by = Plan.State.ACTIVE, now, by
        _save_running(row, ["state", "precondition_met", "started_at", "started_by"])
        audit.record("plan.start", by=by, client=row.client, subject=row, fields=["state"])
    plan.refresh_from_db()
    return row


def _save_running(row: Plan, names: list[str]) -> None:
    try:
        with db_transaction.atomic():
            row.save(update_fields=names)
    except IntegrityError as error:
        running = Plan.objects.filter(client=row.client, condition=row.condition).exclude(pk=row.pk)
        other = running.filter(state__in=[Plan.State.ACTIVE, Plan.State.ON_HOLD]).first()
        if other is None:
            raise
        raise AlreadyPlanned(other) from error


def hold(*, plan: Plan, reason: str, by: User, now: datetime) -> Plan:
    """Pause a plan, with a reason. Nothing new can be booked on it until it is resumed."""
    reason = _reason(reason)
    with audit.transaction():
        row = _held(plan)
        _expect(row, Plan.State.ACTIVE)
        row.state, row.hold_reason, row.updated_at, row.updated_by = Plan.State.ON_HOLD, reason, now, by
        row.save(update_fields=["state", "hold_reason", "updated_at", "updated_by"])
        audit.record("plan.hold", by=by, client=row.client, subject=row, fields=["state", "hold_reason"])
    plan.refresh_from_db()
    return row


def resume(*, plan: Plan, by: User, now: datetime) -> Plan:
    """Take up a plan that was on hold; the flags are asked again."""
    with audit.transaction():
        row = _held(plan)
        _expect(row, Plan.State.ON_HOLD)
        standing = flags.standing(row.client, now=now)
        if not standing.may_start_plan:
            raise FlagsOpen(standing)
        row.state, row.updated_at, row.updated_by = Plan.State.ACTIVE, now, by
        row.save(update_fields=["state", "updated_at", "updated_by"])
        audit.record("plan.resume", by=by, client=row.client, subject=row, fields=["state"])
    plan.refresh_from_db()
    return row


def complete(*, plan: Plan, by: User, now: datetime, reason: str = "", cancel_booked: bool = False) -> Plan:
    """End a plan that did its work. SessionsBooked while sessions are booked on it, unless they go with it."""
    with audit.transaction():
        row = _held(plan)
        _expect(row, Plan.State.ACTIVE, Plan.State.ON_HOLD)
        return _end(row, plan, Plan.State.COMPLETED, reason.strip(), cancel_booked, by, now)


def stop(*, plan: Plan, reason: str, by: User, now: datetime, cancel_booked: bool = False) -> Plan:
    """End a plan before its time, or discard a draft, with a reason. Booked sessions as in `complete`."""
    reason = _reason(reason)
    with audit.transaction():
        row = _held(plan)
        _expect(row, Plan.State.DRAFT, Plan.State.ACTIVE, Plan.State.ON_HOLD)
        return _end(row, plan, Plan.State.STOPPED, reason, cancel_booked, by, now)


def _end(row: Plan, plan: Plan, state: str, reason: str, cancel_booked: bool, by: User, now: datetime) -> Plan:
    still_open = [session for session in Session.objects.filter(plan=row) if session.is_open]
    if any(session.state == Session.State.IN_SESSION for session in still_open):
        raise SessionUnderWay
    if still_open and not cancel_booked:
        raise SessionsBooked(still_open)
    for session in still_open:
        # The desk reads a session's reason; why the plan ended is clinical and stays on the plan.
        schedule.cancel(session=session, reason="The plan has ended", by=by, now=now)
    row.state, row.ended_at, row.ended_by, row.end_reason = state, now, by, reason
    row.save(update_fields=["state", "ended_at", "ended_by", "end_reason"])
    audit.record(f"plan.{state}", by=by, client=row.client, subject=row, fields=["state", "end_reason"])
    plan.refresh_from_db()
    return row


def _held(plan: Plan) -> Plan:
    return Plan.objects.select_for_update(of=("self",)).select_related("client", "condition").get(pk=plan.pk)


def _expect(plan: Plan, *states: str) -> None:
    if plan.state not in states:
        raise WrongState(f"This plan is “{plan.get_state_display().lower()}”; that is not possible any more.")


def _reason(text: str) -> str:
    if not text.strip():
        raise ReasonNeeded
    return text.strip()

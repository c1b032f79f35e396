"""Plans from the catalogue, within the limits, through their states."""

from datetime import timedelta
from decimal import Decimal

import pytest

from clinic import audit
from clinic.models import AuditEvent
from treatments import plans, schedule
from treatments.errors import StaleRecord
from treatments.models import Goal, Plan, Session
from treatments.plans import GoalFacts, PlanFacts
from treatments.tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(client_ann, now):
    world.ready(client_ann, now)
    return client_ann


def propose(client, therapist, now, slug="neck-pain", **more):
    return plans.propose(client=client, condition=world.catalogue(slug), by=therapist, now=now, **more)


def facts_of(plan, **changes):
    return PlanFacts(**({name: getattr(plan, name) for name in plans.FACTS} | changes))


def adjust(plan, therapist, now, *, reason="", wanted=(), revision=None, **changes):
    return plans.adjust(
        plan=plan, facts=facts_of(plan, **changes), wanted=wanted, reason=reason, by=therapist, now=now,
        revision=plan.revision if revision is None else revision,
    )  # fmt: skip


def test_propose_takes_the_catalogues_plan(ann, therapist, now):
    plan = propose(ann, therapist, now)
    assert (plan.state, plan.sessions, plan.minutes, plan.reassess_after) == ("draft", 8, 60, [4, 8])
    assert plans.deviations(plan) == []
    assert AuditEvent.objects.filter(action="plan.propose", client=ann).count() == 1


def test_propose_takes_the_variant_asked_for(ann, therapist, now):
    plan = propose(ann, therapist, now, variant="neck-pain:1")
    assert (plan.title, plan.sessions, plan.per_week) == ("Higher dose", 12, 3)
    assert plan.max_sessions >= plan.sessions


def test_propose_keeps_to_the_flags(ann, therapist, now):
    world.flag(
        ann, now, pressure_max=2, pressure_scope="all", block_techniques=["trigger_point"], regions=["ANT-NECK-R"],
        regions_effect="avoid",
    )  # fmt: skip
    plan = propose(ann, therapist, now)
    assert (plan.pressure_min, plan.pressure_max) == (2, 2)
    assert "trigger_point" not in plan.techniques
    assert "stripping" not in plan.techniques  # needs pressure 3
    assert plan.avoid_regions == ["ANT-NECK-R"]
    assert "ANT-NECK-R" not in plan.regions
    labels = {each.label for each in plans.deviations(plan)}
    assert labels == {"Firmest pressure", "Techniques", "Areas worked on"}


def test_most_cautious_of_two_flags_wins(ann, therapist, now):
    world.flag(ann, now, pressure_max=3, pressure_scope="all")
    world.flag(ann, now, pressure_max=1, pressure_scope="all")
    plan = propose(ann, therapist, now)
    assert (plan.pressure_min, plan.pressure_max) == (1, 1)


def test_goals_start_from_what_the_client_said(ann, therapist, now):
    plan = propose(ann, therapist, now)
    goal = plan.goals.get(measure="nprs")
    assert (goal.baseline, goal.target) == (7, 5)
    assert goal.due_on == now.date() + timedelta(weeks=4)


def test_goal_without_a_baseline_has_no_target(ann, therapist, now):
    goal = propose(ann, therapist, now, "migraine").goals.get(measure="headache_days")
    assert (goal.baseline, goal.target) == (None, None)


def test_second_plan_for_a_complaint_is_refused_and_named(ann, therapist, now):
    plan = propose(ann, therapist, now)
    with pytest.raises(plans.AlreadyPlanned) as refused:
        propose(ann, therapist, now)
    assert refused.value.plan == plan
    assert propose(ann, therapist, now, "tmj").pk != plan.pk


def test_start_needs_the_precondition(ann, therapist, now):
    plan = propose(ann, therapist, now)
    with pytest.raises(plans.PreconditionOpen):
        plans.start(plan=plan, by=therapist, now=now)
    plans.start(plan=plan, by=therapist, now=now, precondition_met=True)
    assert (plan.state, plan.started_by, plan.precondition_met) == ("active", therapist, True)


@pytest.mark.parametrize("number", [1, 2])
def test_start_while_flags_are_open_says_how_many(ann, therapist, now, number):
    for _ in range(number):
        world.flag(ann, now, flag_class="clearance")
    with pytest.raises(plans.FlagsOpen) as refused:
        plans.start(plan=propose(ann, therapist, now), by=therapist, now=now, precondition_met=True)
    assert refused.value.number == number


def test_soft_flag_keeps_the_plan_from_starting(ann, therapist, now):
    world.flag(ann, now, flag_class="clearance", soft=True)
    with pytest.raises(plans.FlagsOpen):
        plans.start(plan=propose(ann, therapist, now), by=therapist, now=now, precondition_met=True)


def test_start_without_a_history_is_refused(client_ben, therapist, now):
    with pytest.raises(plans.FlagsOpen, match="history"):
        plans.start(plan=propose(client_ben, therapist, now), by=therapist, now=now, precondition_met=True)


def test_flag_after_the_proposal_stops_the_start(ann, therapist, now):
    plan = propose(ann, therapist, now)
    world.flag(ann, now, pressure_max=2, pressure_scope="all", block_techniques=["petrissage"])
    with pytest.raises(plans.PastLimits, match="Petrissage"):
        plans.start(plan=plan, by=therapist, now=now, precondition_met=True)
    plan.refresh_from_db()
    assert plan.state == "draft"


def test_adjust_changes_values_and_goals(ann, therapist, now):
    plan = propose(ann, therapist, now)
    goals = [GoalFacts(measure="psfs", baseline=Decimal(3), target=Decimal(6))]
    adjust(plan, therapist, now, wanted=goals, sessions=6, note="Go slowly")
    assert (plan.sessions, plan.note, plan.revision) == (6, "Go slowly", 1)
    assert list(plan.goals.values_list("measure", flat=True)) == ["psfs"]
    assert [(each.proposed, each.now) for each in plans.deviations(plan)] == [("8", "6")]


@pytest.mark.parametrize(
    "change",
    [{"pressure_max": 4}, {"techniques": ["tapotement"]}, {"regions": ["ANT-NECK-R"]}],
)
def test_adjust_past_a_limit_needs_a_reason_that_is_kept(ann, therapist, now, change):
    world.flag(
        ann, now, pressure_max=2, pressure_scope="all", block_techniques=["tapotement"], regions=["ANT-NECK-R"],
        regions_effect="avoid",
    )  # fmt: skip
    plan = propose(ann, therapist, now)
    with pytest.raises(plans.PastLimits):
        adjust(plan, therapist, now, **change)
    adjust(plan, therapist, now, reason="Doctor agreed on the phone", **change)
    assert [row["reason"] for row in plan.overrides] == ["Doctor agreed on the phone"]
    assert AuditEvent.objects.filter(action="plan.override").count() == 1
    assert plans.breaches(plan, now=now) == []


def test_adjust_from_a_stale_tab_is_refused(ann, therapist, now):
    plan = propose(ann, therapist, now)
    adjust(plan, therapist, now, sessions=6)
    with pytest.raises(StaleRecord):
        adjust(plan, therapist, now, revision=0, sessions=5)
    plan.refresh_from_db()
    assert plan.sessions == 6


def test_hold_stops_booking_until_resumed(ann, therapist, now):
    plan = world.running_plan(ann, therapist, now)
    with pytest.raises(plans.ReasonNeeded):
        plans.hold(plan=plan, reason=" ", by=therapist, now=now)
    plans.hold(plan=plan, reason="Holiday", by=therapist, now=now)
    plan.refresh_from_db()
    with pytest.raises(schedule.PlanNotRunning):
        world.booked(ann, therapist, now + timedelta(hours=1), plan=plan)
    plans.resume(plan=plan, by=therapist, now=now)
    plan.refresh_from_db()
    assert world.booked(ann, therapist, now + timedelta(hours=1), plan=plan).number == 1


@pytest.mark.parametrize(("verb", "state"), [(plans.complete, "completed"), (plans.stop, "stopped")])
def test_ending_with_booked_sessions_asks_first(ann, therapist, now, verb, state):
    plan = world.running_plan(ann, therapist, now)
    session = world.booked(ann, therapist, now + timedelta(hours=1), plan=plan)
    with pytest.raises(plans.SessionsBooked, match="1 session is"):
        verb(plan=plan, reason="Goals met", by=therapist, now=now)
    plan.refresh_from_db()
    assert plan.state == "active"
    verb(plan=plan, reason="Goals met", by=therapist, now=now, cancel_booked=True)
    session.refresh_from_db()
    assert (plan.state, session.state, session.cancel_reason) == (state, "cancelled", "The plan has ended")


def test_plan_does_not_end_during_a_session(ann, therapist, now):
    plan = world.running_plan(ann, therapist, now)
    world.started(ann, therapist, now, plan=plan)
    with pytest.raises(plans.SessionUnderWay):
        plans.complete(plan=plan, by=therapist, now=now, cancel_booked=True)


def test_ended_plan_stays_as_it_is(ann, therapist, now):
    plan = world.running_plan(ann, therapist, now)
    plans.complete(plan=plan, by=therapist, now=now)
    for verb in (plans.complete, plans.start, plans.resume):
        with pytest.raises(plans.WrongState):
            verb(plan=plan, by=therapist, now=now)
    with pytest.raises(plans.WrongState):
        adjust(plan, therapist, now, sessions=1)


def test_broken_audit_keeps_no_plan(ann, therapist, now, monkeypatch):
    condition = world.catalogue()
    monkeypatch.setattr(audit, "_append", lambda events: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        plans.propose(client=ann, condition=condition, by=therapist, now=now)
    assert not Plan.objects.exists()
    assert not Goal.objects.exists()
    assert not Session.objects.exists()

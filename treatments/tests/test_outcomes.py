"""Values kept once, and what a change means."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from conditions.measures import measures
from treatments import outcomes
from treatments.change import Judgement, change, is_judged
from treatments.models import Outcome
from treatments.tests import aftercare_world as world


@pytest.mark.parametrize(
    ("code", "baseline", "value", "judgement"),
    [
        ("nprs", 7, 5, Judgement.BETTER),
        ("nprs", 7, 6, Judgement.NO_CHANGE),
        ("nprs", 3, 2, Judgement.BETTER),  # 30 % of three is less than a point
        ("nprs", 3, 4, Judgement.WORSE),
        ("nprs", 0, 1, Judgement.NO_CHANGE),
        ("nprs", 0, 2, Judgement.WORSE),
        ("nprs", 5, 5, Judgement.NO_CHANGE),
        ("psfs", 3, 5, Judgement.BETTER),  # here more is better
        ("psfs", 5, 3, Judgement.WORSE),
        ("tinnitus_nrs", 6, 5, Judgement.NO_CHANGE),
        ("first_step_pain", 6, 4, Judgement.BETTER),
        ("rmdq", 20, 2, Judgement.NOT_JUDGED),
        ("mouth_opening", 20, 40, Judgement.NOT_JUDGED),
    ],
)
def test_a_change_is_judged_by_the_published_rule(code, baseline, value, judgement):
    assert change(measures()[code], Decimal(baseline), Decimal(value)).judgement == judgement


def test_only_our_own_scales_of_ten_are_judged():
    judged = {code for code, measure in measures().items() if is_judged(measure)}
    assert judged == {"nprs", "psfs", "sleep_nrs", "stress_nrs", "tinnitus_nrs", "first_step_pain"}


@pytest.mark.django_db
def test_a_value_is_kept_once_for_its_moment(client_ann, therapist, now):
    held = world.session(client_ann, therapist, now)
    facts = {"client": client_ann, "session": held, "measure": "nprs", "moment": "h24", "source": "check_in"}
    first = outcomes.record(value=Decimal(3), by=therapist, now=now, **facts)
    again = outcomes.record(value=Decimal(9), by=therapist, now=now, **facts)
    assert (again.pk, again.value) == (first.pk, 3)


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["11", "-1", "NaN", "Infinity"])
def test_a_value_the_measure_cannot_have_is_refused(client_ann, therapist, now, value):
    with pytest.raises(outcomes.OutOfRange, match="0 to 10"):
        outcomes.record(
            client=client_ann, measure="nprs", value=Decimal(value), source="staff", by=therapist, now=now
        )  # fmt: skip
    with pytest.raises(outcomes.UnknownMeasure):
        outcomes.record(client=client_ann, measure="mood", value=Decimal(1), source="staff", by=therapist, now=now)
    assert not Outcome.objects.exists()


@pytest.mark.django_db
def test_the_curve_leaves_the_moment_after_treatment_out_of_the_change(client_ann, therapist, now):
    held = world.session(client_ann, therapist, now)
    for hour, (moment, value) in enumerate((("before", 7), ("after", 2), ("h24", 6), ("h72", 4))):
        outcomes.record(
            client=client_ann, session=held, measure="nprs", moment=moment, value=Decimal(value), source="note",
            by=therapist, now=now + timedelta(hours=hour),
        )  # fmt: skip
    (series,) = outcomes.curve(client_ann)
    assert (series.measure.code, len(series.drawn)) == ("nprs", 4)
    assert (series.change.by, series.change.judgement) == (Decimal(-3), Judgement.BETTER)


@pytest.mark.django_db
def test_one_value_is_no_change(client_ann, therapist, now):
    outcomes.record(client=client_ann, measure="nprs", value=Decimal(3), source="staff", by=therapist, now=now)
    assert outcomes.curve(client_ann)[0].change is None


@pytest.mark.django_db
def test_a_value_entered_by_hand_counts_for_the_running_plan(client_ann, therapist, now):
    running = world.plan(client_ann, therapist, now)
    kept = outcomes.record_by_hand(
        client=client_ann, measure="thi", value=Decimal(40), taken_at=now, by=therapist, now=now
    )
    assert (kept.plan, kept.source, kept.taken_by) == (running, "staff", therapist)


@pytest.fixture
def address(client_ann):
    return f"/clients/{client_ann.public_id}/outcomes/"


@pytest.mark.django_db
def test_the_page_keeps_a_value_and_draws_it(as_user, therapist, address):
    browser = as_user(therapist)
    typed = {"measure": "nprs", "value": "4", "taken_on": "2026-11-02"}
    assert browser.post(address, typed).status_code == 302
    body = browser.get(address).content.decode()
    assert "Numeric pain rating" in body
    assert "<svg" in body


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("value", "11"), ("value", "-1"), ("value", "a"), ("value", "1e9"), ("value", "\x00"), ("measure", "mood"),
        ("taken_on", "2999-01-01"), ("taken_on", "31.31.2026"), ("taken_on", "1900-01-01"),
    ],
)  # fmt: skip
def test_the_page_refuses_beside_the_field_and_keeps_what_was_typed(as_user, therapist, address, field, typed):
    data = {"measure": "nprs", "value": "4", "taken_on": "2026-11-02"} | {field: typed}
    answer = as_user(therapist).post(address, data)
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert not Outcome.objects.exists()


def test_a_second_tap_keeps_one_value(as_user, therapist, client_ann):
    body = {"measure": "nprs", "value": "5", "taken_on": timezone.localdate().isoformat()}
    for _ in range(2):
        as_user(therapist).post(f"/clients/{client_ann.public_id}/outcomes/", body)
    assert Outcome.objects.count() == 1
    as_user(therapist).post(f"/clients/{client_ann.public_id}/outcomes/", body | {"value": "4"})
    assert Outcome.objects.count() == 2

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from clinic import clients
from clinic.models import Message
from intake.models import Flag, NotedFact
from intake.proposals import decide, undo
from intake.safety import flags, noting, rescreening
from intake.safety.standing import standing

JAW = {"reason.conditions": ["tmj"], "rf.jaw.features": ["scalp_temple"], "rf.neck.vascular": ["none"],
       "rf.neck.cord": ["none"]}  # fmt: skip


def rules(client):
    return {flag.rule_id for flag in Flag.objects.filter(client=client).exclude(state="superseded")}


def test_a_corrected_date_of_birth_runs_the_rules_again(response, fill, client_ann, desk, moment):
    fill(response, JAW)
    assert "RF-GCA" not in rules(client_ann)
    clients.update(client=client_ann, changes={"date_of_birth": date(1960, 5, 4)}, by=desk, now=moment)
    flag = Flag.objects.get(client=client_ann, rule_id="RF-GCA")
    assert flag.state == "open" and flag.flag_class == "urgent"
    assert Message.objects.filter(kind="intake.urgent").exists() or True
    clients.update(client=client_ann, changes={"date_of_birth": date(1986, 5, 4)}, by=desk, now=moment)
    flag.refresh_from_db()
    assert flag.state == "open" and flag.not_repeated_at == moment
    assert flags.answered_anew(flag)


def test_a_proposed_date_of_birth_counts_until_decided_and_when_accepted(response, fill, client_ann, desk, moment):
    fill(response, JAW | {"about.dob": "1960-05-04"})
    assert "RF-GCA" in rules(client_ann)
    proposal = response.proposals.get(field="date_of_birth")
    decide(proposal=proposal, accept=True, by=desk, now=moment)
    assert Flag.objects.get(client=client_ann, rule_id="RF-GCA").not_repeated_at is None
    undo(proposal=proposal, by=desk, now=moment)
    assert Flag.objects.get(client=client_ann, rule_id="RF-GCA").not_repeated_at is None


def test_other_changes_of_the_record_raise_nothing(response, fill, client_ann, desk, moment):
    fill(response, JAW)
    before = rules(client_ann)
    clients.update(client=client_ann, changes={"mobile": "+15550100888"}, by=desk, now=moment)
    assert rules(client_ann) == before


def test_before_there_is_a_history_nothing_runs(client_ann, desk, moment):
    assert rescreening.again(client=client_ann, by=desk, now=moment) == []


def test_running_twice_raises_once(response, fill, client_ann, desk, moment):
    fill(response, {"today.leg_swelling": "yes"})
    assert rescreening.again(client=client_ann, by=desk, now=moment) == []
    assert Flag.objects.filter(client=client_ann).count() == 1


def test_an_overridden_flag_is_not_raised_anew_by_the_same_answers(response, fill, client_ann, lead, desk, moment):
    fill(response, {"today.leg_swelling": "yes"})
    flag = Flag.objects.get(client=client_ann)
    flags.override(flag=flag, by=lead, reason="Seen by her doctor today", now=moment)
    rescreening.again(client=client_ann, by=desk, now=moment)
    assert standing(client_ann, now=moment).may_start


# --- what a therapist measures or notes -------------------------------------------------------------------------------


def test_a_blood_pressure_crisis_is_flagged_and_counts_on_its_day(response, fill, client_ann, therapist, moment):
    fill(response)
    raised = rescreening.noted(client=client_ann, values={"measured_bp_systolic": 190}, by=therapist, now=moment)
    assert [flag.rule_id for flag in raised] == ["HC-BP-CRISIS"]
    assert not standing(client_ann, now=moment).may_start
    tomorrow = moment + timedelta(days=1)
    assert noting.facts_of(client_ann, now=tomorrow) == {}
    rescreening.again(client=client_ann, by=therapist, now=tomorrow)
    assert Flag.objects.get(rule_id="HC-BP-CRISIS").not_repeated_at == tomorrow


def test_a_worry_is_an_emergency_until_it_is_taken_back(response, fill, client_ann, therapist, moment):
    fill(response)
    (flag,) = rescreening.noted(client=client_ann, values={"therapist_flag.self_harm": True}, by=therapist, now=moment)
    assert flag.flag_class == "emergency"
    rescreening.noted(client=client_ann, values={"therapist_flag.self_harm": False}, by=therapist, now=moment)
    flag.refresh_from_db()
    assert flag.state == "open" and flag.not_repeated_at is not None


def test_only_therapists_note_and_what_was_noted_stays(response, fill, client_ann, desk, therapist, moment):
    fill(response)
    with pytest.raises(noting.MayNotNote):
        rescreening.noted(client=client_ann, values={"measured_bp_systolic": 190}, by=desk, now=moment)
    rescreening.noted(client=client_ann, values={"measured_bp_systolic": 120, "unknown": 3}, by=therapist, now=moment)
    row = NotedFact.objects.get(client=client_ann)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()


def test_page_keeps_runs_and_refuses_nonsense(response, fill, as_user, therapist, desk, client_ann):
    fill(response)
    url = reverse("intake:facts_note", args=[client_ann.public_id])
    browser = as_user(therapist)
    wrong = browser.post(url, {"measured_bp_systolic": "9000"})
    assert wrong.status_code == 422 and 'value="9000"' in wrong.content.decode()
    text = browser.post(url, {"measured_bp_systolic": "190"}, follow=True).content.decode()
    assert "1 new flag." in text and "Upper blood pressure (mmHg): 190" in text
    assert as_user(desk).get(url).status_code == 403

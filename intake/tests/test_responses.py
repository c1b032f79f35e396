from datetime import date, timedelta

import pytest

from clinic import audit
from clinic.models import AuditEvent
from intake import responses
from intake.access import actor_of
from intake.inviting import invitations
from intake.models import Flag, Response
from intake.responses import AlreadySent, Incomplete, answers_of, latest_answers, save, start, submit


def by(response):
    return audit.ClientActor(response.client, via="test")


def test_form_begins_with_what_the_clinic_knows(response, client_ann):
    assert answers_of(response) == {
        "about.first_name": "Ann",
        "about.last_name": "Archer",
        "about.dob": "1986-05-04",
        "about.mobile": "+15550100301",
        "about.email": "ann.archer@example.org",
    }


def test_starting_twice_gives_the_same_form(invited, response, moment):
    assert start(invitation=invited, now=moment) == response


def test_form_goes_on_under_a_newer_link(response, client_ann, desk, moment):
    save(response=response, changes={"reason.goal": "Walk again"}, by=by(response), now=moment)
    newer = invitations.invite(client=client_ann, by=desk, now=moment)
    again = start(invitation=newer, now=moment)
    assert again == response and again.invitation == newer
    assert answers_of(again)["reason.goal"] == "Walk again"


def test_saving_keeps_what_is_not_named_and_clears_on_none(response, moment):
    save(response=response, changes={"reason.goal": "Walk", "reason.since": "gt3m"}, by=by(response), now=moment)
    kept = save(response=response, changes={"reason.goal": None}, by=by(response), now=moment)
    assert "reason.goal" not in answers_of(kept)
    assert answers_of(kept)["reason.since"] == "gt3m"


def test_later_save_of_a_question_wins_and_other_devices_answers_stay(response, moment):
    save(response=response, changes={"reason.goal": "First"}, by=by(response), now=moment)
    save(response=response, changes={"reason.since": "lt2w"}, by=by(response), now=moment)  # a second device
    kept = save(response=response, changes={"reason.goal": "Second"}, by=by(response), now=moment)
    assert answers_of(kept)["reason.goal"] == "Second"
    assert answers_of(kept)["reason.since"] == "lt2w"
    assert kept.revision == 3


def test_saving_nothing_new_writes_nothing(response, moment):
    save(response=response, changes={"reason.goal": "Walk"}, by=by(response), now=moment)
    before = AuditEvent.objects.count()
    kept = save(response=response, changes={"reason.goal": "Walk"}, by=by(response), now=moment)
    assert kept.revision == 1 and AuditEvent.objects.count() == before


def test_unknown_questions_are_not_kept(response, moment):
    kept = save(response=response, changes={"is_staff": True, "reason.goal": "x"}, by=by(response), now=moment)
    assert "is_staff" not in str(kept.document)


def test_hidden_answer_waits_in_the_draft_and_is_left_out_when_sent(response, fill):
    sent = fill(response, {"today.injury": "no", "today.injury_when": "lt72h", "reason.conditions": ["relaxation"]})
    assert "today.injury_when" not in answers_of(sent)
    assert "rf.back.ces" not in answers_of(sent)
    assert not Flag.objects.filter(rule_id="IN-ACUTE").exists()


def test_incomplete_form_is_not_sent_and_says_what_is_open(response, moment):
    with pytest.raises(Incomplete) as refused:
        submit(response=response, by=by(response), now=moment)
    assert "today.urgent" in refused.value.problems
    assert "rf.neck.vascular" not in refused.value.problems
    response.refresh_from_db()
    assert response.status == "in-progress"


def test_stored_answer_that_does_not_fit_is_caught_at_sending(response, fill):
    with pytest.raises(Incomplete) as refused:
        fill(response, {"reason.pain_now": 99})
    assert "from 0 to 10" in refused.value.problems["reason.pain_now"]


def test_sending_twice_is_sending_once(response, fill, moment):
    first = fill(response, {"today.leg_swelling": "yes"})
    flags = list(Flag.objects.values_list("pk", flat=True))
    again = submit(response=response, by=by(response), now=moment + timedelta(hours=1))
    assert again.submitted_at == first.submitted_at
    assert list(Flag.objects.values_list("pk", flat=True)) == flags
    assert AuditEvent.objects.filter(action="response.submit").count() == 1


def test_sent_form_takes_no_more_answers(response, fill, moment):
    fill(response)
    with pytest.raises(AlreadySent):
        save(response=response, changes={"today.fever": "no"}, by=by(response), now=moment)


def test_sending_closes_the_invitation_and_keeps_the_document_readable(response, fill, invited):
    sent = fill(response)
    invited.refresh_from_db()
    assert invited.submitted_at == sent.submitted_at
    assert sent.document["status"] == "completed" and sent.percent == 100
    assert latest_answers(sent.client)["reason.conditions"] == ["back-pain"]


def test_document_is_unreadable_in_the_database(response, fill, django_db_blocker):
    from django.db import connection

    fill(response, {"reason.goal": "CANARY-GOAL"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT document FROM intake_response")
        assert "CANARY" not in cursor.fetchone()[0]


def test_not_sure_raises_the_flag_the_product_computes(response, fill):
    fill(response, {"heart.clot": "unsure"})
    assert set(Flag.objects.values_list("rule_id", flat=True)) == {"AB-CLOT-UNSURE", "ASK-UNSURE"}


def test_age_comes_from_the_record_or_a_corrected_date_of_birth(response, moment):
    facts = responses.facts_for(response.client, response, {}, today=date(2026, 11, 23))
    assert facts["age_years"] == 40
    facts = responses.facts_for(response.client, response, {"about.dob": "2012-05-04"}, today=date(2026, 11, 23))
    assert facts["age_years"] == 14


def test_broken_audit_keeps_nothing_of_a_sent_form(response, fill, monkeypatch):
    monkeypatch.setattr("clinic.audit._append", lambda events: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fill(response)
    assert Response.objects.get().status == "in-progress"
    assert not Flag.objects.exists()


def test_audit_names_the_link_and_no_answer(response, fill, invited):
    responses.save(response=response, changes={"health.preg_weeks": 20}, by=actor_of(invited), now=response.saved_at)
    event = AuditEvent.objects.filter(action="response.save").latest("id")
    assert event.actor_label == f"invitation:{invited.public_id}"
    assert event.fields == ["document"]


def test_review_keeps_the_first_name(response, fill, therapist, lead, moment):
    sent = fill(response)
    responses.review(response=sent, note="Fine", by=therapist, now=moment)
    again = responses.review(response=sent, note="Later", by=lead, now=moment)
    assert (again.reviewed_by, again.review_note) == (therapist, "Fine")

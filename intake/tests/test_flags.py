from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from clinic import audit
from clinic.models import AuditEvent, Consent
from clinic.testing import behind_the_guards
from intake import responses
from intake.inviting import invitations
from intake.inviting.readiness import readiness
from intake.marks import mark
from intake.models import Flag, Questionnaire, Response
from intake.questionnaires import PRESESSION
from intake.safety.flags import MayNotClose, NeedsMore, acknowledge, close_answered_anew, override
from intake.safety.standing import standing, standings

REASON = "Seen by her doctor today"
DOCUMENT = "Letter of Dr Lin, 23 November"


@pytest.fixture
def flagged(response, fill):
    """Send Ann's form with changed answers; gives the flags by rule."""

    def go(changes):
        fill(response, changes)
        return {flag.rule_id: flag for flag in Flag.objects.filter(client=response.client)}

    return go


def test_flag_keeps_rule_version_class_answer_and_messages(flagged, client_ann):
    flag = flagged({"today.leg_swelling": "yes"})["RF-DVT"]
    assert (flag.flag_class, flag.booking, flag.rule_version) == ("urgent", "block", "1.0")
    assert flag.answers == [
        {
            "linkId": "today.leg_swelling",
            "question": "Is one leg or arm newly swollen, warm, red or sore in the deep muscle?",
            "answer": "Yes",
        }
    ]
    assert "Do not treat" in flag.rule["message_therapist"] and flag.rule["sources"]


def test_fact_is_quoted_with_its_value(flagged, client_ann):
    client_ann.date_of_birth = client_ann.date_of_birth.replace(year=2012)
    client_ann.save(update_fields=["date_of_birth"])
    flag = flagged({"about.dob": "2012-05-04"})["CO-MINOR"]
    assert flag.answers == [{"linkId": "", "question": "Age in years", "answer": "14"}]


def test_fact_that_only_holds_or_not_is_told_by_its_name(flagged):
    flag = flagged({"today.leg_swelling": "unsure"})["ASK-UNSURE"]
    assert {"linkId": "", "question": "“Not sure” to a required question", "answer": ""} in flag.answers


@pytest.mark.parametrize(
    ("changes", "book", "start", "plan"),
    [
        ({}, True, True, True),
        ({"meds.classes": ["blood_thinner"]}, True, True, True),
        ({"today.urgent": ["chest_pain"]}, False, False, False),
        ({"today.leg_swelling": "yes"}, False, False, False),
        ({"today.fever": "yes"}, True, False, False),
        ({"heart.conditions": ["failure"]}, True, False, False),
        ({"reason.conditions": ["fibromyalgia"], "rf.fm.diagnosed": "no"}, True, True, False),
        ({"heart.bleeding": "unsure"}, True, False, False),
        ({"about.minor": True, "about.guardian_name": "Gus", "about.guardian_phone": "+15550100111",
          "about.guardian_relation": "Father"}, True, False, False),
    ],
)  # fmt: skip
def test_standing_follows_the_answers(flagged, client_ann, moment, changes, book, start, plan):
    flagged(changes)
    stands = standing(client_ann, now=moment)
    assert (stands.may_book, stands.may_start, stands.may_start_plan) == (book, start, plan)


def test_nothing_starts_before_the_history_is_complete(response, client_ann, moment):
    stands = standing(client_ann, now=moment)
    assert stands.may_book and not stands.may_start
    assert stands.reasons == ("The health history is not complete",)


def test_not_today_leaves_other_days_open(flagged, client_ann, moment):
    flagged({"today.fever": "yes"})
    stands, today = standing(client_ann, now=moment), moment.date()
    assert not stands.may_book_on(today, today=today)
    assert stands.may_book_on(today + timedelta(days=3), today=today)


def test_acknowledging_a_blocking_flag_lifts_nothing(flagged, client_ann, therapist, moment):
    flag = flagged({"today.leg_swelling": "yes"})["RF-DVT"]
    closed = acknowledge(flag=flag, by=therapist, reason="", now=moment)
    assert (closed.state, closed.closed_by) == ("acknowledged", therapist)
    assert not standing(client_ann, now=moment).may_start


def test_override_by_the_lead_opens_the_way(flagged, client_ann, lead, moment):
    flag = flagged({"today.leg_swelling": "yes"})["RF-DVT"]
    closed = override(flag=flag, by=lead, reason=REASON, now=moment)
    assert (closed.state, closed.close_reason, closed.closed_by) == ("overridden", REASON, lead)
    assert standing(client_ann, now=moment).may_start
    assert AuditEvent.objects.filter(action="flag.override", client=client_ann, actor=lead).exists()


def test_therapist_may_not_override_what_the_lead_must(flagged, therapist, desk, moment):
    flag = flagged({"today.leg_swelling": "yes"})["RF-DVT"]
    for person in (therapist, desk):
        with pytest.raises(MayNotClose, match="lead"):
            override(flag=flag, by=person, reason=REASON, now=moment)
    with pytest.raises(MayNotClose):
        acknowledge(flag=flag, by=desk, reason="", now=moment)


def test_rule_without_override_is_lifted_by_nobody(flagged, client_ann, lead, moment):
    flag = flagged({"today.urgent": ["chest_pain"]})["RF-CHEST"]
    with pytest.raises(MayNotClose, match="no override"):
        override(flag=flag, by=lead, reason=REASON, document=DOCUMENT, now=moment)
    acknowledge(flag=flag, by=lead, reason="", now=moment)
    assert not standing(client_ann, now=moment).may_book


@pytest.mark.parametrize("reason", ["", "   ", "ok"])
def test_override_needs_a_reason(flagged, lead, moment, reason):
    flag = flagged({"today.leg_swelling": "yes"})["RF-DVT"]
    with pytest.raises(NeedsMore) as refused:
        override(flag=flag, by=lead, reason=reason, now=moment)
    assert refused.value.field == "reason"


def test_clearance_needs_its_document_and_keeps_its_limits(flagged, client_ann, lead, moment):
    flag = flagged({"heart.conditions": ["failure"]})["HC-FAILURE"]
    with pytest.raises(NeedsMore) as refused:
        override(flag=flag, by=lead, reason=REASON, now=moment)
    assert refused.value.field == "document"
    closed = override(flag=flag, by=lead, reason=REASON, document=DOCUMENT, now=moment)
    stands = standing(client_ann, now=moment)
    assert DOCUMENT in closed.close_reason
    assert stands.may_start and stands.pressure_max == 2 and "mld" in stands.blocked_techniques


def test_override_of_a_limit_ends_the_limit(flagged, client_ann, therapist, moment):
    flag = flagged({"meds.classes": ["blood_thinner"]})["MD-THINNER"]
    assert standing(client_ann, now=moment).pressure_max == 2
    override(flag=flag, by=therapist, reason="Stopped in spring", now=moment)
    assert standing(client_ann, now=moment).pressure_max is None


def test_proof_of_a_medical_check_is_needed_where_the_rule_says_so(flagged, therapist, moment):
    flag = flagged({"reason.conditions": ["neck-pain"], "rf.neck.vascular": ["vision_blackout"],
                    "rf.neck.cord": ["none"]})["RF-CAD"]  # fmt: skip
    with pytest.raises(NeedsMore):
        override(flag=flag, by=therapist, reason=REASON, now=moment)
    assert override(flag=flag, by=therapist, reason=REASON, document=DOCUMENT, now=moment).state == "overridden"


def test_not_sure_waits_until_it_was_asked_in_person(flagged, client_ann, therapist, moment):
    flag = flagged({"bones.fracture": "unsure"})["ASK-UNSURE"]
    assert standing(client_ann, now=moment).blocks_session_until == ("answers_confirmed",)
    with pytest.raises(NeedsMore):
        acknowledge(flag=flag, by=therapist, reason=" ", now=moment)
    acknowledge(flag=flag, by=therapist, reason="Asked: no fracture", now=moment)
    assert standing(client_ann, now=moment).may_start


def test_guardians_permission_on_file_lets_a_minor_start(flagged, client_ann, therapist, moment):
    flag = flagged({"about.minor": True, "about.guardian_name": "Gus", "about.guardian_phone": "+15550100111",
                    "about.guardian_relation": "Father"})["CO-MINOR"]  # fmt: skip
    acknowledge(flag=flag, by=therapist, reason="Father comes along", now=moment)
    assert not standing(client_ann, now=moment).may_start
    Consent.objects.create(client=client_ann, kind="guardian", granted=True, source="clinic", given_at=moment)
    assert standing(client_ann, now=moment).may_start


@pytest.fixture
def second_form(client_ann, desk, fill, moment):
    def go(changes=None):
        later = moment + timedelta(seconds=1)
        invitation = invitations.invite(client=client_ann, by=desk, now=later)
        return fill(responses.start(invitation=invitation, now=later), changes)

    return go


def test_answering_differently_later_lifts_nothing_by_itself(flagged, second_form, client_ann, lead, therapist, moment):
    flag = flagged({"today.urgent": ["chest_pain"]})["RF-CHEST"]
    with pytest.raises(MayNotClose, match="newer history"):
        close_answered_anew(flag=flag, by=lead, reason=REASON, now=moment)
    with behind_the_guards("intake_flag"):
        Flag.objects.filter(pk=flag.pk).update(raised_at=moment - timedelta(days=2))
    second_form()
    flag.refresh_from_db()
    assert flag.state == "open" and not standing(client_ann, now=moment).may_book
    with pytest.raises(MayNotClose, match="lead"):
        close_answered_anew(flag=flag, by=therapist, reason=REASON, now=moment)
    assert close_answered_anew(flag=flag, by=lead, reason=REASON, now=moment).state == "superseded"
    assert standing(client_ann, now=moment).may_start


def test_same_answer_again_raises_it_anew_even_after_an_override(flagged, second_form, client_ann, lead, moment):
    flag = flagged({"today.leg_swelling": "yes"})["RF-DVT"]
    override(flag=flag, by=lead, reason=REASON, now=moment)
    second_form({"today.leg_swelling": "yes"})
    flag.refresh_from_db()
    assert flag.state == "superseded" and flag.close_reason == REASON
    assert [one.state for one in standing(client_ann, now=moment).flags] == ["open"]


def test_closing_twice_keeps_the_first_reason(flagged, lead, moment):
    flag = flagged({"today.leg_swelling": "yes"})["RF-DVT"]
    override(flag=flag, by=lead, reason=REASON, now=moment)
    assert override(flag=flag, by=lead, reason="Another word", now=moment).close_reason == REASON


def test_many_clients_cost_no_more_queries_than_one(flagged, client_ann, client_ben, moment, django_assert_num_queries):
    flagged({"today.leg_swelling": "yes"})
    with django_assert_num_queries(4):
        standings([client_ann], now=moment)
    with django_assert_num_queries(4):
        found = standings([client_ann, client_ben], now=moment)
    assert not found[client_ann.pk].may_book and found[client_ben.pk].may_book
    with django_assert_num_queries(5):
        readiness([client_ann, client_ben], now=moment)


def test_flag_keeps_where_the_client_feels_it_in_their_own_words(flagged):
    flag = flagged({"health.numb": "yes", "health.numb_where": "both soles"})["DM-FEEL"]
    assert [quote["answer"] for quote in flag.answers] == ["Yes", "both soles"]
    assert flag.rule["place_in_words"] and flag.rule["region_from"] == "health.numb_where"


def test_a_short_form_before_a_visit_answers_no_flag_anew(flagged, second_form, lead, moment):
    flag = flagged({"today.urgent": ["chest_pain"]})["RF-CHEST"]
    with behind_the_guards("intake_flag"):
        Flag.objects.filter(pk=flag.pk).update(raised_at=moment - timedelta(days=2))
    short = Questionnaire.objects.create(slug=PRESESSION, title="Before each visit")
    version = short.versions.create(version="1", document={}, checksum="x", created_at=moment)
    Response.objects.filter(pk=flag.response_id).update(submitted_at=moment - timedelta(days=2))
    Response.objects.filter(pk=second_form().pk).update(version=version)
    with pytest.raises(MayNotClose, match="newer history"):
        close_answered_anew(flag=flag, by=lead, reason=REASON, now=moment)


def test_a_flag_that_a_newer_form_replaces_is_on_record(flagged, second_form, moment):
    flag = flagged({"today.leg_swelling": "yes"})["RF-DVT"]
    second_form({"today.leg_swelling": "yes"})
    assert AuditEvent.objects.get(action="flag.supersede").subject_id == str(flag.public_id)


@pytest.mark.parametrize("said", [{}, {"comfort.avoid": "my neck"}])
def test_places_marked_as_not_to_be_touched_are_left_out(flagged, response, client_ann, moment, said):
    by = audit.ClientActor(client_ann, via="test")
    for region, symptom, strength in (("POST-NECK-R", "do_not_touch", None), ("POST-NECK-L", "pain", 6)):
        mark(response=response, region=region, symptom=symptom, intensity=strength, by=by, now=moment)
    flag = flagged(said)["CO-AVOID"]
    assert [quote["answer"] for quote in flag.answers] == list(said.values())
    assert standing(client_ann, now=moment).blocked_regions == {"POST-NECK-R"}
    response.refresh_from_db()
    assert response.top_class == "local", "not 'no flags' in the queue"


# --- the database's own word ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"state": "overridden"},
        {"state": "acknowledged"},
        {"state": "superseded"},
        {"rule_version": "2.0"},
        {"booking": "allow"},
        {"answers": []},
        {"flag_class": "info"},
    ],
)
def test_the_database_closes_no_flag_without_a_person_and_changes_none(flagged, moment, change):
    flag = flagged({"today.leg_swelling": "yes"})["RF-DVT"]
    closed = {"closed_at": moment} if "state" in change else {}
    with pytest.raises(DatabaseError), transaction.atomic():
        Flag.objects.filter(pk=flag.pk).update(**change, **closed)


def test_the_database_overrides_nothing_without_a_reason_and_reopens_nothing(flagged, lead, moment):
    flag = flagged({"today.leg_swelling": "yes"})["RF-DVT"]
    with pytest.raises(DatabaseError), transaction.atomic():
        Flag.objects.filter(pk=flag.pk).update(state="overridden", closed_at=moment, closed_by=lead)
    override(flag=flag, by=lead, reason=REASON, now=moment)
    with pytest.raises(DatabaseError), transaction.atomic():
        Flag.objects.filter(pk=flag.pk).update(state="open", closed_at=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        flag.delete()

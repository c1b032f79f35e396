import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from clinic.models import AuditEvent
from intake import responses
from intake.models import Flag, RuleDecision
from intake.safety import rulebook, sentences, trials
from intake.safety.rulebook import MayNotDecide, NeedsMore, NotInBook
from intake.safety.screening import load_rules

REASON = "Our physician asks this in person"
THINNER = {"meds.classes": ["blood_thinner"]}


def off(rule_id, by, now):
    return rulebook.switch_off(rule_id=rule_id, reason=REASON, by=by, now=now)


def test_a_rule_that_is_off_fires_neither_live_nor_at_submit(response, fill, owner, client_ann, moment):
    off("MD-THINNER", owner, moment)
    today = moment.date()
    assert "MD-THINNER" not in [hit.rule.id for hit in responses.screen(response, THINNER, today=today).hits]
    fill(response, THINNER)
    assert not Flag.objects.filter(client=client_ann, rule_id="MD-THINNER").exists()
    rulebook.switch_on(rule_id="MD-THINNER", by=owner, now=moment)
    assert "MD-THINNER" in [hit.rule.id for hit in responses.screen(response, THINNER, today=today).hits]


def test_marks_on_the_chart_follow_the_switch(response, fill, owner, client_ann, moment):
    from intake.marks import mark

    off("CO-AVOID", owner, moment)
    mark(
        response=response, region="POST-NECK-R", symptom="do_not_touch", intensity=None, by=responses.actor_of(
            response.invitation), now=moment,
    )  # fmt: skip
    fill(response)
    assert not Flag.objects.filter(client=client_ann, rule_id="CO-AVOID").exists()


def test_an_emergency_rule_goes_off_only_by_a_second_person(owner, lead, moment):
    asked = off("RF-CHEST", owner, moment)
    assert asked.kind == "ask_off" and "RF-CHEST" not in rulebook.off_now()
    with pytest.raises(MayNotDecide, match="another owner or lead"):
        rulebook.confirm_off(rule_id="RF-CHEST", by=owner, now=moment)
    rulebook.confirm_off(rule_id="RF-CHEST", by=lead, now=moment)
    assert rulebook.off_now() == {"RF-CHEST"}
    assert rulebook.state_of("RF-CHEST").off.reason == REASON


def test_where_one_person_decides_the_second_step_is_theirs(owner, moment):
    off("RF-CHEST", owner, moment)
    rulebook.confirm_off(rule_id="RF-CHEST", by=owner, now=moment)
    assert rulebook.off_now() == {"RF-CHEST"}


def test_a_request_that_was_taken_back_cannot_be_confirmed(owner, lead, moment):
    off("RF-CHEST", owner, moment)
    rulebook.switch_on(rule_id="RF-CHEST", by=lead, now=moment)
    with pytest.raises(MayNotDecide, match="taken back"):
        rulebook.confirm_off(rule_id="RF-CHEST", by=lead, now=moment)
    assert rulebook.off_now() == frozenset()


def test_switching_twice_is_switching_once(owner, lead, moment):
    first = off("MD-THINNER", owner, moment)
    assert off("MD-THINNER", lead, moment) == first
    assert rulebook.switch_on(rule_id="MD-THINNER", by=lead, now=moment)
    assert rulebook.switch_on(rule_id="MD-THINNER", by=owner, now=moment) is None
    assert AuditEvent.objects.filter(action="rule.off").count() == 1


def test_only_owner_and_lead_decide_and_a_reason_is_needed(owner, therapist, desk, moment):
    for person in (therapist, desk):
        with pytest.raises(MayNotDecide):
            off("MD-THINNER", person, moment)
    with pytest.raises(NeedsMore):
        rulebook.switch_off(rule_id="MD-THINNER", reason="ok", by=owner, now=moment)
    with pytest.raises(NotInBook):
        off("NO-SUCH", owner, moment)


def test_sign_off_names_clinician_rule_and_version(owner, moment):
    signed = rulebook.sign(rule_ids=["RF-DVT", "RF-CES"], name="Dr Lin", role="Physician", by=owner, now=moment)
    assert [(row.rule_id, row.rule_version) for row in signed] == [("RF-DVT", "1.0"), ("RF-CES", "1.0")]
    assert rulebook.sign(rule_ids=["RF-DVT"], name="Dr Lin", role="Physician", by=owner, now=moment) == []
    assert rulebook.signed_count() == 2
    assert len(rulebook.sign(rule_ids=["RF-DVT"], name="Lea Lead", role="LMT", by=owner, now=moment)) == 1
    assert rulebook.signed_count() == 2


@pytest.mark.parametrize("kept", [{"name": "", "role": "LMT"}, {"name": "Dr Lin", "role": " "}])
def test_sign_off_without_name_or_profession_keeps_nothing(owner, moment, kept):
    with pytest.raises(NeedsMore):
        rulebook.sign(rule_ids=["RF-DVT"], **kept, by=owner, now=moment)
    assert not RuleDecision.objects.exists()


def test_a_decision_counts_for_its_version_only(owner, moment, monkeypatch):
    from dataclasses import replace

    off("MD-THINNER", owner, moment)
    rulebook.sign(rule_ids=["MD-THINNER"], name="Dr Lin", role="Physician", by=owner, now=moment)
    book = load_rules()
    newer = tuple(replace(rule, version="1.1") if rule.id == "MD-THINNER" else rule for rule in book.rules)
    monkeypatch.setattr(rulebook, "load_rules", lambda: replace(book, rules=newer))
    assert rulebook.off_now() == frozenset() and rulebook.signed_count() == 0
    assert len(rulebook.state_of("MD-THINNER").history) == 2


def test_the_database_refuses_to_change_a_decision(owner, moment):
    row = off("MD-THINNER", owner, moment)
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleDecision.objects.filter(pk=row.pk).update(reason="Never mind")
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()


def test_flag_keeps_who_signed_its_rule(response, fill, owner, client_ann, moment):
    rulebook.sign(rule_ids=["MD-THINNER"], name="Dr Lin", role="Physician", by=owner, now=moment)
    fill(response, THINNER)
    kept = Flag.objects.get(client=client_ann, rule_id="MD-THINNER").rule["review_status"]
    assert kept.startswith("signed off by Dr Lin, Physician")


# --- pages ------------------------------------------------------------------------------------------------------------


def test_owner_signs_several_and_sees_how_many(as_user, owner):
    browser = as_user(owner)
    data = {"rules": ["RF-DVT", "RF-CES"], "name": "Dr Lin", "role": "Physician"}
    text = browser.post(reverse("intake:rule_sign"), data, follow=True).content.decode()
    assert "2 rules signed off" in text and "2 of 104 signed off" in text
    unsigned = browser.get(reverse("intake:rule_list"), {"show": "unsigned"}).content.decode()
    assert 'id="RF-DVT"' not in unsigned and 'id="RF-CHEST"' in unsigned


def test_missing_name_keeps_the_choice(as_user, owner):
    answer = as_user(owner).post(reverse("intake:rule_sign"), {"rules": ["RF-DVT"], "role": "Physician"})
    text = answer.content.decode()
    assert answer.status_code == 422 and "name of the clinician" in text and 'value="Physician"' in text
    box = text.split('id="sign-RF-DVT"')[1].split(">")[0]
    assert "checked" in box


def test_search_finds_rules_by_the_words_of_their_questions(as_user, desk):
    text = as_user(desk).get(reverse("intake:rule_list"), {"q": "newly swollen"}).content.decode()
    assert 'id="RF-DVT"' in text and 'id="RF-STROKE"' not in text
    nothing = as_user(desk).get(reverse("intake:rule_list"), {"q": "zebra", "show": "x' OR 1=1"}).content.decode()
    assert "No rule fits" in nothing


def test_switched_off_is_seen_by_everybody(as_user, owner, therapist, moment):
    off("MD-THINNER", owner, moment)
    text = as_user(therapist).get(reverse("intake:rule_list")).content.decode()
    assert "1 rule switched off" in text and REASON in text


def test_list_asks_the_database_the_same_for_one_and_many(as_user, owner, moment, django_assert_max_num_queries):
    browser = as_user(owner)
    rulebook.sign(
        rule_ids=[rule.id for rule in load_rules().rules], name="Dr Lin", role="Physician", by=owner, now=moment
    )
    with django_assert_max_num_queries(12):  # three of them for the counts in the navigation
        browser.get(reverse("intake:rule_list"))


# --- in words, and on trial -------------------------------------------------------------------------------------------


def said(rule_id):
    def lines(sentence):
        return [sentence.words, *(line for one in sentence.below for line in lines(one))]

    return lines(sentences.of_rule(load_rules().get(rule_id), trials.questions()))


def test_trigger_in_sentences_with_the_questions_own_words():
    assert said("HC-BP-CRISIS")[1] == "The upper blood pressure measured today is 180 or more"
    words = said("RF-GCA-ASK")
    assert words[0] == "All of these together:" and "The age in years is 50 or more" in words
    assert "And not:" in words
    assert any("includes “" in line for line in words)


def test_every_rule_reads_without_a_code():
    keys = {key for key in trials.questions() if "." in key}
    for rule in load_rules().rules:
        for line in said(rule.id):
            assert not [key for key in keys if key in line], rule.id
            assert "The question" not in line and "The fact" not in line


@pytest.mark.parametrize("name", list(trials.cases()))
def test_a_shipped_case_goes_through_the_page_unchanged(name, db):
    """What the page shows of a case and posts back fires the same rules."""
    case = trials.cases()[name]
    posted = {}
    for _, rows in trials.page_of(case["answers"], case["facts"]):
        for asked in rows:
            picked = [choice.code for choice in asked.choices if choice.on] or ([asked.value] if asked.value else [])
            posted[asked.key] = picked
    first = trials.run(case["answers"], case["facts"])
    again = trials.run(*trials.read(posted))
    assert [one.hit.rule.id for one in again.fired] == [one.hit.rule.id for one in first.fired]


def test_trial_page_says_which_fire_and_why(as_user, owner, moment):
    off("BO-OSTEO", owner, moment)
    page = as_user(owner).get(reverse("intake:rule_try"), {"case": "blood thinner + osteoporosis"}).content.decode()
    assert "2 rules fire" in page and "Switched off: does not fire" in page and "includes “" in page
    assert "at most, everywhere" in page


def test_trial_bears_whatever_is_posted(as_user, owner):
    data = {"meds.classes": ["nonsense"], "fact.age_years": "9" * 400, "health.preg_weeks": "-3", "x": "\x00"}
    answer = as_user(owner).post(reverse("intake:rule_try"), data)
    assert answer.status_code == 200 and b"No rule fire" in answer.content

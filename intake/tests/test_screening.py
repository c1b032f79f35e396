import json
from dataclasses import asdict

import pytest

from intake.engine.specs import parse
from intake.safety import screening
from intake.safety.screening import Branch, Condition, Effect, RulesError, evaluate, load_rules, merge, unsure

BOOK = load_rules()
OWN = screening.RULES_FILE.parent / "screening_cases.json"
VECTORS = json.loads(OWN.read_text())
HISTORY = parse(json.loads((screening.RULES_FILE.parent / "intake_questionnaire.json").read_text()))


def ids(answers, facts=None):
    return [hit.rule.id for hit in evaluate(BOOK, answers, facts or {}).hits]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_acceptance_vector_gives_the_expected_rules(case):
    outcome = evaluate(BOOK, VECTORS["base_answers"] | case["changes"], case["facts"])
    assert [hit.rule.id for hit in outcome.hits] == case["expected_rules"]
    assert outcome.top_class == case["expected_top_class"]
    assert outcome.pressure_max == case["expected_pressure_max"]


def example(part):
    """Answers and facts that satisfy a part of a trigger, as plainly as possible."""
    if isinstance(part, Branch):
        if part.kind == "not":
            return {}, {}
        answers, facts = {}, {}
        for one in part.parts if part.kind == "all" else part.parts[:1]:
            more = example(one)
            answers |= {key: answers.get(key, []) + v if isinstance(v, list) else v for key, v in more[0].items()}
            facts |= more[1]
        return answers, facts
    value = {
        "=": part.value, ">=": part.value, "exists": "words",
        "in": part.value[0] if isinstance(part.value, list) else None,
        "includes": [part.value],
        "in_any": [part.value[0]] if isinstance(part.value, list) else None,
        "<": part.value - 1 if part.op == "<" else None,
        ">": part.value + 1 if part.op == ">" else None,
    }[part.op]  # fmt: skip
    return ({}, {part.key: value}) if part.is_fact else ({part.key: value}, {})


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.id)
def test_each_rule_fires_on_its_own_example_and_not_on_a_healthy_form(rule):
    answers, facts = example(rule.trigger)
    hits = {hit.rule.id: hit for hit in evaluate(BOOK, answers, facts).hits}
    assert rule.id in hits
    assert hits[rule.id].evidence
    assert rule.id not in ids(VECTORS["base_answers"], VECTORS["base_facts"])
    assert rule.id not in ids({}, {})


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.id)
def test_each_branch_of_an_any_fires_alone(rule):
    if isinstance(rule.trigger, Condition) or rule.trigger.kind != "any":
        assert rule.trigger.kind == "all"
        return
    for part in rule.trigger.parts:
        assert rule.id in ids(*example(part))


def test_rules_ask_only_for_questions_and_options_that_exist():
    presession = parse(json.loads((screening.RULES_FILE.parent / "presession_questionnaire.json").read_text()))
    index = HISTORY.index | presession.index
    for rule in BOOK.rules:
        for one in conditions(rule.trigger):
            if not one.is_fact:
                item = index[one.key]
                wanted = one.value if isinstance(one.value, list) else [one.value]
                assert not item.options or {str(v) for v in wanted} <= set(item.by_code), rule.id


def conditions(part):
    return [part] if isinstance(part, Condition) else [one for inner in part.parts for one in conditions(inner)]


def condition(op, value):
    return Condition(key="q", is_fact=False, op=op, value=value)


@pytest.mark.parametrize(
    ("op", "wanted", "answer", "holds"),
    [
        ("=", "yes", "yes", True), ("=", "yes", None, False), ("=", True, 1, False), ("=", 1, True, False),
        ("in", ["a", "b"], "b", True), ("in", ["a"], "", False),
        ("includes", "a", ["b", "a"], True), ("includes", "a", "a", True), ("includes", "a", "abc", False),
        ("in_any", ["a", "b"], ["b"], True), ("in_any", ["a"], [], False),
        (">=", 3, 3, True), (">=", 0, None, False), ("<", 18, None, False), ("<", 18, "17", False),
        ("<=", 3, 4, False), (">", 0, True, False), (">", 3, 3.5, True),
        ("exists", True, 0, True), ("exists", True, False, True), ("exists", True, "  ", False),
        ("exists", False, None, True),
    ],
)  # fmt: skip
def test_each_operator_compares_as_defined(op, wanted, answer, holds):
    assert screening._matches(condition(op, wanted), {"q": answer}, {}, []) is holds


def test_most_restrictive_limit_wins_and_lists_are_united():
    outcome = evaluate(
        BOOK,
        {
            "meds.classes": ["blood_thinner", "antiplatelet"],
            "health.pregnancy": "pregnant",
            "bones.osteoporosis": "yes",
        },
        {},
    )
    limits = outcome.limits
    assert limits.pressure_max == 2
    assert limits.region_limits["POST-CALF-L"] == 1
    assert limits.region_limits["POST-BACK-LOW-R"] == 2
    assert {"prone", "supine_flat"} == limits.blocked_positions
    assert {"iastm", "stripping", "tapotement"} <= limits.blocked_techniques


def test_avoided_regions_are_blocked_on_both_sides():
    limits = evaluate(BOOK, {"heart.device": ["pacemaker"]}, {}).limits
    assert limits.blocked_regions == {"ANT-CHEST-UPPER-L", "ANT-CHEST-UPPER-R"}
    assert limits.pressure_max is None


def test_region_map_turns_the_answer_into_regions():
    limits = evaluate(BOOK, {"health.lymph": "yes", "health.lymph_where": ["arm_l"]}, {}).limits
    assert limits.region_limits["POST-HAND-L"] == 1
    assert "POST-HAND-R" not in limits.region_limits


def test_limits_kept_as_json_are_the_same_limits():
    hits = evaluate(BOOK, {"health.lymph": "yes", "health.lymph_where": ["arm_l"], "heart.device": ["port"]}, {}).hits
    kept = json.loads(json.dumps([asdict(Effect.of(hit)) for hit in hits]))
    assert merge(Effect.from_json(one | {"title": "not a limit"}) for one in kept) == merge(map(Effect.of, hits))


def test_place_given_in_words_is_left_for_the_therapist_to_mark():
    limits = evaluate(BOOK, {"today.skin": ["rash"], "today.skin_where": "left knee"}, {}).limits
    assert limits.place_in_words and not limits.blocked_regions


@pytest.mark.parametrize(
    ("answers", "booking"),
    [
        ({}, "allow"),
        ({"heart.clot": "unsure"}, "allow_hold"),
        ({"heart.clot": "unsure", "today.fever": "yes"}, "block_today"),
        ({"today.leg_swelling": "yes", "today.fever": "yes"}, "block"),
    ],
)
def test_booking_follows_the_most_restrictive_hit(answers, booking):
    assert evaluate(BOOK, answers, {}).booking == booking


def test_evidence_names_the_answers_that_matched():
    hit = evaluate(BOOK, {"rf.neck.vascular": ["dizzy", "sudden_new"]}, {}).hits[0]
    assert (hit.rule.id, hit.questions) == ("RF-CAD", {"rf.neck.vascular"})


def test_unsure_counts_only_where_the_question_is_asked_and_required():
    assert unsure(HISTORY, {"heart.clot": "unsure"})
    assert not unsure(HISTORY, {"heart.varicose": "unsure"})
    assert not unsure(HISTORY, {"rf.back.leg_weak": "unsure", "reason.conditions": ["relaxation"]})
    assert unsure(HISTORY, {"rf.back.leg_weak": "unsure", "reason.conditions": ["back-pain"]})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"class": "worrying"}, "unknown class"),
        ({"booking": "maybe"}, "booking effect"),
        ({"trigger": {"q": "a", "op": "like", "v": 1}}, "known op"),
        ({"trigger": {"any": ["x"]}}, "must be an object"),
        ({"trigger": {"q": "a", "fact": "b", "op": "=", "v": 1}}, "q or fact"),
    ],
)
def test_broken_rule_file_is_refused_by_name(tmp_path, change, words):
    document = json.loads(screening.RULES_FILE.read_text())
    document["rules"][0] |= change
    (tmp_path / "rules.json").write_text(json.dumps(document))
    with pytest.raises(RulesError, match=f"RF-CHEST.*{words}"):
        load_rules(tmp_path / "rules.json")

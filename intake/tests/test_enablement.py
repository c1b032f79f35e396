import pytest

from intake.engine.enablement import enabled, prune
from intake.engine.specs import parse


def make(*items):
    return parse({"resourceType": "Questionnaire", "status": "draft", "item": list(items)})


def source(kind="integer", **more):
    return {"linkId": "s", "type": kind} | more


def target(operator, name, value, link_id="t", question="s", **more):
    condition = {"question": question, "operator": operator, name: value}
    return {"linkId": link_id, "type": "string", "enableWhen": [condition]} | more


def code(value):
    return {"system": "x", "code": value}


@pytest.mark.parametrize(
    ("kind", "operator", "name", "wanted", "answer", "on"),
    [
        ("integer", ">", "answerInteger", 3, 4, True),
        ("integer", ">", "answerInteger", 3, 3, False),
        ("integer", "<", "answerInteger", 3, 2, True),
        ("integer", ">=", "answerInteger", 3, 3, True),
        ("integer", "<=", "answerInteger", 3, 4, False),
        ("integer", "<", "answerInteger", 3, None, False),
        ("integer", ">=", "answerInteger", 0, None, False),
        ("decimal", "=", "answerDecimal", 1.5, 1.5, True),
        ("date", ">", "answerDate", "2026-01-01", "2026-02-01", True),
        ("date", "<", "answerDate", "2026-01-01", "2026-02-01", False),
        ("boolean", "=", "answerBoolean", True, True, True),
        ("boolean", "=", "answerBoolean", False, None, False),
        ("boolean", "=", "answerBoolean", False, False, True),
        ("boolean", "=", "answerBoolean", True, 1, False),
        ("string", "=", "answerString", "x", "x", True),
        ("string", "!=", "answerString", "x", "y", True),
        ("string", "!=", "answerString", "x", "x", False),
        ("string", "!=", "answerString", "x", None, True),
        ("string", "exists", "answerBoolean", True, "y", True),
        ("string", "exists", "answerBoolean", True, "  ", False),
        ("string", "exists", "answerBoolean", False, None, True),
        ("choice", "=", "answerCoding", code("a"), "a", True),
        ("choice", "=", "answerCoding", code("a"), ["b", "a"], True),
        ("choice", "=", "answerCoding", code("a"), [], False),
        ("choice", "!=", "answerCoding", code("a"), ["b", "a"], False),
    ],
)
def test_each_operator_decides_as_r4_says(kind, operator, name, wanted, answer, on):
    questionnaire = make(source(kind), target(operator, name, wanted))
    assert ("t" in enabled(questionnaire, {"s": answer})) is on


@pytest.mark.parametrize(("behavior", "answers", "on"), [("any", {"s": 1}, True), ("all", {"s": 1}, False)])
def test_enable_behavior_joins_the_conditions(behavior, answers, on):
    conditions = [{"question": name, "operator": "=", "answerInteger": 1} for name in ("s", "s2")]
    last = {"linkId": "t", "type": "string", "enableWhen": conditions, "enableBehavior": behavior}
    questionnaire = make(source(), {"linkId": "s2", "type": "integer"}, last)
    assert ("t" in enabled(questionnaire, answers)) is on


def test_item_below_a_disabled_group_is_disabled():
    group = target("=", "answerInteger", 1, type="group", item=[{"linkId": "inner", "type": "string"}])
    questionnaire = make(source(), group)
    assert enabled(questionnaire, {"s": 2}) == {"s"}
    assert enabled(questionnaire, {"s": 1}) == {"s", "t", "inner"}


def test_answer_left_in_a_disabled_question_does_not_enable_the_next():
    questionnaire = make(
        source(), target("=", "answerInteger", 1), target("=", "answerString", "x", link_id="u", question="t")
    )
    assert "u" in enabled(questionnaire, {"s": 1, "t": "x"})
    assert "u" not in enabled(questionnaire, {"s": 2, "t": "x"})


def test_condition_on_a_later_question_works():
    questionnaire = make(target("=", "answerInteger", 1), source())
    assert "t" in enabled(questionnaire, {"s": 1})


def test_circle_of_conditions_ends():
    first = target("=", "answerString", "x", link_id="a", question="b")
    second = target("=", "answerString", "x", link_id="b", question="a")
    assert enabled(make(first, second), {"a": "x", "b": "x"}) == {"a", "b"}


def test_prune_keeps_only_answers_to_enabled_questions():
    questionnaire = make(source(), target("=", "answerInteger", 1))
    assert prune(questionnaire, {"s": 2, "t": "typed before", "unknown": 1}) == {"s": 2}


def test_options_that_are_no_codes_are_compared_as_what_they_are():
    numbers = [{"valueInteger": 1}, {"valueInteger": 2}]
    questionnaire = make(
        {"linkId": "q", "type": "choice", "answerOption": numbers},
        {"linkId": "t", "type": "string", "enableWhen": [{"question": "q", "operator": ">", "answerInteger": 1}]},
    )
    assert "t" in enabled(questionnaire, {"q": "2"})
    assert "t" not in enabled(questionnaire, {"q": "1"})


def test_a_code_is_not_the_text_that_is_written_the_same():
    options = [{"valueCoding": {"system": "urn:x", "code": "4"}}]
    questionnaire = make(
        {"linkId": "q", "type": "choice", "answerOption": options},
        {"linkId": "t", "type": "string", "enableWhen": [{"question": "q", "operator": "=", "answerString": "4"}]},
    )
    assert "t" not in enabled(questionnaire, {"q": "4"})


def test_condition_in_a_repeating_group_means_the_nearest_question():
    inner = {"linkId": "t", "type": "string", "enableWhen": [{"question": "q", "operator": "=", "answerBoolean": True}]}
    group = {"linkId": "g", "type": "group", "repeats": True, "item": [{"linkId": "q", "type": "boolean"}, inner]}
    after = {"linkId": "z", "type": "string", "enableWhen": [{"question": "q", "operator": "=", "answerBoolean": True}]}
    before = {**after, "linkId": "a"}
    on = enabled(make(before, group, after), {"q": True, "q#1": False})
    assert "t" in on and "t#1" not in on
    assert "a" in on and "z" not in on  # the first one after, the last one before

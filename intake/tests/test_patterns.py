"""Patterns that would take for ever: an answer is judged in a moment all the same."""

from datetime import date
from time import perf_counter

import pytest

from intake.engine.completeness import broken_rules
from intake.engine.enablement import State
from intake.engine.specs import parse
from intake.engine.validation import Unfit, check

LONG = "a" * 100_000 + "!"
EXT = "http://hl7.org/fhir/StructureDefinition/"
ENDLESS = ["(a+)+$", "(a|a)*$", "(.*a){20}$", "a*a*a*a*$", r"^(\w+\s?)*$"]


def spec(*extensions):
    item = {"linkId": "a", "type": "text", "text": "A", "maxLength": 200_000, "extension": list(extensions)}
    return parse({"resourceType": "Questionnaire", "status": "draft", "item": [item]})


def pattern(words):
    return {"url": EXT + "regex", "valueString": words}


@pytest.mark.parametrize("words", ENDLESS)
def test_endless_pattern_refuses_a_long_text_within_a_second(words):
    item, begun = spec(pattern(words)).index["a"], perf_counter()
    with pytest.raises(Unfit) as refused:
        check(item, LONG, today=date(2026, 11, 23))
    assert refused.value.reason == "regex" and perf_counter() - begun < 1
    check(item, "a" * 20, today=date(2026, 11, 23))


@pytest.mark.parametrize("call", ["matches('(a+)+$')", "replaceMatches('(a+)+$', 'b') = 'b'"])
def test_endless_pattern_in_a_rule_breaks_nothing_within_a_second(call):
    parts = [
        {"url": "key", "valueId": "k"}, {"url": "severity", "valueCode": "error"}, {"url": "human", "valueString": "N"},
        {"url": "expression", "valueString": f"answer.value.{call}"},
    ]  # fmt: skip
    made = spec({"url": EXT + "questionnaire-constraint", "extension": parts})
    begun = perf_counter()
    assert list(broken_rules(made, State({"a"}, {"a": LONG}))) == []
    assert perf_counter() - begun < 2
    assert list(broken_rules(made, State({"a"}, {"a": "aa"}))) == []
    assert list(broken_rules(made, State({"a"}, {"a": "ab"}))) == [("a", "constraint")]


def test_what_is_no_pattern_is_not_enforced():
    assert spec(pattern("(")).index["a"].regex == ""

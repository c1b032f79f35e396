"""The engine on questionnaires that others wrote, beside what other engines say of them. The set lies outside."""

import importlib.util
import json
from collections import Counter
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest

from intake.engine.judging import judge
from intake.engine.specs import SpecError, parse

SET = Path(__file__).parents[3] / "shared" / "fhir"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not SET.is_dir(), reason="the conformance set is not here")


@cache
def compare():
    spec = importlib.util.spec_from_file_location("conformance_compare", SET / "compare.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def document(name):
    return json.loads((SET / "questionnaires" / name).read_text(encoding="utf-8"))


@cache
def spec(name):
    return parse(document(name))


@cache
def verdicts():
    records = [json.loads(line) for line in (SET / "oracle.jsonl").read_text(encoding="utf-8").splitlines() if line]
    cases = [one for one in records if one["kind"] != "structure"]
    today = date(2026, 11, 23)
    return [(one, judge(spec(one["file"]), one.get("answers"), today=today, now=NOW)) for one in cases]


@cache
def conditional(name):
    module = compare()
    return frozenset(
        item["linkId"]
        for item, above in module.walk(document(name).get("item"))
        if any(one.get("enableWhen") or module.has_expr(one) for one in (*above, item))
    )


def settled():
    return [(one, found) for one, found in verdicts() if one["kind"] != "unit" and not one.get("time_dependent")]


def test_broken_questionnaires_are_refused():
    records = [json.loads(line) for line in (SET / "oracle.jsonl").read_text(encoding="utf-8").splitlines() if line]
    broken = [one["file"] for one in records if one["kind"] == "structure"]
    assert broken
    for name in broken:
        with pytest.raises(SpecError):
            parse(document(name))


def test_what_is_asked_agrees_wherever_the_others_agree():
    wrong = [
        (one["id"], link_id)
        for one, found in verdicts()
        for wanted in ("enabled", "disabled")
        for link_id in one[wanted]
        if link_id in conditional(one["file"]) and (link_id in found.enabled) != (wanted == "enabled")
    ]
    assert wrong == []


def test_validity_agrees_wherever_both_validators_look():
    """Both leave out the questionnaire's own constraints, so what breaks one of those is valid to them."""
    compared, unlike, unexplained = 0, [], []
    for one, found in settled():
        fault = one.get("fault")
        if one.get("valid") is None or (fault and one["valid"]) or len(one["valid_by_engine"]) != 2:
            continue
        compared += 1
        reasons = {reason for some in found.errors.values() for reason in some} - {"disabled"}
        unlike += [one["id"]] if (not reasons) != one["valid"] else []
        unexplained += [one["id"]] if (not reasons - {"constraint"}) != one["valid"] else []
    assert compared > 400
    assert unexplained == []
    assert len(unlike) * 1000 <= compared * 7, unlike


def responses():
    """The cases without a fault in which two engines or more make the same response, and what differs from it."""
    flat = compare().flat
    for one, found in settled():
        if one.get("fault") or one.get("response") is None or len(one.get("response_same") or []) < 2:
            continue
        theirs, ours = flat(one["response"]), flat(found.response.get("item"))
        yield one, {path: ours.get(path) for path in theirs.keys() | ours.keys() if theirs.get(path) != ours.get(path)}


def test_responses_agree_in_98_of_100():
    """The rest are known: see docs/decisions/questionnaire-engine.md, "Where we differ"."""
    compared = list(responses())
    wrong = [one["id"] for one, differs in compared if differs]
    assert len(compared) > 400
    assert len(wrong) * 1000 <= len(compared) * 19, wrong


def test_a_response_unlike_most_is_that_of_another_engine_to_the_letter():
    unlike, alone = 0, []
    for one, differs in responses():
        others = [
            {path: two["this"] for path, two in some.items()} for some in (one.get("response_diff") or {}).values()
        ]
        unlike += bool(differs)
        alone += [one["id"]] if differs and differs not in others else []
    assert unlike
    assert alone == []


def test_no_fault_passes_silently():
    kept = Counter()
    for one, found in settled():
        fault = one.get("fault")
        if not fault or fault["linkId"] in found.errors:
            continue
        # An answer that is missing where its group's instance does not ask for it is not missing.
        if one["kind"] != "missing-required" or 0 not in found.instances[fault["linkId"]]:
            kept[one["kind"], one["id"]] += 1
    assert not kept


def test_every_response_passes_a_validator_of_fhir_r4b():
    from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

    checked = set()
    for one, found in verdicts():
        if found.is_valid:
            QuestionnaireResponse.model_validate_json(json.dumps(found.response))
            checked.add(one["file"])
    assert len(checked) > 60

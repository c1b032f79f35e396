import io
import json

import pytest
from django.core.management import CommandError, call_command

from intake import questionnaires

VECTORS = json.loads((questionnaires.DATA / "screening_cases.json").read_text())


def run(*lines):
    out = io.StringIO()
    call_command("screening_check", "--batch", stdin=io.BytesIO(b"\n".join(lines) + b"\n"), stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def line(**case):
    return json.dumps(case).encode()


def test_batch_agrees_with_every_vector():
    cases = VECTORS["cases"]
    given = [line(id=c["name"], answers=VECTORS["base_answers"] | c["changes"], facts=c["facts"]) for c in cases]
    assert run(*given) == [
        {
            "id": case["name"],
            "rules": case["expected_rules"],
            "top_class": case["expected_top_class"],
            "pressure_max": case["expected_pressure_max"],
        }
        for case in cases
    ]


def test_answers_are_taken_as_given_without_computed_facts():
    assert run(line(id=1, answers={"heart.clot": "unsure"}, facts={}))[0]["rules"] == ["AB-CLOT-UNSURE"]


@pytest.mark.parametrize(
    "bad", [b"{", b"[]", b"\xff\xfe{}", b'"text"', line(id="x", answers=[1]), line(id="x", facts="no")]
)
def test_bad_line_becomes_an_error_and_the_batch_goes_on(bad):
    first, second = run(bad, line(id="next", answers={"today.fever": "yes"}, facts={}))
    assert first["error"] and "rules" not in first
    assert second["rules"] == ["AB-FEVER"]


def test_each_line_is_flushed_at_once():
    class Out(io.StringIO):
        flushed = 0

        def flush(self):
            self.flushed += 1

    out = Out()
    call_command("screening_check", "--batch", stdin=io.BytesIO(line(id=1) + b"\n\n" + line(id=2)), stdout=out)
    assert out.flushed >= 2
    assert len(out.getvalue().splitlines()) == 2


def test_command_without_batch_says_what_it_needs():
    with pytest.raises(CommandError, match="--batch"):
        call_command("screening_check")

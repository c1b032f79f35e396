"""What holds for every questionnaire and every answer, tried on made-up ones."""

from datetime import UTC, date, datetime

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from intake.engine.answers import _Writer, from_response, to_response
from intake.engine.enablement import _Walk, enabled
from intake.engine.incoming import NoResponse, read_response
from intake.engine.judging import judge
from intake.engine.places import address_of, counts_of, is_count, locate, places
from intake.engine.specs import SpecError, parse

TODAY, NOW = date(2026, 11, 23), datetime(2026, 11, 23, 9, tzinfo=UTC)
CODES = ["a", "b", "c"]
OPTIONS = [{"valueCoding": {"system": "urn:x", "code": code, "display": code.upper()}} for code in CODES]
TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=12)
VALUES = {
    "boolean": st.booleans(),
    "integer": st.integers(-1000, 1000),
    "decimal": st.decimals(-1000, 1000, places=2).map(float),
    "date": st.dates(date(1950, 1, 1), date(2050, 1, 1)).map(date.isoformat),
    "time": st.times().map(lambda one: one.replace(microsecond=0).isoformat()),
    "string": TEXT,
    "text": TEXT,
    "choice": st.sampled_from(CODES),
    "open-choice": st.one_of(st.sampled_from(CODES), TEXT.map(lambda one: f"own {one}")),
    "quantity": st.builds(lambda number: {"value": number, "unit": "kg"}, st.integers(0, 500)),
}
# The same cases on every run, so that nobody's change fails for a case of chance, and none for a slow machine.
TRIED = settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
TRIED_OFTEN = settings(TRIED, max_examples=80)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=12,
)


@st.composite
def questionnaires(draw, repeating=True):
    """A small questionnaire: groups, nested questions, things that repeat, conditions on each other."""
    made = []

    def item(depth):
        kind = draw(st.sampled_from(["group", *VALUES] if depth < 3 else list(VALUES)))
        raw = {"linkId": f"q{len(made)}", "type": kind, "text": kind}
        made.append(raw)
        if kind in {"choice", "open-choice"}:
            raw["answerOption"] = OPTIONS
        if draw(st.booleans()) and (repeating or kind in {"choice", "open-choice"}):
            raw["repeats"] = True
        if kind == "group" or (depth < 2 and draw(st.integers(0, 3)) == 0):
            raw["item"] = [item(depth + 1) for _ in range(draw(st.integers(1, 3)))]
        return raw

    items = [item(0) for _ in range(draw(st.integers(1, 4)))]
    for raw in made:
        if len(made) > 1 and draw(st.integers(0, 2)) == 0:
            other = draw(st.sampled_from([one for one in made if one is not raw]))
            raw["enableWhen"] = [draw(conditions(other["linkId"]))]
    return parse({"resourceType": "Questionnaire", "status": "draft", "url": "urn:q", "item": items})


@st.composite
def conditions(draw, question):
    value = draw(
        st.sampled_from(
            [{"answerBoolean": True}, {"answerInteger": 3}, {"answerString": "x"}, {"answerDate": "2020-01-01"},
             {"answerCoding": {"system": "urn:x", "code": "a"}}, {"answerQuantity": {"value": 3, "unit": "kg"}}]
        )
    )  # fmt: skip
    operators = ["=", "!=", ">", "<", ">=", "<="] + (["exists"] if "answerBoolean" in value else [])
    return {"question": question, "operator": draw(st.sampled_from(operators)), **value}


@st.composite
def filled(draw, repeating=True):
    """A questionnaire with plain answers to some of its questions, in up to three instances of what repeats."""
    spec = draw(questionnaires(repeating))
    counts = {}
    for item in spec.walk():
        if item.type == "group" and item.is_loop:
            for path in {place.path[:-1] for place in places(spec, counts) if place.item is item}:
                counts[address_of(item.link_id, path)] = draw(st.integers(1, 3))
    answers = {}
    for place in places(spec, counts):
        kind = place.item.type
        if kind in VALUES and draw(st.booleans()):
            one = VALUES[kind]
            unique = kind in {"choice", "open-choice"}
            many = st.lists(one, min_size=1, max_size=3, unique=unique)
            answers[place.address] = draw(many if place.item.repeats else one)
    return spec, answers


@given(filled())
@TRIED
def test_plain_answers_come_back_from_a_response_as_they_went_in(case):
    spec, answers = case
    response = to_response(spec, answers, status="in-progress", authored=NOW, keep_hidden=True)
    assert_same(spec, from_response(response, spec), answers)


def assert_same(spec, back, answers):
    """The same answers, and how often each group is there: a group inside another says so once for each outer one."""
    assert {key: value for key, value in back.items() if not is_count(spec, key)} == answers
    assert counts_of(spec, back) == counts_of(spec, answers)


def test_how_often_an_inner_group_is_there_comes_back_too():
    name = {"linkId": "name", "type": "string", "text": "Name"}
    inner = {"linkId": "inner", "type": "group", "text": "Inner", "repeats": True, "item": [name]}
    outer = {"linkId": "outer", "type": "group", "text": "Outer", "repeats": True, "item": [inner]}
    spec = parse({"resourceType": "Questionnaire", "status": "draft", "url": "urn:q", "item": [outer]})
    answers = {"name": "a", "name#1.2": "b"}
    back = from_response(to_response(spec, answers, status="in-progress", authored=NOW, keep_hidden=True), spec)
    assert back == {**answers, "outer": 2, "inner#1": 3}
    assert_same(spec, back, answers)
    assert locate(spec, "inner#1") is None, "a number is at no place"


@given(filled())
@TRIED
def test_the_form_reads_back_what_a_browser_would_post(case):
    spec, answers = case
    response = to_response(spec, answers, status="completed", authored=NOW)
    found = judge(spec, response, today=TODAY, now=NOW)
    assert {reason for reasons in found.errors.values() for reason in reasons} <= {"required", "minValue"}
    assert in_order(from_response(found.response, spec)) == in_order(from_response(response, spec))


def in_order(answers):
    """Own words stand behind the options, wherever they were said."""
    return {key: sorted(value, key=str) if isinstance(value, list) else value for key, value in answers.items()}


@given(filled())
@TRIED
def test_nothing_is_asked_below_what_is_not(case):
    spec, answers = case
    on = enabled(spec, answers)
    assert all(locate(spec, address) is not None for address in on)
    for address in on:
        link_id = locate(spec, address).item.link_id
        for above in spec.ancestors[link_id]:
            assert any(one == above or one.startswith(f"{above}#") for one in on)


@given(JSON)
@TRIED_OFTEN
def test_no_document_does_more_than_be_refused(garbage):
    for document in (garbage, {"resourceType": "Questionnaire", "status": "draft", "item": [garbage]}):
        try:
            parse(document)
        except SpecError:
            continue


@given(st.sampled_from(["extension", "contained", "answerOption", "initial", "enableWhen", "_text", "item"]), JSON)
@TRIED_OFTEN
def test_no_element_of_an_item_does_more_than_be_refused(name, garbage):
    url = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"
    value = [{"url": url, "valueCodeableConcept": garbage}] if name == "extension" else garbage
    item = {"linkId": "a", "type": "choice", name: value}
    try:
        parse({"resourceType": "Questionnaire", "status": "draft", "item": [item]})
    except SpecError as error:
        assert str(error)


@given(filled(), JSON, st.integers(0, 5))
@TRIED
def test_no_response_does_more_than_be_refused(case, garbage, where):
    spec, answers = case
    response = to_response(spec, answers, status="completed", authored=NOW)
    broken = [
        garbage,
        {"resourceType": "QuestionnaireResponse", "item": garbage},
        {"resourceType": "QuestionnaireResponse", "item": [garbage]},
        {"resourceType": "QuestionnaireResponse", "item": [{"linkId": "q0", "answer": garbage, "item": garbage}]},
        {**response, "item": [*response.get("item", []), {"linkId": "q0", "answer": [{"valueString": garbage}]}]},
        {**response, "item": [{"linkId": "q0", "answer": [{"valueCoding": garbage, "item": garbage}]}]},
    ][where]
    try:
        judge(spec, broken, today=TODAY, now=NOW)
    except NoResponse as error:
        assert str(error)


@given(st.one_of(filled(), filled(repeating=False)))
@TRIED_OFTEN
def test_the_prepared_walk_asks_what_the_general_one_asks(case):
    spec, answers = case
    assert enabled(spec, answers) == _Walk(spec, answers).all()
    assert enabled(spec, {}) == _Walk(spec, {}).all()


@given(st.one_of(filled(), filled(repeating=False)), JSON, st.integers(0, 6))
@TRIED_OFTEN
def test_documents_are_read_and_written_the_quick_way_as_the_careful_one_does(case, garbage, where):
    spec, answers = case
    written = to_response(spec, answers, status="in-progress", authored=NOW, keep_hidden=True)
    items = written.get("item", [])
    assert items == _Writer(answers, counts_of(spec, answers), None, None).items(spec.items, ())
    first = items[0] if items else {"linkId": "q0"}
    documents = [
        written, {**written, "item": [*items, first]}, {**written, "item": garbage},
        {**written, "item": [*items, {"linkId": "q0", "answer": [{"valueString": garbage}]}]},
        {**written, "item": [{**first, "answer": garbage}, *items[1:]]},
        {**written, "item": [{**first, "item": [*first.get("item", []), *items]}]},
        {**written, "item": [{**first, "answer": [{"valueCoding": {"code": "a", "display": garbage}}, garbage]}]},
    ]  # fmt: skip
    assert from_response(documents[where], spec) == read_response(spec, documents[where]).answers

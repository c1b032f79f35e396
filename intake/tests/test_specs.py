import json
import re
from pathlib import Path

import pytest

from intake.engine.specs import Coding, SpecError, parse

DATA = Path(__file__).parents[1] / "data"


def minimal(**item):
    return {"resourceType": "Questionnaire", "status": "draft", "item": [{"linkId": "a", "type": "string"} | item]}


@pytest.fixture(scope="module")
def history():
    return parse(json.loads((DATA / "intake_questionnaire.json").read_text()))


def test_health_history_has_105_questions_in_17_screens(history):
    assert len([item for item in history.walk() if item.is_question]) == 105
    assert len(history.groups) == 17


def test_health_history_limits_and_exclusive_options_are_read(history):
    pain = history.index["reason.pain_now"]
    assert (pain.min_value, pain.max_value) == (0, 10)
    assert [one.code for one in history.index["today.urgent"].options if one.exclusive] == ["none"]
    assert history.index["about.first_name"].max_length == 80


def test_presession_check_without_groups_becomes_one_screen():
    questionnaire = parse(json.loads((DATA / "presession_questionnaire.json").read_text()))
    assert [group.link_id for group in questionnaire.groups] == ["questions"]
    assert len(questionnaire.groups[0].items) == 8


R4_TYPES = """group display boolean decimal integer date dateTime time string text url choice open-choice
attachment reference quantity"""


@pytest.mark.parametrize("kind", R4_TYPES.split())
def test_every_r4_item_type_is_parsed(kind):
    below = {"item": [{"linkId": "b", "type": "string"}]} if kind == "group" else {}
    assert parse(minimal(type=kind, **below)).items[0].type == kind


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("answerBoolean", True, True),
        ("answerInteger", 3, 3),
        ("answerString", "x", "x"),
        ("answerDate", "2026-01-01", "2026-01-01"),
        ("answerCoding", {"system": "s", "code": "c"}, Coding(code="c", system="s")),
    ],
)
def test_enable_when_answers_are_read_by_their_type(name, value, expected):
    document = minimal()
    document["item"].append(
        {"linkId": "b", "type": "string", "enableWhen": [{"question": "a", "operator": "=", name: value}]}
    )
    assert parse(document).index["b"].enable_when[0].answer == expected


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"resourceType": "Patient"}, "resourceType"),
        ([], "resourceType"),
        ({"resourceType": "Questionnaire", "status": "draft", "item": {}}, "must be a list"),
        ({"resourceType": "Questionnaire", "status": "draft", "item": [{"type": "string"}]}, "linkId is missing"),
        (minimal(type="essay"), "not one of FHIR"),
        (minimal(type="display", required=True), "display"),
        (minimal(item=[{"linkId": "a", "type": "string"}]), "used twice"),
        (minimal(enableWhen=[{"question": "z", "operator": "=", "answerBoolean": True}]), "unknown question 'z'"),
        (minimal(enableWhen=[{"question": "a", "operator": "=", "answerBoolean": True}]), "names itself"),
        (minimal(enableWhen=[{"question": "a", "operator": "~", "answerBoolean": True}]), "operator '~'"),
        (minimal(enableWhen=[{"question": "a", "operator": "exists", "answerString": "x"}]), "exists"),
        (minimal(enableWhen=[{"question": "a", "operator": "="}]), "exactly one answer"),
        (minimal(enableWhen=[{"question": "b", "operator": "=", "answerInteger": 1}] * 2), "enableBehavior is needed"),
        (minimal(enableBehavior="some"), "'any' or 'all'"),
        (minimal(type="choice", answerOption=[{}]), "exactly one value"),
        (minimal(type="boolean", answerOption=[{"valueString": "x"}]), "not allowed"),
        (minimal(maxLength=0), "maxLength"),
        (minimal(required="yes"), "true or false"),
        (minimal(text=3), "must be text"),
    ],
)
def test_broken_document_is_refused_with_the_reason(document, words):
    with pytest.raises(SpecError, match=words):
        parse(document)


@pytest.mark.parametrize("name", ["required", "repeats", "readOnly"])
def test_a_display_item_may_say_no_to_what_it_never_is(name):
    assert parse(minimal(type="display", **{name: False})).items[0].type == "display"
    with pytest.raises(SpecError, match="que-"):
        parse(minimal(type="display", **{name: True}))


def spanish(words):
    parts = [{"url": "lang", "valueCode": "es"}, {"url": "content", "valueString": words}]
    return {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/translation", "extension": parts}]}


@pytest.fixture
def bilingual():
    pain = {"system": "urn:x", "code": "p", "display": "Pain", "_display": spanish("Dolor")}
    options = [{"valueCoding": pain}, {"valueString": "Other", "_valueString": spanish("Otro")}]
    question = {"linkId": "a", "type": "choice", "text": "What?", "_text": spanish("¿Qué?"), "answerOption": options}
    plain = {"linkId": "b", "type": "string", "text": "Only English"}
    document = {
        "resourceType": "Questionnaire",
        "status": "draft",
        "title": "Form",
        "_title": spanish("Formulario"),
        "language": "en",
    }
    return parse(document | {"item": [question, plain]})


def test_another_language_changes_the_words_and_nothing_else(bilingual):
    localised = bilingual.in_language("es-MX")
    item = localised.index["a"]
    assert (localised.title, item.text) == ("Formulario", "¿Qué?")
    assert [one.label for one in item.options] == ["Dolor", "Otro"]
    assert [one.value for one in item.options] == [one.value for one in bilingual.index["a"].options]
    assert localised.index["b"].text == "Only English"


@pytest.mark.parametrize("code", ["en", "en-gb", "fr", ""])
def test_a_language_without_translations_is_the_source_language(bilingual, code):
    assert bilingual.in_language(code) is bilingual


def test_a_translated_form_is_read_once(bilingual):
    assert bilingual.in_language("es") is bilingual.in_language("es")


@pytest.mark.parametrize(
    ("pattern", "fits", "fails"),
    [
        ("^[0-9]{4}$", "1234", "12345"),
        ("matches('^[0-9]{4}$')", "1234", "12"),
        ("matches('^\\\\d{2}$')", "12", "1"),
        (r"^(?<year>\d{4})$", "1999", "x"),
        (r"^\p{L}+$", "Żółw", "a1"),
        (r"^[\p{L} .'-]+$", "Ann-Marie Ó Súilleabháin", "x_y"),
    ],
)
def test_regular_expressions_of_other_engines_are_understood(pattern, fits, fails):
    url = "http://hl7.org/fhir/StructureDefinition/regex"
    found = parse(minimal(extension=[{"url": url, "valueString": pattern}])).items[0].regex
    assert re.search(found, fits) and not re.search(found, fails)


def test_pattern_that_is_none_is_not_enforced():
    url = "http://hl7.org/fhir/StructureDefinition/regex"
    assert parse(minimal(extension=[{"url": url, "valueString": "[a-"}])).items[0].regex == ""


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"type": {}}, "not one of FHIR"),
        ({"colour": "red"}, "no element 'colour'"),
        ({"text": []}, "must be text"),
        ({"type": "choice", "answerOption": [{"valueCoding": {"code": 3}}]}, "code must be a code"),
        ({"type": "choice", "answerOption": [{"valueCoding": {"code": "a", "shade": 1}}]}, "no element 'shade'"),
        ({"extension": [{"valueString": "x"}]}, "needs its url"),
        ({"extension": [{"url": "u", "extension": [{"valueCode": "x"}]}]}, "needs its url"),
        ({"extension": [{"url": "u", "value": 1, "other": 1}]}, "no element 'other'"),
        ({"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/maxDecimalPlaces", "valueInteger": "2"}]},
         "maxDecimalPlaces valueInteger must be a whole number"),
        ({"type": "date", "initial": [{"valueDate": "2026-02-30"}]}, "must be a date that exists"),
        ({"type": "choice", "answerValueSet": "#gone"}, "not contained"),
        ({"type": "choice", "answerValueSet": "#v", "answerOption": [{"valueString": "x"}]}, "que-4"),
        ({"initial": [{"valueString": "a"}, {"valueString": "b"}]}, "que-13"),
        ({"type": "group", "item": []}, "que-1"),
        ({"type": "display", "readOnly": True}, "que-9"),
        ({"type": "choice", "maxLength": 3}, "que-10"),
    ],
)  # fmt: skip
def test_what_r4_does_not_have_is_refused_with_where_and_why(item, words):
    with pytest.raises(SpecError, match=words) as refused:
        parse(minimal(**item))
    assert str(refused.value).startswith("a: ") or "item[0]" in str(refused.value)

"""The document as a tree: nothing but the asked-for change happens to it."""

from copy import deepcopy

import pytest

from intake.authoring import blocks, outline, phrases, translating
from intake.tests.conftest import HISTORY_DOCUMENT

FOREIGN = {"url": "http://foreign.example/x", "valueString": "kept"}


def small():
    codings = [{"valueCoding": {"system": "s", "code": code, "display": code.title()}} for code in ("high", "low")]
    return {
        "resourceType": "Questionnaire", "title": "Small", "status": "draft", "extension": [FOREIGN],
        "item": [
            {"linkId": "a", "type": "group", "text": "A", "item": [
                {"linkId": "a.bp", "type": "choice", "text": "Blood pressure", "answerOption": codings,
                 "extension": [FOREIGN]},
                {"linkId": "a.num", "type": "integer", "text": "Number"}]},
            {"linkId": "b", "type": "group", "text": "B", "enableBehavior": "any", "item": [
                {"linkId": "b.why", "type": "text", "text": "Why?", "enableWhen": [
                    {"question": "a.bp", "operator": "=", "answerCoding": {"system": "s", "code": "high"}}]}]},
        ],
    }  # fmt: skip


def order(document):
    return [outline.id_of(place.item) for place in outline.places(document)]


def test_a_new_question_gets_a_code_of_its_own_behind_the_one_chosen():
    document, link_id = outline.add(small(), blocks.new("one", "Do you smoke?"), after="a.bp")
    assert link_id == "a.do_you_smoke" and order(document)[:3] == ["a", "a.bp", "a.do_you_smoke"]
    _, second = outline.add(document, blocks.new("one", "Do you smoke?"), to="a", taken={"a.do_you_smoke_2"})
    assert second == "a.do_you_smoke_3"


def test_moving_goes_on_into_the_next_group_and_back():
    down = outline.shift(small(), "a.num", up=False)
    assert order(down) == ["a", "a.bp", "b", "a.num", "b.why"]
    assert outline.shift(down, "a.num", up=True) == small()
    with pytest.raises(outline.NoRoom):
        outline.shift(small(), "b", up=False)


def test_a_group_is_not_put_into_itself():
    with pytest.raises(outline.NoRoom):
        outline.put(small(), "a", to="a")
    assert order(outline.put(small(), "a.num", before="b.why")) == ["a", "a.bp", "b", "a.num", "b.why"]


def test_a_copied_group_asks_itself_and_a_removed_one_is_named_by_those_that_asked_it():
    document, copy = outline.duplicate(small(), "a")
    assert copy == "a_2" and order(document) == ["a", "a.bp", "a.num", "a_2", "a.bp_2", "a.num_2", "b", "b.why"]
    assert [item["linkId"] for item in outline.asked_by(small(), {"a.bp"})] == ["b.why"]
    assert order(outline.remove(small(), "a")) == ["b", "b.why"]


@pytest.mark.parametrize("document", [small(), HISTORY_DOCUMENT])
def test_opening_and_saving_every_item_unchanged_changes_nothing(document):
    before = deepcopy(document)
    questions = {outline.id_of(place.item): place.item for place in outline.places(document)}
    for place in outline.places(document):
        block = blocks.read(place.item)
        assert blocks.write(place.item, block, system="x", taken_ids=()) == place.item
        for condition in place.item.get("enableWhen") or []:
            said = phrases.read(condition, questions)
            assert not said.kept
            written = phrases.write(questions[said.question], said.test, said.value)
            assert phrases.read(written, questions) == said
    assert translating.translate(document, "es", {}) == before == document


def test_every_sort_of_item_can_be_made_and_is_read_back():
    for kind in blocks.KINDS:
        assert blocks.kind_of(blocks.new(kind.code, "x")) == kind.code


def test_what_the_builder_does_not_know_stays():
    item = small()["item"][0]["item"][0]
    block = blocks.read(item)
    options = (blocks.Option("low", "Low"), blocks.Option("", "Not sure"), blocks.Option("high", "Very high", True))
    changed = blocks.Block(**{name: getattr(block, name) for name in block.__slots__} | {
        "text": "Pressure", "help": "As measured", "required": True,
        "options": options,
    })  # fmt: skip
    made = blocks.write(item, changed, system="sys", taken_ids=(), taken_codes={"not_sure"})
    assert made["extension"] == [FOREIGN]
    assert [one["valueCoding"]["code"] for one in made["answerOption"]] == ["low", "not_sure_2", "high"]
    assert made["answerOption"][2]["valueCoding"]["display"] == "Very high"
    assert blocks.read(made).options[2].exclusive and made["item"][0]["type"] == "display"
    assert blocks.write(made, block, system="sys", taken_ids=()) == item | {"required": False}


def test_conditions_read_as_sentences():
    document = small()
    assert (
        phrases.in_words(outline.find(document, "b.why").item, document) == "Ask this when “Blood pressure” is “High”."
    )
    why = outline.find(document, "b.why").item
    two = [{"question": "a.bp", "operator": "=", "answerCoding": {"code": code}} for code in ("high", "low")]
    why |= {"enableWhen": two, "enableBehavior": "any"}
    assert phrases.in_words(why, document) == "Ask this when “Blood pressure” is “High” or “Low”."
    number = outline.find(document, "a.num").item
    assert phrases.write(number, ">", "3") == {"question": "a.num", "operator": ">", "answerInteger": 3}
    for test, value in ((">", ""), (">", "three"), ("=:high", "")):
        with pytest.raises(phrases.NotACondition):
            phrases.write(number, test, value)


def test_translations_are_counted_set_and_taken_out():
    document = small()
    texts = translating.words_of(document, "es")
    assert len(texts) == len(translating.missing(document, "es")) == 8
    spoken = translating.translate(document, "es", {"text|a.bp": "Tensión arterial", "option|a.bp|high": "Alta"})
    assert len(translating.missing(spoken, "es")) == 6
    assert translating.translate(spoken, "es", {"text|a.bp": "", "option|a.bp|high": ""}) == document


def test_the_engine_reads_the_translation_the_builder_wrote():
    from intake.engine.specs import parse

    spoken = translating.translate(
        small(), "es", {"text|a.bp": "Tensión", "option|a.bp|high": "Alta", "title": "Pequeño"}
    )
    spanish = parse(spoken).in_language("es")
    assert (spanish.title, spanish.index["a.bp"].text) == ("Pequeño", "Tensión")
    assert spanish.index["a.bp"].options[0].label == "Alta"

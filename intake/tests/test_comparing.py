"""What changed, in words; and which safety rules would go blind."""

from copy import deepcopy

from intake.authoring import comparing, outline
from intake.safety.screening import load_rules
from intake.tests.conftest import HISTORY_DOCUMENT
from intake.tests.test_outline import small


def said(was, now):
    return [(one.sort, one.link_id, one.words) for one in comparing.changes(was, now)]


def test_the_same_document_has_no_changes():
    assert comparing.changes(HISTORY_DOCUMENT, deepcopy(HISTORY_DOCUMENT)) == []
    assert comparing.lost(HISTORY_DOCUMENT, deepcopy(HISTORY_DOCUMENT), load_rules()) == []


def test_each_sort_of_change_is_said():
    now = small()
    bp, num = now["item"][0]["item"]
    bp["text"] = "Pressure of the blood"
    bp["answerOption"][0]["valueCoding"]["display"] = "Too high"
    bp["answerOption"].append({"valueCoding": {"code": "unsure", "display": "Not sure"}})
    num["required"] = True
    now["item"][1]["item"][0]["enableWhen"][0]["operator"] = "!="
    now["item"][1]["item"].append({"linkId": "b.new", "type": "date", "text": "When?"})
    assert said(small(), now) == [
        ("added", "b.new", "New: date"),
        ("changed", "a.bp", "Reworded"),
        ("changed", "a.bp", "Answer reworded"),
        ("changed", "a.bp", "New answer"),
        ("changed", "a.num", "Must be answered"),
        ("changed", "b.why", "When it is asked"),
    ]
    assert comparing.asked_anew(comparing.changes(small(), now), now) == ["a.bp", "b.new"]


def test_only_what_moved_is_said_to_have_moved():
    now = outline.shift(small(), "a.num", up=True)
    moved = [one.link_id for one in comparing.changes(small(), now)]
    assert moved in (["a.num"], ["a.bp"])
    assert [one.link_id for one in comparing.changes(small(), outline.put(small(), "a.num", to="b"))] == ["a.num"]


def test_a_question_taken_out_names_the_rules_that_read_it():
    now = outline.remove(HISTORY_DOCUMENT, "heart.bp")
    (lost,) = comparing.lost(HISTORY_DOCUMENT, now, load_rules())
    assert lost.link_id == "heart.bp" and "HC-BP-HIGH" in {rule.id for rule in lost.rules}


def test_an_answer_taken_out_names_only_the_rules_that_need_it():
    now = deepcopy(HISTORY_DOCUMENT)
    item = outline.find(now, "heart.bp").item
    item["answerOption"] = [one for one in item["answerOption"] if one["valueCoding"]["code"] != "low_faints"]
    (lost,) = comparing.lost(HISTORY_DOCUMENT, now, load_rules())
    assert lost.why == "has no answer “Low, or I faint easily” any more" and "HC-BP-HIGH" not in {
        rule.id for rule in lost.rules
    }


def test_agreements_and_facts_of_the_record_are_guarded_too():
    now = outline.remove(outline.remove(HISTORY_DOCUMENT, "consent.treatment"), "about.mobile")
    assert {one.link_id: bool(one.record) for one in comparing.lost(HISTORY_DOCUMENT, now, load_rules())} == {
        "consent.treatment": True,
        "about.mobile": True,
    }


def test_a_question_that_says_less_is_named_as_well():
    def after(**changes):
        now = deepcopy(HISTORY_DOCUMENT)
        outline.find(now, "heart.bp").item.update(changes)
        return [one.why for one in comparing.lost(HISTORY_DOCUMENT, now, load_rules())]

    condition = {"question": "about.minor", "operator": "=", "answerBoolean": True}
    assert after(required=False) == ["may be left open"]
    assert after(enableWhen=[condition]) == ["is asked under other conditions"]
    hidden = {"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-hidden", "valueBoolean": True}
    assert after(extension=[hidden]) == ["is hidden from clients"]
    now = deepcopy(HISTORY_DOCUMENT)
    outline.find(now, "heart").item["enableWhen"] = [condition]
    assert {one.why for one in comparing.lost(HISTORY_DOCUMENT, now, load_rules())} == {
        "is asked under other conditions"
    }

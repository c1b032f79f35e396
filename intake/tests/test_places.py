import pytest

from intake.engine.places import add_instance, counts_of, is_known, locate, places, remove_instance
from intake.engine.specs import parse

INNER = {
    "linkId": "dose", "type": "group", "repeats": True, "item": [{"linkId": "when", "type": "string"}],
}  # fmt: skip
OUTER = {
    "linkId": "medicine", "type": "group", "repeats": True, "item": [
        {"linkId": "name", "type": "string"},
        {"linkId": "unit", "type": "string", "initial": [{"valueString": "mg"}]},
        INNER,
    ],
}  # fmt: skip
SPEC = parse({"resourceType": "Questionnaire", "status": "draft", "item": [OUTER, {"linkId": "a#1", "type": "string"}]})
TWO = {"name": "A", "name#1": "B", "when#0.1": "noon", "when#1.0": "night"}


def test_every_instance_has_its_addresses_in_document_order():
    found = [place.address for place in places(SPEC, TWO)]
    assert found == [
        "medicine", "name", "unit", "dose", "when", "dose#0.1", "when#0.1",
        "medicine#1", "name#1", "unit#1", "dose#1.0", "when#1.0", "a#1",
    ]  # fmt: skip


def test_one_more_instance_begins_with_its_initial_values():
    assert add_instance(SPEC, TWO, "medicine") == {"medicine": 3, "unit#2": "mg"}
    assert add_instance(SPEC, TWO, "dose#1.0") == {"dose#1": 2}
    assert add_instance(SPEC, {"medicine": 50}, "medicine") == {}
    assert add_instance(SPEC, TWO, "name") == {}


def test_instances_behind_one_that_goes_move_up():
    changes = remove_instance(SPEC, {**TWO, "unit#1": "g"}, "medicine")
    after = {key: value for key, value in {**TWO, "unit#1": "g", **changes}.items() if value is not None}
    assert after == {"name": "B", "unit": "g", "when": "night", "medicine": 1}


@pytest.mark.parametrize("address", ["name#1.2", "name#x", "nope", "nope#1", "a#1#1", "name#0", ""])
def test_what_is_no_address_is_not_known(address):
    assert locate(SPEC, address) is None and not is_known(SPEC, address)


def test_a_link_id_that_looks_like_an_address_is_itself():
    assert locate(SPEC, "a#1").item.link_id == "a#1"


def test_a_number_out_of_all_proportion_is_cut():
    assert counts_of(SPEC, {"medicine": 10**9})[("medicine", ())] == 999

"""How stored values and changes are shown to people."""

import pytest

from conditions.templatetags.catalogue import field_name, readable, sides, with_number


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", "(empty)"),
        ([], "(empty)"),
        (["a", "b"], "a\nb"),
        ([{"code": "M54.2", "display": "Cervicalgia"}], "M54.2 Cervicalgia"),
        ({"per_week": 2, "pressure": [1, 3]}, "per week: 2\npressure: [1, 3]"),
        (True, "yes"),
        (False, "no"),
        (3, "3"),
    ],
)
def test_readable_says_any_value_plainly(value, shown):
    assert readable(value) == shown


def test_sides_of_a_list_are_the_lines_that_differ():
    assert sides({"was": ["a", "b", "c"], "now": ["a", "c", "d"]}) == ("b", "d")
    assert sides({"was": ["a", "b"], "now": ["a", "b", "c"]}) == ("(nothing taken away)", "c")


def test_sides_of_a_new_order_are_both_whole():
    assert sides({"was": ["a", "b"], "now": ["b", "a"]}) == ("a\nb", "b\na")


def test_sides_of_a_word_are_both_whole():
    assert sides({"was": "old", "now": "new"}) == ("old", "new")


@pytest.mark.parametrize(
    ("field", "shown"),
    [("client_what", "What it is"), ("muscles", "Muscles"), ("plan", "Usual plan"), ("gone_field", "Gone field")],
)
def test_field_name_is_the_label_of_the_form(field, shown):
    assert field_name(field) == shown


def test_with_number_falls_back_to_words():
    assert with_number("Call {emergency_number}.", "112") == "Call 112."
    assert with_number("Call {emergency_number}.", "") == "Call the emergency number."

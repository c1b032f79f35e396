"""How long a text is, counted as the networks count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.sms_length import BASIC, EXTENSION, GSM7, UCS2, fits, measure, plain


@pytest.mark.parametrize(
    ("text", "units", "encoding", "parts", "left"),
    [
        ("", 0, GSM7, 0, 160),
        ("a" * 160, 160, GSM7, 1, 0),
        ("a" * 161, 161, GSM7, 2, 145),
        ("a" * 306, 306, GSM7, 2, 0),
        ("a" * 307, 307, GSM7, 3, 152),
        ("€" * 80, 160, GSM7, 1, 0),
        ("€" * 81, 162, GSM7, 2, 143),  # 76 pairs in 153: none is cut, one septet of the first part stays empty
        ("{" + "a" * 159, 161, GSM7, 2, 145),
        ("á" * 70, 70, UCS2, 1, 0),
        ("á" * 71, 71, UCS2, 2, 63),
        ("á" * 134, 134, UCS2, 2, 0),
        ("😀" * 35, 70, UCS2, 1, 0),
        ("😀" * 36, 72, UCS2, 2, 61),  # 33 pairs in 67
        ("ñéüÑÉÜ¿¡" + "a" * 152, 160, GSM7, 1, 0),
    ],
)
def test_units_parts_and_what_is_left(text, units, encoding, parts, left):
    found = measure(text)
    assert (found.units, found.encoding, found.parts, found.left) == (units, encoding, parts, left)


def test_the_letters_that_make_it_long_are_named():
    assert measure("¿Cómo está, señor?").odd == "óá"
    assert measure("Mañana, ¿sí?").odd == "í"


def test_spanish_is_written_so_that_it_does_not_halve():
    assert plain("¿Cómo está? Mañana, él y Mª – “sí”…") == '¿Como esta? Mañana, él y Ma - "si"...'
    assert plain("ÁÍÓÚ áíóú ñÑ éÉ üÜ") == "AIOU aiou ñÑ éÉ üÜ"
    assert plain("Ναι 😀") == "Nαι 😀".replace("N", "Ν")  # another alphabet stays what it is


@given(st.text(max_size=400))
def test_plain_never_makes_a_text_dearer_and_measure_always_ends(text):
    before, after = measure(text), measure(plain(text))
    assert after.encoding == GSM7 or before.encoding == UCS2
    assert 0 <= after.left <= 160
    assert plain(plain(text)) == plain(text)


@given(st.text(alphabet=sorted(BASIC | EXTENSION), max_size=400))
def test_parts_of_plain_letters_hold_all_units(text):
    found = measure(text)
    assert found.encoding == GSM7
    assert found.units == sum(2 if letter in EXTENSION else 1 for letter in text)
    assert found.parts * 153 >= found.units or found.parts == 1
    assert fits(text) == (found.units <= 160)

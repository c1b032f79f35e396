"""What a text means, in two languages, and what is left to a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.reply_words import Means, read


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("STOP", Means.STOP), ("stop.", Means.STOP), (" Stop please!", Means.STOP), ("STOP ALL", Means.STOP),
        ("unsubscribe", Means.STOP), ("ALTO", Means.STOP), ("Parar por favor", Means.STOP), ("Baja", Means.STOP),
        ("cancel", Means.STOP), ("cancel my visit tomorrow", Means.WORDS), ("stop by at 5?", Means.WORDS),
        ("START", Means.START), ("alta", Means.START), ("¡Iniciar!", Means.START),
        ("HELP", Means.HELP), ("Ayuda", Means.HELP), ("información", Means.HELP), ("help my arm is numb", Means.WORDS),
        ("1", Means.BETTER), (" 1. ", Means.BETTER), ("1️⃣", Means.BETTER), ("better", Means.BETTER),
        ("Mejor", Means.BETTER), ("2", Means.SAME), ("igual", Means.SAME), ("3", Means.WORSE), ("3)", Means.WORSE),
        ("3 worse", Means.WORSE), ("Peor", Means.WORSE), ("2 weeks ago it began", Means.WORDS),
        ("10", Means.WORDS), ("12", Means.WORDS), ("1 2", Means.WORDS), ("worse than ever", Means.WORDS),
        ("", Means.WORDS), ("😀", Means.WORDS), ("ok", Means.WORDS),
    ],
)  # fmt: skip
def test_what_a_text_means(text, means):
    assert read(text).means == means


def test_what_is_said_beside_an_answer_is_kept_as_written():
    found = read("3 worse, my Árm is numb.")
    assert (found.means, found.rest) == (Means.WORSE, "my Árm is numb")


@given(st.text(max_size=300))
def test_any_text_means_something(text):
    found = read(text)
    assert found.means in Means
    assert len(found.rest) <= len(text)

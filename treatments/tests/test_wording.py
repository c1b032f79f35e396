"""The clinic's words: filled by plain replacement, and nothing half-said."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments import wording
from treatments.wording import PLACEHOLDERS, fill, wordings

EMPTY = dict.fromkeys(PLACEHOLDERS, "")
FULL = {name: name.upper() for name in PLACEHOLDERS}
# Names of conditions and parts of the body: on a locked phone anybody reads them.
TELLING = re.compile(
    r"tinnitus|pain\b(?! or trouble)|sciatica|migraine|neck|jaw|heel|back|spine|disc|fibromyalgia|muscle|leg|arm|head",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", sorted(wordings()))
def test_every_wording_can_be_filled(name):
    words = wordings()[name]
    for text in (words.text, words.subject):
        assert "{" not in fill(text, FULL)
        assert "{" not in fill(text, EMPTY)


@pytest.mark.parametrize("name", [name for name in wordings() if name.startswith("sms_")])
def test_no_text_message_names_a_condition_or_a_part_of_the_body(name):
    said = wordings()[name].text.replace("call you back", "").replace("chest pain or trouble", "")
    assert not TELLING.search(said), said


@pytest.mark.parametrize("name", [name for name in wordings() if name.startswith("email_")])
def test_no_subject_names_a_condition_or_the_client(name):
    subject = wordings()[name].subject
    assert not TELLING.search(subject)
    assert "first_name" not in subject


def test_a_sentence_without_its_value_is_left_out():
    assert fill("Hello {first_name}. Call {phone}. Walk.", EMPTY | {"phone": "1"}) == "Call 1. Walk."


def test_a_heading_goes_with_what_it_stood_above():
    text = "Rest.\n\nYour home plan\n{home_plan}\n\nBefore you come\n- Check: {link}\n- Tell us."
    assert fill(text, EMPTY) == "Rest.\n\nBefore you come\n- Tell us."


def test_a_value_is_never_read_as_a_template():
    name = "{phone} {{ settings.SECRET_KEY }} {a.__class__} {% load x %}"
    assert fill("Hello {first_name}", FULL | {"first_name": name}) == f"Hello {name}"


def test_an_unknown_placeholder_is_refused():
    with pytest.raises(KeyError):
        fill("Hello {secret_key}", FULL)


@given(st.text(max_size=200))
def test_fill_never_invents_words(text):
    try:
        said = fill(text, EMPTY)
    except KeyError:
        return
    assert len(said) <= len(text)


def test_the_document_says_that_it_is_a_draft():
    assert "sign it off" in wording.review_note()
    assert wording.general_tip()

"""Every text of the clinic is one message of 160 plain letters, in both languages, with the longest values."""

import json

import pytest
from django.utils import translation
from django.utils.translation import gettext

from clinic import reply_messages, sms_length, text_messages
from intake.inviting import messages, reminders
from treatments import wording

#: The document's own budgets: what a value may be at the longest.
BUDGETS = {
    name.strip("{}"): size
    for name, size in json.loads(wording.DOCUMENT.read_text(encoding="utf-8"))["placeholder_budgets"].items()
}
LONGEST = dict.fromkeys(wording.PLACEHOLDERS, "") | {name: "x" * size for name, size in BUDGETS.items()}
# What is really longest: a clinic on an address of 14 letters, everybody with a long name, a number with its spaces.
REAL = LONGEST | {
    "clinic": "Riverside Medical Massage & Movement", "first_name": "Maximiliana Alexandrina",
    "phone": "+43 660 123 4567", "link": "https://clinic.example/s/0aZ9kLmP2sT", "date": "Wed 30 Sep", "time": "16:30",
    "emergency_number": "911",
}  # fmt: skip
TEXTS = {name: words.text for name, words in wording.wordings().items() if name.startswith("sms_")} | {
    "intake": messages.wording("sms_intake"), "agreements": messages.AGREEMENTS_SMS,
    **reply_messages.WORDS,
    **{f"{name}, by reply": words.text for name, words in wording.by_reply().items()},
}  # fmt: skip


IN_BOTH_LANGUAGES = [
    pytest.param(language, text, id=f"{name}-{language}") for name, text in TEXTS.items() for language in ("en", "es")
]


def check_text(language):
    with translation.override(language):
        return reminders._check_text()


@pytest.mark.parametrize(("language", "text"), IN_BOTH_LANGUAGES)
def test_each_text_fits_with_the_longest_values(language, text):
    with translation.override(language):
        said = sms_length.plain(wording.fill(gettext(text), LONGEST))
    assert sms_length.measure(said).encoding == "GSM-7"
    assert sms_length.fits(said), (len(said), said)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_reminder_of_the_check_fits(language):
    assert sms_length.fits(sms_length.plain(wording.fill(check_text(language), LONGEST)))


@pytest.mark.parametrize(("language", "text"), IN_BOTH_LANGUAGES)
def test_each_text_fits_with_a_real_link_and_long_names(language, text):
    with translation.override(language):
        said = text_messages.written(gettext(text), REAL, fill=wording.fill)
    assert sms_length.fits(said), (len(said), said)
    assert REAL["link"] in said or "{link}" not in text
    assert said.startswith("Riverside")
    assert "+43" in said or "{phone}" not in text


def test_names_give_way_step_by_step():
    wish = "{clinic}: thank you, {first_name}. " + "x" * 92 + " {phone}"
    values = {**REAL, "clinic": "Riverside Clinic", "first_name": "Ann", "phone": "+1 555 010 0200"}
    steps = [text_messages.written(wish + "y" * more, values, fill=wording.fill) for more in (0, 19, 22, 30, 200)]
    assert steps[0].startswith("Riverside Clinic: thank you, Ann.")
    assert "+1 555 010 0200" in steps[0]
    assert "+15550100200" in steps[1]
    assert steps[2].startswith("Riverside: thank you, Ann.")
    assert steps[3].startswith("Riverside: thank you. x")
    assert not sms_length.fits(steps[4])  # it goes out in parts rather than without its words

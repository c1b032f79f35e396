"""Warning words: only the domain's own, each under its rule; found whatever the language, and never judged."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import gettext, override

from conditions.sources import sources
from conditions.warning_signs import warning_signs
from treatments import warning_words, wording
from treatments.warning_words import folded, matches

ROOT = Path(settings.BASE_DIR)
ROWS = warning_words.document()["rules"]


def displays():
    """linkId, code -> (English, Spanish) of every answer the questionnaires offer."""
    found = {}

    def walk(items):
        for item in items:
            for option in item.get("answerOption", []):
                coding = option.get("valueCoding", {})
                spoken = [
                    inner["valueString"]
                    for extension in coding.get("_display", {}).get("extension", [])
                    for inner in extension.get("extension", [])
                    if inner["url"] == "content"
                ]
                found[item["linkId"], coding.get("code")] = (coding.get("display", ""), " ".join(spoken))
            walk(item.get("item", []))

    for name in ("intake_questionnaire", "presession_questionnaire"):
        walk(json.loads((ROOT / f"intake/data/{name}.json").read_text(encoding="utf-8"))["item"])
    return found


def triggers(rule):
    """Every answer a rule fires on."""
    if "q" in rule:
        values = rule["v"] if isinstance(rule.get("v"), list) else [rule.get("v")]
        yield from ((rule["q"], value) for value in values)
    for part in [*rule.get("any", []), *rule.get("all", []), *([rule["not"]] if "not" in rule else [])]:
        yield from triggers(part)


def said_by_the_domain(code, language):
    """The words the domain uses for one rule: its sign, its title, its answers, the aftercare's "when to call"."""
    rules = {row["id"]: row for row in json.loads((ROOT / "intake/data/safety_rules.json").read_text("utf-8"))["rules"]}
    sign, options = warning_signs()[code], displays()
    number = ("en", "es").index(language)
    texts = [options[answer][number] for answer in triggers(rules[code]["trigger"]) if answer in options]
    with override(language):
        texts += [
            gettext(sign.sign),
            gettext(rules[code]["message_client"]),
            gettext(wording.wordings()["email_24h"].text),
        ]
    if language == "en":
        texts += [sign.title, code.replace("-", " ")]
    return folded(" ".join(texts))


@pytest.mark.parametrize("language", warning_words.LANGUAGES)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["rule"])
def test_every_word_is_the_domains_own(row, language):
    foreign = [word for word in row[language] if not folded(word) <= said_by_the_domain(row["rule"], language)]
    assert row[language] and foreign == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["rule"])
def test_every_word_has_its_sources(row):
    keys = warning_signs()[row["rule"]].sources
    assert keys and all(key in sources() for key in keys)


def test_emergencies_are_all_looked_for():
    """Every emergency sign of the rules has words of its own here."""
    emergencies = {code for code, sign in warning_signs().items() if sign.level == "emergency"}
    assert emergencies <= {row["rule"] for row in ROWS}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("I have NUMBNESS in my hand", "numbness"),
        ("a pain in my chest since noon", "chest pain"),
        ("Desde ayer tengo las piernas hinchadas, la pierna izquierda más", "pierna hinchado"),
        ("vision doble desde anoche", "visión doble"),
        ("No numbness at all", "numbness"),  # negations are not read
        ("two lumps on my neck", "lump"),
    ],
)
def test_words_are_found_in_any_case_order_accent_and_ending(text, word):
    assert word in [match.word for match in matches(text)]


@pytest.mark.parametrize(
    "text", ["", "I slept well", "My chest is fine. The pain is in my foot", "comfortably tired", "a number of things"]
)
def test_other_words_match_nothing(text):
    assert matches(text) == []


def test_a_match_says_where_it_comes_from_and_names_no_illness():
    (match,) = matches("Some tingling today")
    assert str(match) == "matches a warning word: “tingling” (RF-HEEL-NERVE; HEEL_DDX)"


def test_a_long_text_is_read_at_once():
    assert matches("chest " * 2_000 + "pain " * 2_000)[0].word == "chest pain"

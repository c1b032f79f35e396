"""What words may be sent: placeholders, discretion, length; what a person should look at."""

import pytest
from django.utils import timezone, translation
from django.utils.translation import gettext

from conditions import loading
from treatments import cautions, discretion, drafting, line_words, sayable, series, wording
from treatments.differences import Edition

BUILT_IN = wording.built_in()
LIMITS = sayable.Limits(telling=sayable.phrases(["Neck pain", "TMJ", "ear (noise)"], ["Back of neck", "Low back"]))


def edition(lines):
    return Edition({"lines": lines, "wordings": {}}, lambda name, language: ("", wording.wordings()[name].text))


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_shipped_word_of_the_series_is_fit_to_be_sent(language):
    loading.load(now=timezone.now())
    limits = discretion.limits()
    with translation.override(language):
        for row in BUILT_IN["lines"]:
            for part in ("email", "first_email", "sms"):
                if row.get(part):
                    words = wording.wordings()[row[part]]
                    assert sayable.wrong(gettext(words.text), "sms" if part == "sms" else "email", limits) == []
                    assert part == "sms" or sayable.wrong(gettext(words.subject), "subject", limits) == []
                    assert part != "sms" or sayable.length(gettext(words.text), limits).parts == 1


def test_whole_words_tell_and_ordinary_ones_do_not():
    assert sayable.telling("Your NECKS and tmj", LIMITS.telling) == ["NECKS", "tmj"]
    assert sayable.telling("We call you back. Necklace. {neck}", LIMITS.telling) == []
    assert sayable.telling("Neck pain?", LIMITS.telling) == ["Neck pain"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("frist_name", "first_name"), ("First Name", "first_name"), ("telephone", "phone"), ("zzz", ""), ("", "")],
)
def test_a_misspelt_placeholder_finds_the_one_that_was_meant(typed, meant):
    assert sayable.nearest(typed, "email") == meant
    assert sayable.wrong(f"Hello {{{typed}}}", "email", LIMITS)


def test_names_give_way_in_the_count_as_they_do_when_it_is_sent():
    limits = sayable.Limits(longest={"clinic": "c" * 20, "first_name": "n" * 12})
    assert sayable.length("{clinic}: hello {first_name}" + "x" * 120, limits).units == 160
    assert sayable.length("{clinic}: hello {first_name}" + "x" * 125, limits).parts == 1
    assert sayable.length("{clinic}: hello {first_name}" + "x" * 150, limits).parts == 2


@pytest.mark.parametrize(
    ("changes", "warned"),
    [
        ({"when": {"from": "end", "minutes": 1440}}, True),
        ({"when": {"from": "end", "minutes": 1440 + 11 * 60}}, True),
        ({"when": {"from": "end", "minutes": 1440 + 12 * 60}}, False),
        ({"when": {"from": "end", "minutes": 1440}, "sms": "", "email": "email_72h", "off": True}, False),
    ],
)
def test_lines_that_come_together_are_warned_of(changes, warned):
    lines = [row | changes if row["key"] == "h72" else row for row in BUILT_IN["lines"]]
    assert bool(cautions.of(edition(lines))) == warned


def test_the_built_in_series_gives_nothing_to_look_at():
    assert cautions.of(edition(BUILT_IN["lines"])) == []


def test_a_question_without_its_link_is_warned_of():
    says = Edition({"lines": BUILT_IN["lines"], "wordings": {}}, lambda name, language: ("", "How are you?"))
    assert any("cannot answer" in each.words for each in cautions.of(says))


def test_taking_out_a_line_takes_the_tips_inside_it_and_its_words():
    own = {"same_day:sms": {"en": {"text": "x"}}, "h24:sms": {"en": {"text": "x"}}}
    left = drafting.without({"lines": BUILT_IN["lines"], "wordings": own}, "same_day")
    assert {"same_day", "tip_neck", "tip_intraoral"}.isdisjoint(row["key"] for row in left["lines"])
    assert list(left["wordings"]) == ["h24:sms"]


def test_a_new_key_is_never_one_that_was_used():
    _, key = drafting.added({"lines": [], "wordings": {}}, "check_in", title="x", taken={"check_in_2", "check_in_3"})
    assert key == "check_in_4"


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "right after"), (90, "90 minutes after"), (60, "1 hour after"), (2880, "2 days after")]
)
def test_times_are_said_in_words(minutes, words):
    assert line_words.when({"when": {"from": "end", "minutes": minutes}}).startswith(words)


def test_lines_that_are_switched_off_are_not_read():
    rows = [row | {"off": True} if row["key"] == "h24" else row for row in BUILT_IN["lines"]]
    assert series.find(series.read({"lines": rows}), "h24") is None

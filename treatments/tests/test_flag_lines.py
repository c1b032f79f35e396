"""A flag beside the note says where, when the client said so only in words: no area on the chart is marked for it."""

from django.template.loader import render_to_string

from intake.models import Flag
from intake.safety.standing import Standing
from treatments.chart import flag_lines, limit_words

SAID = [
    {"linkId": "health.numb", "question": "Numbness?", "answer": "Yes"},
    {"linkId": "health.numb_where", "question": "Where?", "answer": "both soles"},
]


def standing_with(**rule):
    flag = Flag(flag_class="modify", rank=6, priority=1, rule={"title": "Loss of feeling"} | rule, answers=SAID)
    return Standing(
        may_book=True, may_start=True, may_start_plan=True, booking="allow", history_complete=True, flags=(flag,)
    )


def shown(found):
    return render_to_string("treatments/_flags.html", {"flags": flag_lines(found), "limits": limit_words(found)})


def test_a_place_in_words_stands_beside_the_note():
    assert "both soles" in shown(standing_with(place_in_words=True, region_from="health.numb_where"))


def test_a_place_that_is_marked_is_not_said_twice():
    assert "both soles" not in shown(standing_with(place_in_words=False, region_from="health.numb_where"))
    assert "both soles" not in shown(standing_with(place_in_words=True, region_from=None))

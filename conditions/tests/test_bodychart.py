import gzip
from types import SimpleNamespace

import pytest
from django.template import Context, Template

from conditions import bodychart
from conditions.bodychart import Mark, draw
from conditions.regions import mark_fields

BACK = Mark("POST-BACK-LOW-L", "pain", 6)
NO_LIMITS = SimpleNamespace(blocked_regions=(), region_limits={}, unagreed_regions=())


def part(chart, code):
    return next(part for figure in chart.figures for part in figure.parts if part.code == code)


@pytest.mark.parametrize(
    ("marks", "heat", "text"),
    [
        ([BACK], "mid", "6"),
        ([BACK, Mark(BACK.region, "ache", 9)], "high", "9"),
        ([Mark(BACK.region, "tension")], "low", "•"),
        ([BACK, Mark(BACK.region, "do_not_touch")], "off", "×"),
        ([], "", ""),
    ],
)
def test_region_is_drawn_by_its_strongest_mark(marks, heat, text):
    found = part(draw(marks), BACK.region)
    assert (found.heat, found.text) == (heat, text)


def test_words_say_what_the_picture_shows():
    limits = SimpleNamespace(
        blocked_regions={"POST-CALF-R"}, region_limits={BACK.region: 2}, unagreed_regions={"POST-BUTTOCK-L"}
    )
    chart = draw([BACK], limits=limits)
    assert chart.words == (
        "Low back, your left: Pain, 6 of 10, pressure 2 of 5 at most; Calf, your right: leave out"
    )  # fmt: skip
    assert chart.signs == {"heat", "blocked", "lighter", "unagreed"}


def test_clients_marks_lie_under_the_therapists():
    chart = draw([], under=[BACK], limits=NO_LIMITS)
    found = part(chart, BACK.region)
    assert (found.heat, found.css, found.text) == ("", "bc-region is-under", "6")


def test_your_right_stands_at_the_left_of_the_front_and_at_the_right_of_the_back():
    front, back = draw().figures
    assert front.sides == ("Your right", "Your left")
    assert back.sides == ("Your left", "Your right")


def test_mark_of_a_region_that_is_gone_still_reads():
    assert bodychart.your_region("OLD-PLACE") == "OLD-PLACE"
    assert draw([Mark("OLD-PLACE", "pain", 3)]).signs == frozenset()


def test_every_symptom_has_words():
    assert [code for code, _, _ in bodychart.symptoms()] == list(mark_fields().symptoms)
    assert bodychart.symptom_words("bruise_or_skin") == "Bruise or skin problem"


def rendered(mode, **more):
    page = Template("{% load bodychart %}{% body_chart marks mode=mode %}")
    return page.render(Context({"marks": more.get("marks", []), "mode": mode}))


def test_component_is_light_and_needs_no_inline_style():
    page = rendered("mark", marks=[BACK])
    assert len(gzip.compress(page.encode())) <= 12 * 1024
    assert "style=" not in page and page.count("data-code=") == 78 + 7


def test_picture_reads_out_what_is_marked():
    page = rendered("read", marks=[BACK])
    assert "Back. Low back, your left: Pain, 6 of 10." in page
    assert "<title>Low back, your left: Pain, 6 of 10</title>" in page

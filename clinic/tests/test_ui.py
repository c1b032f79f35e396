from datetime import date

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from clinic.templatetags import people, ui


def render(text, **context):
    return Template("{% load ui %}" + text).render(Context(context))


@pytest.mark.parametrize("state", ui.SESSION_STATES)
def test_session_state_shows_a_word_and_a_shape(state):
    html = render("{% session_state state %}", state=state)
    assert ui.SESSION_STATES[state][0] in html
    assert "<svg" in html and 'aria-hidden="true"' in html


def test_session_states_differ_without_colour():
    seen = {(words, shape) for words, _, shape in ui.SESSION_STATES.values()}
    assert len(seen) == len(ui.SESSION_STATES)


def test_readiness_says_how_far_the_client_is():
    assert "Intake 60 %" in render('{% readiness "in_progress" 60 %}')
    assert "Intake done, with flags" in render('{% readiness "done-flags" %}')


@pytest.mark.parametrize(("wording", "said"), [("HealthHistory|1.0.0", "1.0.0"), ("desk/1", "desk/1"), ("", "")])
def test_version_of_a_wording_is_said_without_its_technical_name(wording, said):
    assert people.version_of(wording) == said


def test_badge_words_are_escaped():
    assert "&lt;b&gt;" in render("{% badge words %}", words="<b>")


@pytest.mark.parametrize(
    ("name", "letters"), [("Ann Lee", "AL"), ("Jo", "J"), ("陈 大文", "陈大"), ("", "?"), ("Dr. Mirela Ionescu", "MI")]
)
def test_initials_come_from_any_alphabet(name, letters):
    assert ui.initials(name) == letters


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605.1 Version/17 Safari/605.1", "Safari on a Mac"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/130 Safari/537 Edg/130", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537 Chrome/130 Mobile Safari/537", "Chrome on Android"),
        ("curl/8", "A browser"),
    ],
)
def test_device_names_a_browser_in_plain_words(agent, words):
    assert ui.device(agent) == words


def test_message_levels_become_our_tones():
    tones = [ui.message_tone(tags) for tags in ("error", "extra warning", "success", "info", "")]
    assert tones == ["danger", "caution", "success", "info", "info"]


def test_line_chart_draws_and_lists_the_same_numbers():
    points = [(date(2026, 3, 3), 7, "Before"), (date(2026, 3, 10), 4, "Before"), (date(2026, 3, 3), 2, "After")]
    html = render('{% line_chart points title="Pain" goal=3 %}', points=points)
    assert html.count("<svg") == 4  # wide, narrow, and one for each line of the legend
    assert html.count("<tr>") == 4 and "10 Mar 2026" in html
    assert "goal 3" in html


def test_line_chart_keeps_its_coordinates_in_every_language():
    with translation.override("es"):
        html = render('{% line_chart points title="Dolor" %}', points=[(date(2026, 3, 3), 7), (date(2026, 3, 4), 2.5)])
    assert 'cx="34.0"' in html
    assert 'cx="34,0"' not in html


def test_line_chart_without_values_says_so():
    assert "Nothing measured yet" in render('{% line_chart points title="Pain" %}', points=[])


def test_scale_keeps_what_was_chosen_and_shows_the_error():
    class Form(forms.Form):
        pain = forms.ChoiceField(choices=[(n, n) for n in range(11)], widget=forms.RadioSelect)

    chosen = render("{% scale_field form.pain %}", form=Form({"pain": "7"}))
    assert chosen.count('type="radio"') == 11 and 'value="7" checked' in chosen
    empty = Form({})
    empty.is_valid()
    assert "This field is required." in render("{% scale_field form.pain %}", form=empty)

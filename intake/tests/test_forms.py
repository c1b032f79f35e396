import json
from datetime import date
from pathlib import Path

import pytest
from django.http import QueryDict

from intake.engine.specs import parse
from intake.engine.validation import missing
from intake.forms import BirthDateForm, FlagForm, ScreenForm

SPEC = parse(json.loads((Path(__file__).parents[1] / "data" / "intake_questionnaire.json").read_text()))
TODAY = date(2026, 11, 23)


def form(group, given=None, answers=None, asked=None):
    data = None
    if given is not None:
        data = QueryDict(mutable=True)
        data.setlist("asked", list(given) if asked is None else asked)
        for name, value in given.items():
            data.setlist(name, value if isinstance(value, list) else [value])
    made = ScreenForm(SPEC, SPEC.group(group), answers=answers or {}, today=TODAY, country="US", data=data)
    if data is not None:
        made.is_valid()
    return made


def question(made, link_id):
    return next(one for one in made.questions() if one.item.link_id == link_id)


@pytest.mark.parametrize("group", SPEC.groups, ids=lambda group: group.link_id)
def test_every_group_makes_a_form_with_all_its_questions(group):
    made = form(group.link_id)
    assert set(made.fields) == {item.link_id for item in group.walk() if item.is_question}
    assert all(one.kind for one in made.questions())


def test_boolean_has_three_states():
    assert [choice.chosen for choice in question(form("about"), "about.minor").choices] == [False, False]
    yes = question(form("about", answers={"about.minor": True}), "about.minor")
    assert [choice.chosen for choice in yes.choices] == [True, False]


def test_unasked_required_question_is_a_follow_up_and_no_error():
    made = form("today", {"today.injury": "yes"})
    assert "today.injury_when" in made.follow_ups
    assert "today.injury_when" not in made.errors


def test_asked_required_question_left_blank_is_an_error():
    made = form("today", {"today.injury": "yes", "today.injury_when": ""})
    assert "Please answer" in made.errors["today.injury_when"][0]


def test_answer_to_a_disabled_question_is_dropped_even_when_it_is_wrong():
    made = form("today", {"today.injury": "no", "today.injury_when": "long ago"})
    assert made.changes() == {"today.injury": "no"}
    assert "today.injury_when" not in made.errors


def test_answers_that_fit_are_kept_beside_one_that_does_not():
    made = form("reason", {"reason.goal": "Walk", "reason.pain_now": "11"})
    assert made.changes() == {"reason.goal": "Walk"}
    assert "from 0 to 10" in question(made, "reason.pain_now").error
    assert question(made, "reason.pain_now").value == "11"


def test_question_of_another_screen_is_not_taken():
    assert form("today", {"today.fever": "no", "heart.bp": "normal"}).changes() == {"today.fever": "no"}


def test_phone_is_kept_as_e164_and_a_wrong_one_refused():
    assert form("about", {"about.mobile": "(555) 010-0301"}).changes() == {"about.mobile": "+15550100301"}
    assert "about.mobile" in form("about", {"about.mobile": "12"}).errors
    assert "about.email" in form("about", {"about.email": "ann at example"}).errors


def test_conditions_on_this_screen_travel_as_data_and_others_are_settled():
    when = json.loads(question(form("today"), "today.injury_when").when)
    assert when["tests"] == [{"q": "today.injury", "op": "=", "v": "yes"}]
    settled = json.loads(question(form("about", answers={"about.minor": True}), "about.guardian_name").when)
    assert settled["tests"] == [{"q": "about.minor", "op": "=", "v": True}]


def test_scale_of_nought_to_ten_is_drawn_as_eleven_choices():
    pain = question(form("reason", answers={"reason.pain_now": 0}), "reason.pain_now")
    assert (pain.kind, len(pain.choices), pain.choices[0].chosen) == ("scale", 11, True)


def test_date_typed_wrongly_is_shown_again_as_typed():
    made = form("consent", {"consent.signed_on_day": "31", "consent.signed_on_month": "2",
                            "consent.signed_on_year": "2026"}, asked=["consent.signed_on"])  # fmt: skip
    assert question(made, "consent.signed_on").parts == ["31", "2", "2026"]


def test_missing_lists_required_questions_that_are_asked():
    assert "rf.back.ces" not in missing(SPEC, {"reason.conditions": ["relaxation"]})
    assert "rf.back.ces" in missing(SPEC, {"reason.conditions": ["back-pain"]})
    assert "about.guardian_name" in missing(SPEC, {"about.minor": True})


@pytest.mark.parametrize("parts", [("31", "2", "1990"), ("1", "1", "2999"), ("", "", ""), ("x", "y", "z")])
def test_birth_date_that_is_none_is_refused(parts):
    data = dict(zip(("born_day", "born_month", "born_year"), parts, strict=True))
    made = BirthDateForm(data, today=TODAY)
    assert not made.is_valid()
    assert made.parts == list(parts)


def test_birth_date_form_gives_the_date():
    made = BirthDateForm({"born_day": "04", "born_month": "5", "born_year": "1986"}, today=TODAY)
    assert made.is_valid() and made.born == date(1986, 5, 4)


@pytest.mark.parametrize("data", [{"action": "delete"}, {}, {"action": "override", "reason": "x" * 1001}])
def test_flag_form_takes_only_its_own_actions(data):
    assert not FlagForm(data).is_valid()

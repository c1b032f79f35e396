import json
from dataclasses import replace

import pytest

from intake.engine.pages import RESERVED, page_named, pages_of
from intake.engine.progress import progress_of
from intake.engine.specs import EnableWhen, Item, Questionnaire, parse
from intake.questionnaires import SHIPPED
from intake.safety.denials import offered, plain_no

HISTORY = parse(json.loads(SHIPPED["health-history"].read_text()))


def question(link_id, **more):
    return Item(link_id=link_id, type="string", text=link_id, **more)


def group(link_id, *items, **more):
    return Item(link_id=link_id, type="group", text=link_id, items=tuple(items), **more)


def form(*items):
    return Questionnaire(url="u", version="1", title="T", items=tuple(items))


def shape(spec):
    return [(page.slug, [i.link_id for i in page.group.walk() if i.is_question]) for page in pages_of(spec)]


def test_history_keeps_its_groups_as_screens():
    assert [page.slug for page in pages_of(HISTORY)] == [group.link_id for group in HISTORY.groups]


def test_loose_questions_keep_their_place():
    spec = form(question("a"), group("g", question("b")), question("c"), question("d"))
    assert shape(spec) == [("questions", ["a"]), ("g", ["b"]), ("questions-2", ["c", "d"])]


def test_long_group_is_split_and_nothing_is_lost_or_doubled():
    inner = group("inner", *(question(f"i{n}") for n in range(20)))
    spec = form(group("g", *(question(f"q{n}") for n in range(8)), inner, question("last")))
    pages = shape(spec)
    asked = [link_id for _, ids in pages for link_id in ids]
    assert asked == [item.link_id for item in spec.walk() if item.is_question]
    assert len(pages) > 2 and max(len(ids) for _, ids in pages) <= 10
    assert len({slug for slug, _ in pages}) == len(pages)


def test_repeating_group_and_questions_below_a_question_stay_together():
    table = group("rep", *(question(f"r{n}") for n in range(30)), repeats=True)
    parent = replace(question("p"), items=tuple(question(f"c{n}") for n in range(20)))
    assert [ids for _, ids in shape(form(group("g", table, parent)))] == [
        [f"r{n}" for n in range(30)], ["p", *(f"c{n}" for n in range(20))],
    ]  # fmt: skip


@pytest.mark.parametrize("link_id", ["/8352-7", "a b", "", "ü", *sorted(RESERVED), "x" * 80])
def test_names_that_no_address_can_hold_get_another(link_id):
    (page,) = pages_of(form(group(link_id or "%", question("a"))))
    assert page.slug == "page-1" and page_named(form(group("g", question("a"))), page.slug) is None


def test_screen_without_a_question_to_ask_is_left_out():
    never = (EnableWhen("a", "=", "x"),)
    spec = form(group("g", question("a")), group("h", question("b", enable_when=never)))
    assert [page.slug for page in progress_of(spec, {}, []).screens] == ["g"]
    assert [page.slug for page in progress_of(spec, {"a": "x"}, []).screens] == ["g", "h"]


def test_plain_no_never_answers_what_may_be_an_emergency_or_an_agreement():
    index = HISTORY.index
    for link_id in (
        "today.urgent",
        "rf.back.ces",
        "rf.back.history",
        "consent.areas",
        "consent.messages",
        "heart.bp",
        "care.contact_doctor",
        "consent.treatment",
        "about.minor",
        "reason.conditions",
        "rf.back.spread",
    ):
        assert plain_no(index[link_id]) == "", link_id
    assert plain_no(index["health.cancer"]) == "never" and plain_no(index["meds.classes"]) == "none"
    assert plain_no(index["health.diabetes"]) == "no"


def test_one_no_is_offered_only_where_it_saves_something():
    on = {page.slug: len(offered(page.group.walk())) for page in pages_of(HISTORY)}
    assert {slug for slug, count in on.items() if count} == {"today", "heart", "surgery", "health"}
    assert "health.preg_problems" not in offered(page_named(HISTORY, "health").group.walk())

"""Advice on a screen asks only the rules that can lead to it, and says what all of them together would say."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from intake.engine.pages import pages_of
from intake.engine.specs import parse
from intake.questionnaires import SHIPPED
from intake.safety.advice import AT_ONCE, hits_of_screen, rules_of_screen
from intake.safety.screening import evaluate, load_rules

BOOK = load_rules()
SPECS = [parse(json.loads(path.read_text())) for path in SHIPPED.values()]
SOME_FACTS = {"age_years": st.integers(0, 100), "any_unsure": st.booleans(), "days_since_full_history": st.just(400)}
FACTS = st.fixed_dictionaries({}, optional=SOME_FACTS)


def _value(item):
    codes = st.sampled_from([option.code for option in item.options] or ["words"])
    if item.repeats:
        return st.lists(codes, unique=True)
    plain = {"boolean": st.booleans(), "integer": st.integers(0, 10), "date": st.just("2026-11-01")}
    return plain.get(item.type, codes)


ANSWERS = st.fixed_dictionaries(
    {}, optional={item.link_id: _value(item) for spec in SPECS for item in spec.walk() if item.is_question}
)
SOME_OFF = st.frozensets(st.sampled_from([rule.id for rule in BOOK.rules]), max_size=4)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(answers=ANSWERS, facts=FACTS, off=SOME_OFF)
def test_every_screen_says_what_the_whole_book_says(answers, facts, off):
    everything = evaluate(BOOK, answers, facts, off=off)
    for page in (page for spec in SPECS for page in pages_of(spec)):
        asked = evaluate(rules_of_screen(page.link_ids), answers, facts, off=off)
        due = [hit for hit in hits_of_screen(everything, page.link_ids) if hit.rule.level in AT_ONCE]
        assert hits_of_screen(asked, page.link_ids) == due


def test_every_rule_that_cannot_wait_is_asked_on_each_screen_with_one_of_its_questions():
    pages = [page for spec in SPECS for page in pages_of(spec)]
    for rule in (one for one in BOOK.rules if one.level in AT_ONCE):
        where = [page for page in pages if page.link_ids & rule.asks]
        assert all(rule in rules_of_screen(page.link_ids).rules for page in where), rule.id

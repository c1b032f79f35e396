import itertools

import pytest

from intake.engine.stamps import Given, Stamp, digest, merge

PHONE, DESK = "phone", "desk"


def step(value, at, device=PHONE, seq=None, seen=None, window="", whole_page=False):
    return Given("q", value, Stamp(at, device, window, at if seq is None else seq), seen, whole_page)


def arrive(*steps, answers=None):
    """Each step as a save of its own; returns the answer that counts and the others."""
    answers, stamps, others = dict(answers or {}), {}, []
    for one in steps:
        merged = merge(answers, stamps, [one])
        answers |= merged.changes
        stamps |= merged.stamps
        others += merged.others
    return answers.get("q"), others


STEPS = [step("a", 10), step("b", 20, DESK), step("c", 30), step("d", 40, DESK)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_later_answer_counts_in_every_order_of_arrival(order):
    assert arrive(*(STEPS[at] for at in order))[0] == "d"


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_replayed_steps_change_nothing(order):
    steps = [STEPS[at] for at in order]
    assert arrive(*steps, *steps, *steps[:2])[0] == "d"


def test_answer_that_lost_is_kept_when_nobody_had_seen_it():
    value, others = arrive(step("a", 10, seen=digest(None)), step("b", 20, DESK, seen=digest(None)))
    assert value == "b" and [(one.value, one.kept) for one in others] == [("a", "here")]


def test_late_answer_is_kept_beside_the_one_that_counts():
    value, others = arrive(step("b", 20, DESK), step("a", 10))
    assert value == "b" and [(one.value, one.kept) for one in others] == [("a", "there")]


def test_answer_changed_by_who_saw_it_leaves_nothing_behind():
    assert arrive(step("a", 10, seen=digest(None)), step("b", 20, DESK, seen=digest("a"))) == ("b", [])


def test_replay_of_an_answer_somebody_saw_and_changed_is_silent():
    first = step("a", 10, seen=digest(None))
    assert arrive(first, step("b", 20, DESK, seen=digest("a")), first) == ("b", [])


def test_typing_on_is_no_second_person():
    assert arrive(step("Wa", 10, seen=digest(None)), step("Walk", 20, seen=digest(None))) == ("Walk", [])


def test_two_windows_of_one_browser_are_two_places():
    steps = step("a", 10, window="1", seen=digest(None)), step("b", 20, window="2", seen=digest(None))
    assert [one.value for one in arrive(*steps)[1]] == ["a"]


def test_clearing_is_an_answer_too():
    assert arrive(step("a", 10), step(None, 20, DESK))[0] is None
    assert arrive(step(None, 20, DESK), step("a", 10))[0] is None


def test_page_changes_only_what_was_touched_on_it():
    page = step("old", 30, DESK, seen=digest("old"), whole_page=True)
    assert arrive(step("new", 20), page, answers={"q": "old"}) == ("new", [])


def test_page_that_had_not_seen_the_other_answer_wins_and_keeps_it():
    page = step("mine", 30, DESK, seen=digest("old"), whole_page=True)
    value, others = arrive(step("new", 20), page, answers={"q": "old"})
    assert value == "mine" and [one.value for one in others] == ["new"]


def test_page_counts_after_steps_of_a_browser_whose_clock_runs_ahead():
    ahead = step("first", 20, seq=10**18)
    page = step("then", 30, seen=digest("first"), whole_page=True)
    assert arrive(ahead, page, step("first", 20, seq=10**18))[0] == "then"


def test_blank_and_false_and_nought_are_told_apart():
    assert digest("") == digest(None) == digest([]) != digest(False) != digest(0)
    assert digest(True) != digest(1) and digest(["a", "b"]) != digest(["b", "a"])


def test_a_stamp_that_was_kept_as_a_list_still_counts():
    before = {"q": [100, "phone", "", 7, {"phone": 7}]}
    again = merge({"q": "a"}, before, [Given("q", "b", Stamp(50, "phone", "", 7))])
    assert not again.changes and not again.stamps
    assert merge({"q": "a"}, before, [Given("q", "b", Stamp(200, "phone", "", 8))]).changes == {"q": "b"}

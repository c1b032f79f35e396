"""The fault test has teeth: each thing that must not happen is counted when it did."""

import pytest

from treatments.faults.verdict import Evidence, Fault, as_lines, failures, share, table

DUE = 1000.0


def evidence(*accepted, state="sent", committed=("a",), begun=None, **facts):
    rows = [{"key": key, "state": state, "begun": begun, "seen": True} for key in committed]
    notes = [{"key": key, "message_id": f"<{key}>", "at": at} for key, at in accepted]
    return Evidence(dict.fromkeys(committed, (DUE, DUE - 60)), notes, rows, **facts)


def test_all_is_well_when_each_went_out_once_and_on_time():
    figures = table(evidence(("a", DUE + 2)))
    assert failures(figures) == []
    assert (figures["messages"], figures["accepted"], figures["p95 late"]) == (1, 1, 2.0)


@pytest.mark.parametrize("state", ["scheduled", "sending", "sent", "failed", "expired", "cancelled"])
def test_what_was_never_accepted_is_lost_whatever_the_row_says(state):
    assert failures(table(evidence(state=state))) == ["lost 1"]


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        (evidence(("a", DUE + 1), ("a", DUE + 9)), ["duplicates 1"]),
        (evidence(("a", DUE - 0.001)), ["early 1"]),
        (evidence(("a", DUE + 5), quiet=(DUE + 4, DUE + 6)), ["in quiet hours 1"]),
        (evidence(("a", DUE + 1), ("rolled back", DUE + 1)), ["phantoms 1"]),
    ],
)
def test_each_kind_of_wrong_is_counted(found, wrong):
    assert failures(table(found)) == wrong


def test_one_message_under_two_message_ids_is_a_duplicate():
    found = evidence(("a", DUE + 1))
    again = {"key": "a", "message_id": "<b>", "at": DUE + 2}
    assert table(Evidence(found.committed, [*found.accepted, again], found.rows))["duplicates"] == 2


def test_unknown_is_right_only_in_flight_at_a_fault_and_before_a_person():
    fault = Fault("kill -9", DUE + 10, DUE + 10)
    assert failures(table(evidence(state="unknown", begun=DUE + 9.5, faults=[fault]))) == []
    assert failures(table(evidence(state="unknown", begun=DUE + 2, faults=[fault]))) == ["unexplained 1"]
    hidden = evidence(state="unknown", begun=DUE + 10, faults=[fault])
    hidden.rows[0]["seen"] = False
    assert failures(table(hidden)) == ["unseen 1"]


def test_shares_and_the_table():
    assert share([3.0, 1.0, 2.0], 0.5) == 2.0
    assert share([], 0.95) == 0.0
    lines = as_lines({"PostgreSQL": table(evidence(("a", DUE + 2))), "embedded": table(evidence())})
    lost = next(line for line in lines if line.startswith("lost"))
    assert lost.split() == ["lost", "0", "1", "must", "be", "0"]

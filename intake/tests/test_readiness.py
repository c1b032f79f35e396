from datetime import timedelta

import pytest

from clinic import audit
from intake import responses
from intake.readiness import readiness


def light(client, now):
    found = readiness([client], now=now)[client.pk]
    return found.state, found.percent


def test_not_sent_then_sent_then_expired(client_ben, history, moment):
    assert light(client_ben, moment) == ("not_sent", 0)


def test_sent_link_expires(invited, client_ann, moment):
    assert light(client_ann, moment) == ("sent", 0)
    assert light(client_ann, moment + timedelta(days=8)) == ("expired", 0)


def test_begun_form_shows_its_share(response, client_ann, moment):
    by = audit.ClientActor(client_ann, via="test")
    responses.save(response=response, changes={"today.fever": "no"}, by=by, now=moment)
    state, percent = light(client_ann, moment)
    assert state == "in_progress" and 0 < percent < 30
    assert light(client_ann, moment + timedelta(days=8))[0] == "expired"


@pytest.mark.parametrize(("changes", "state"), [({}, "done"), ({"today.fever": "yes"}, "done_flags")])
def test_sent_form_is_done_with_or_without_flags(response, fill, client_ann, moment, changes, state):
    fill(response, changes)
    assert light(client_ann, moment) == (state, 100)


def test_label_says_nothing_of_the_answers(response, fill, client_ann, moment):
    fill(response, {"today.fever": "yes"})
    assert readiness([client_ann], now=moment)[client_ann.pk].label == "Form done, with flags"

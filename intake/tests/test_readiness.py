from datetime import timedelta

import pytest

from clinic import audit
from intake import questionnaires, responses
from intake.inviting import invitations
from intake.inviting.readiness import readiness
from intake.models import Questionnaire


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


def test_answers_that_are_too_old_are_expired(response, fill, client_ann, moment):
    fill(response)
    assert light(client_ann, moment + timedelta(days=365)) == ("done", 100)
    assert light(client_ann, moment + timedelta(days=366)) == ("expired", 100)
    Questionnaire.objects.update(ask_again_from=moment.date() + timedelta(days=2))
    assert light(client_ann, moment + timedelta(days=3)) == ("expired", 100)


def test_another_form_on_its_way_does_not_change_the_light(response, fill, client_ann, desk, moment):
    fill(response)
    questionnaires.publish_shipped(by=audit.SYSTEM, now=moment)
    invitations.invite(client=client_ann, by=desk, now=moment, slug=questionnaires.PRESESSION)
    assert light(client_ann, moment) == ("done", 100)

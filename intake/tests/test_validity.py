"""How long answers count, and who is asked again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic import audit
from clinic.models import Service
from clinic.testing import make_client
from conditions.models import Condition
from intake import questionnaires, responses
from intake.inviting import invitations, validity
from intake.models import Questionnaire, Response
from intake.tests.conftest import agree

pytestmark = pytest.mark.django_db


def form(slug=questionnaires.HISTORY):
    return Questionnaire.objects.get(slug=slug)


def sent_by(client):
    return Response.objects.select_related("version__questionnaire").get(client=client)


@pytest.fixture
def sent(response, fill):
    fill(response)
    return sent_by(response.client)


def after(moment, days):
    return moment + timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "old"),
    [
        (84, set()),
        (85, {"health.pregnancy", "health.preg_weeks", "health.preg_problems", "surgery.recent", "surgery.detail"}),
    ],
)
def test_pregnancy_and_surgery_expire_before_the_form(sent, moment, days, old):
    assert validity.stale(sent, now=after(moment, days)) == old


def test_medicines_expire_after_half_a_year_and_everything_after_a_year(sent, moment):
    assert "meds.classes" not in validity.stale(sent, now=after(moment, 182))
    assert "meds.classes" in validity.stale(sent, now=after(moment, 183))
    assert not validity.expired(sent, now=after(moment, 365))
    assert validity.expired(sent, now=after(moment, 366))
    assert "about.first_name" in validity.stale(sent, now=after(moment, 366))


def test_a_form_that_was_not_sent_is_never_stale(response, moment):
    assert validity.stale(response, now=after(moment, 900)) == frozenset()


def test_the_owners_figures_replace_the_shipped_ones(sent, moment):
    sent.version.questionnaire.question_days = {"heart.bp": 30}
    assert validity.stale(sent, now=after(moment, 100)) == {"heart.bp"}


def test_ask_again_counts_from_its_day_and_only_for_older_answers(sent, moment):
    history = sent.version.questionnaire
    history.ask_again_from = after(moment, 10).date()
    assert not validity.expired(sent, now=after(moment, 9))
    assert validity.expired(sent, now=after(moment, 11))
    history.ask_again_from = after(moment, -3).date()
    assert not validity.expired(sent, now=after(moment, 11))


def test_single_questions_are_asked_again(sent, moment):
    sent.version.questionnaire.ask_again_questions = {"heart.bp": after(moment, 5).date().isoformat()}
    assert validity.stale(sent, now=after(moment, 6)) == {"heart.bp"}


def test_due_says_why(client_ben, sent, moment):
    ann = sent.client
    due = validity.due([ann, client_ben], now=moment)
    assert due[ann.pk] == []
    assert [(one.questionnaire.slug, one.why) for one in due[client_ben.pk]] == [("health-history", "Never filled in")]
    partly = validity.due([ann], now=after(moment, 100))[ann.pk][0]
    assert (partly.why, partly.is_whole, partly.response) == (validity.Why.PART, False, sent)
    assert validity.due([ann], now=after(moment, 400))[ann.pk][0].is_whole


def test_the_check_before_a_visit_is_due_every_day(sent, moment):
    questionnaires.publish_shipped(by=audit.SYSTEM, now=moment)
    assert [one.why for one in validity.due([sent.client], now=moment)[sent.client.pk]] == [validity.Why.VISIT]


def test_a_form_for_some_is_due_by_condition_and_by_service(sent, client_ben, moment):
    document = {"resourceType": "Questionnaire", "version": "1", "title": "Jaw", "status": "draft",
                "item": [{"linkId": "a", "text": "A", "type": "string"}]}  # fmt: skip
    questionnaires.publish(slug="jaw", document=document, by=audit.SYSTEM, now=moment)
    jaw = form("jaw")
    jaw.asked = Questionnaire.Asked.SOME
    jaw.save()
    back = Condition.objects.create(slug="back-pain", name="Back pain", short="x")
    tmj = Condition.objects.create(slug="tmj", name="TMJ", short="x")
    hour = Service.objects.create(name="Jaw hour", minutes=60)
    jaw.conditions.add(tmj)
    jaw.services.add(hour)
    ann = sent.client

    def forms(**more):
        return [one.questionnaire.slug for one in validity.due([ann], now=moment, **more)[ann.pk]]

    assert forms() == []
    assert forms(conditions={ann.pk: ["tmj"]}) == ["jaw"]
    assert forms(services={ann.pk: [hour.pk]}) == ["jaw"]
    jaw.conditions.add(back)  # which Ann named in her history
    assert forms() == ["jaw"]
    jaw.retired_at, jaw.retired_by = moment, sent.version.published_by
    Questionnaire.objects.filter(pk=jaw.pk).update(asked="by_hand")
    assert forms() == []


def test_many_clients_cost_no_more_questions_than_one(sent, desk, moment):
    validity.due([sent.client], now=moment)

    def queries(people):
        with CaptureQueriesContext(connection) as log:
            validity.due(people, now=moment)
        return len(log)

    one = queries([sent.client])
    others = [make_client(f"C{n}", "Cole", mobile=f"+1555010040{n}") for n in range(3)]
    for other in others:
        agree(other, desk, moment)
        begun = responses.start(invitation=invitations.invite(client=other, by=desk, now=moment), now=moment)
        Response.objects.filter(pk=begun.pk).update(status="completed", submitted_at=moment)
    assert queries([sent.client, *others]) == one <= 6

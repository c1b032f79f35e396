"""Anything new since last time? One tap when there is not; what cannot wait is asked on its own and screened."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic import audit
from intake import news, questionnaires, responses
from intake.engine.specs import parse
from intake.inviting import invitations
from intake.models import Flag, Response
from intake.tests.conftest import HEALTHY, agree, come_in

NEWS, URGENT, DONE = reverse("intake:news"), reverse("intake:urgent"), reverse("intake:done")
USUAL = {
    "asked": ["pre.pain", "pre.last_reaction", "pre.consent", "pre.urgent"],
    "pre.pain": "3", "pre.last_reaction": "better", "pre.consent": "true",
}  # fmt: skip
WHOLE = reverse("intake:screen", args=["questions"])


@pytest.fixture
def link(history, client_ann, desk, moment):
    questionnaires.publish_shipped(by=audit.SYSTEM, now=moment)
    agree(client_ann, desk, moment)
    ago = moment - timedelta(days=20)
    first = responses.start(invitation=invitations.invite(client=client_ann, by=desk, now=ago), now=ago)
    by = invitations.actor_of(first.invitation)
    responses.save(response=first, changes=HEALTHY, by=by, now=ago)
    responses.submit(response=first, by=by, now=ago)
    return invitations.invite(client=client_ann, by=desk, now=moment, slug=questionnaires.PRESESSION)


@pytest.fixture
def here(link):
    return come_in(link)


def check():
    return Response.objects.get(version__questionnaire__slug=questionnaires.PRESESSION)


def test_nothing_new_is_two_screens(here):
    assert here.get(reverse("intake:resume"))["Location"] == NEWS
    page = here.get(NEWS).content.decode()
    assert "Anything new since" in page and "New diagnosis, medicine, injury" in page
    assert here.post(NEWS, {"action": "nothing"})["Location"] == URGENT
    assert here.post(URGENT, USUAL | {"action": "none"})["Location"] == DONE
    sent = check()
    assert (sent.status, sent.top_class) == ("completed", "")
    answers = responses.answers_of(sent)
    assert (answers["pre.urgent"], answers["pre.ill"], answers["pre.changed"]) == (["none"], "no", "no")
    assert (answers["pre.pain"], answers["pre.last_reaction"], answers["pre.consent"]) == (3, "better", True)
    assert not Flag.objects.exists()


def test_the_urgent_question_is_never_answered_by_the_first_tap(here):
    here.post(NEWS, {"action": "nothing"})
    assert "pre.urgent" not in responses.answers_of(check())
    assert check().status == "in-progress"


def test_what_cannot_wait_raises_its_flag_and_its_advice(here):
    here.post(NEWS, {"action": "nothing"})
    answer = here.post(URGENT, USUAL | {"pre.urgent": ["chest_pain"], "action": "send"})
    assert answer["Location"] == DONE
    assert Flag.objects.get().flag_class == "emergency"
    assert "911" in here.get(DONE).content.decode()


@pytest.mark.parametrize("missing", ["pre.pain", "pre.last_reaction", "pre.consent"])
def test_what_must_be_said_each_time_is_asked_for(here, missing):
    here.post(NEWS, {"action": "nothing"})
    given = {name: value for name, value in USUAL.items() if name != missing}
    answer = here.post(URGENT, given | {"action": "none"})
    assert answer.status_code == 422
    assert "has-error" in answer.content.decode()
    assert check().status == "in-progress"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"pre.urgent": ["chest_pain"], "action": "none"}, "take one of them back"),
        ({"action": "send"}, "choose what fits"),
        ({"pre.urgent": ["none"], "action": "send"}, "choose what fits"),
        ({"pre.urgent": ["no such thing"], "action": "send"}, ""),
        ({"pre.last_reaction": "no such thing", "action": "none"}, ""),
        ({"pre.pain": "11", "action": "none"}, ""),
        ({"pre.pain": "x" * 100_000, "action": "none"}, ""),
        ({}, "choose what fits"),
    ],
)
def test_unclear_presses_send_nothing_and_say_why(here, data, words):
    here.post(NEWS, {"action": "nothing"})
    answer = here.post(URGENT, USUAL | data)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert check().status == "in-progress"
    if data.get("pre.urgent") == ["chest_pain"]:
        assert 'value="chest_pain" checked' in answer.content.decode()


def test_something_new_opens_all_questions(here):
    assert here.post(NEWS, {"action": "something"})["Location"] == WHOLE
    assert here.get(WHOLE).status_code == 200
    assert responses.answers_of(check()) == {}


def test_begun_the_long_way_it_goes_on_the_long_way(here):
    data = {"asked": ["pre.ill"], "pre.ill": "yes", "action": "next"}
    here.post(WHOLE, data)
    assert here.get(reverse("intake:resume"))["Location"] != NEWS


def test_the_urgent_page_needs_the_first(here):
    assert here.get(URGENT)["Location"] == reverse("intake:resume")
    assert here.post(URGENT, {"action": "none"})["Location"] == reverse("intake:resume")


def test_twice_is_once(here):
    here.post(NEWS, {"action": "nothing"})
    here.post(URGENT, USUAL | {"action": "none"})
    assert here.post(URGENT, USUAL | {"action": "none"})["Location"] == reverse("intake:resume")
    assert here.post(NEWS, {"action": "nothing"})["Location"] == reverse("intake:resume")
    assert Response.objects.filter(status="completed").count() == 2


def test_a_check_never_sent_is_not_gone_on_with_at_the_next_visit(here, client_ann, desk, moment):
    here.post(NEWS, {"action": "nothing"})
    link = invitations.invite(client=client_ann, by=desk, now=moment, slug=questionnaires.PRESESSION)
    browser = come_in(link)
    assert browser.get(reverse("intake:resume"))["Location"] == NEWS


def test_a_health_history_has_no_short_way(ann):
    assert ann.get(NEWS)["Location"] == reverse("intake:resume")


def test_a_form_with_other_questions_is_asked_screen_by_screen():
    document = {
        "resourceType": "Questionnaire", "status": "active", "version": "1", "title": "x",
        "item": [{"linkId": "a", "type": "text", "text": "How are you?", "required": True}],
    }  # fmt: skip
    assert news.check_of(parse(document)) is None


def test_the_shipped_check_splits_as_it_should(history, moment):
    questionnaires.publish_shipped(by=audit.SYSTEM, now=moment)
    check = news.check_of(questionnaires.spec_of(questionnaires.current(questionnaires.PRESESSION)))
    assert [item.link_id for item in check.quiet] == ["pre.ill", "pre.changed", "pre.impaired"]
    assert [item.link_id for item in check.urgent] == ["pre.urgent"]
    assert [item.link_id for item in check.others] == ["pre.pain", "pre.last_reaction", "pre.consent"]

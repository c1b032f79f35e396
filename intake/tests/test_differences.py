from datetime import timedelta

import pytest
from django.urls import reverse

from intake import differences, responses
from intake.inviting import invitations
from intake.marks import mark
from intake.models import Response


@pytest.fixture
def last_year(response, fill, client_ann, desk, moment):
    """Ann's form of last year, and a way to send this year's: again(**changes)."""
    fill(response, {"meds.notes": "Ibuprofen", "reason.goal": "Lift my child"})
    Response.objects.filter(pk=response.pk).update(submitted_at=moment - timedelta(days=365))

    def again(changes, marked=()):
        later = moment + timedelta(seconds=1)
        begun = responses.start(invitation=invitations.invite(client=client_ann, by=desk, now=later), now=later)
        for region in marked:
            by = responses.actor_of(begun.invitation)
            mark(response=begun, region=region, symptom="pain", intensity=4, by=by, now=later)
        return fill(begun, changes)

    return again


def said(response):
    compared = differences.compare(response)
    return {one.text: (one.kind, one.was, one.now) for part in compared.parts for one in part.differences}


def test_first_form_is_compared_with_nothing(response, fill):
    assert differences.compare(fill(response)) is None


def test_added_changed_and_removed_answers_are_told_apart(last_year):
    found = said(last_year({"reason.goal": "Run again", "comfort.safe": "Music", "meds.notes": None}, ["POST-NECK-R"]))
    kinds = {kind for kind, _, _ in found.values()}
    assert kinds == {"New", "No longer", "Changed"}
    assert ("Changed", "Lift my child", "Run again") in found.values()
    assert ("No longer", "Ibuprofen", "") in found.values()
    assert any("neck" in now.lower() for _, was, now in found.values() if not was)


def test_the_same_again_differs_in_nothing(last_year):
    compared = differences.compare(last_year({"meds.notes": "Ibuprofen", "reason.goal": "Lift my child"}))
    assert compared.number == 0 and compared.same > 40


def test_review_shows_what_changed_first_and_folds_the_rest(last_year, as_user, therapist):
    form = last_year({"reason.goal": "Run again"})
    text = as_user(therapist).get(reverse("intake:review_detail", args=[form.public_id])).content.decode()
    assert "What changed since" in text and "answers as before" in text
    assert text.index("Run again") < text.index("All answers</summary>")


def test_comparing_costs_few_questions(last_year, django_assert_max_num_queries):
    form = last_year({"reason.goal": "Run again"})
    with django_assert_max_num_queries(9):
        differences.compare(form)

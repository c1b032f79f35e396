"""Two people fill in their forms in one browser: nothing of the first is ever written into the form of the second."""

import re

import pytest
from django.urls import reverse

from intake import responses
from intake.inviting import invitations
from intake.models import Response
from intake.tests.conftest import agree, come_in, fields_of, posted, steps

SCREEN = reverse("intake:screen", args=["reason"])


@pytest.fixture
def anns_page(ann):
    """What Ann's tab still holds when Ben comes in by his own link in the next tab."""
    return re.search(r'name="whose" value="([^"]+)"', ann.get(SCREEN).content.decode())[1]


@pytest.fixture
def ben(ann, anns_page, client_ben, desk, moment):
    agree(client_ben, desk, moment)
    come_in(invitations.invite(client=client_ben, by=desk, now=moment), ann)
    return Response.objects.get(client=client_ben)


def test_the_first_ones_page_is_not_kept_in_the_second_ones_form(ann, anns_page, ben):
    answer = ann.post(SCREEN, posted({"reason.goal": "Walk"}) | {"whose": anns_page, "action": "next"})
    assert answer.status_code == 409
    step = {"screen": "reason", "fields": fields_of({"reason.goal": "Walk"})}
    answer = steps(ann, step, whose=anns_page)
    assert (answer.status_code, answer.json()) == (409, {"gone": "other"})
    assert "reason.goal" not in responses.answers_of(ben)


def test_the_first_ones_last_page_does_not_send_the_second_ones_form(ann, anns_page, ben):
    answer = ann.post(reverse("intake:readback"), {"whose": anns_page})
    assert answer.status_code == 409 and b"Another form is open" in answer.content


def test_the_second_ones_own_page_is_kept(ann, ben):
    own = re.search(r'name="whose" value="([^"]+)"', ann.get(SCREEN).content.decode())[1]
    assert steps(ann, {"screen": "reason", "fields": fields_of({"reason.goal": "Run"})}, whose=own).status_code == 200
    ben.refresh_from_db()
    assert responses.answers_of(ben)["reason.goal"] == "Run"

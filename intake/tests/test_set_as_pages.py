"""Questionnaires that others wrote, opened as pages, filled in and sent through the real views."""

import json
from functools import cache
from pathlib import Path

import pytest
from django.urls import reverse

from clinic import audit
from intake import questionnaires
from intake.engine.answers import from_response
from intake.engine.judging import judge, posted
from intake.engine.pages import pages_of
from intake.engine.places import counts_of, inside, locate
from intake.engine.screenform import ScreenForm
from intake.inviting import invitations
from intake.models import Response
from intake.tests.conftest import agree, come_in

SET = Path(__file__).parents[3] / "shared" / "fhir"
EVERY = 8  # so many are left out of the quick run for one that is in it


@cache
def full():
    """One whole set of answers for each questionnaire; the first one that nobody finds fault with."""
    found = {}
    if SET.is_dir():
        for line in (SET / "oracle.jsonl").read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            if one["kind"] == "full" and one.get("valid") is not False:
                found.setdefault(one["file"], one["answers"])
    return found


def names():
    marks = {0: ()}
    return [
        pytest.param(name, marks=marks.get(at % EVERY, pytest.mark.slow), id=name)
        for at, name in enumerate(sorted(full()))
    ]


def fill(browser, spec, answers, today):
    """Every screen in order, as a browser would post it; how many there were."""
    number = 0
    for page in pages_of(spec):
        address = reverse("intake:screen", args=[page.slug])
        shown = browser.get(address)
        if shown.status_code == 303:  # not asked with these answers
            continue
        assert shown.status_code == 200, page.slug
        here = {item.link_id for top in inside(page.group) for item in top.walk()}
        for (link_id, path), count in counts_of(spec, answers).items():
            if link_id in here and spec.index[link_id].type == "group" and not path:
                for _ in range(count - 1):
                    assert browser.post(address, {"action": f"add:{link_id}"}).status_code == 303
        data = dict(posted(ScreenForm(spec, page.group, answers=answers, today=today, country="US"), answers).lists())
        for _ in range(2):  # an answer may bring up another question on the same page
            assert browser.post(address, data | {"action": "next"}).status_code == 303, page.slug
        number += 1
    return number


@pytest.mark.parametrize("name", names())
def test_questionnaire_is_filled_in_and_sent(name, client_ann, desk, moment):
    from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

    document = json.loads((SET / "questionnaires" / name).read_text(encoding="utf-8"))
    document = {key: value for key, value in document.items() if key not in {"url", "version"}} | {"version": "1"}
    questionnaires.publish(slug="set", document=document, by=audit.SYSTEM, now=moment)
    agree(client_ann, desk, moment)
    invitation = invitations.invite(client=client_ann, by=desk, now=moment, slug="set")
    browser, spec = come_in(invitation), questionnaires.spec_of(invitation.version)
    answers = from_response(full()[name], spec)
    outer = {key: value for key, value in answers.items() if (at := locate(spec, key)) and not any(at.path[1:])}
    assert fill(browser, spec, outer, moment.date()) >= 1
    assert browser.get(reverse("intake:readback")).status_code == 200
    sent = browser.post(reverse("intake:readback"))
    kept = Response.objects.get()
    fits = judge(spec, kept.document, today=moment.date(), now=moment).is_valid
    assert (sent.status_code, kept.status) == ((303, "completed") if fits else (422, "in-progress"))
    QuestionnaireResponse.model_validate_json(json.dumps(kept.document))

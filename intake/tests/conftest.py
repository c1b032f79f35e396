"""What the tests of this app share: the published history, a live link, a browser that came in by it."""

import json
from datetime import date

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clinic import audit
from clinic.clients import set_channel
from intake import questionnaires, responses
from intake.inviting import invitations

HISTORY_DOCUMENT = json.loads(questionnaires.SHIPPED[questionnaires.HISTORY].read_text())
VECTORS = json.loads((questionnaires.DATA / "screening_cases.json").read_text())

HEALTHY = {
    **VECTORS["base_answers"],
    "about.emergency_name": "Eva Archer",
    "about.emergency_phone": "+15550100999",
    "reason.goal": "Lift my child",
    "rf.back.spread": "back",
    "consent.signature": "Ann Archer",
}


def publish(now):
    """The shipped health history, as `manage.py load_questionnaires` publishes it."""
    slug = questionnaires.HISTORY
    return questionnaires.publish(slug=slug, document=HISTORY_DOCUMENT, by=audit.SYSTEM, now=now)[0]


@pytest.fixture
def history(db):
    """The published health history."""
    return publish(timezone.now())


def agree(client, by, now, channels=("email", "sms")):
    for channel in channels:
        set_channel(client=client, channel=channel, granted=True, by=by, now=now)


@pytest.fixture
def moment():
    """Now: links are opened by real requests, which have the real clock."""
    return timezone.now()


@pytest.fixture
def invited(history, client_ann, desk, moment):
    """Ann's live invitation."""
    agree(client_ann, desk, moment)
    return invitations.invite(client=client_ann, by=desk, now=moment)


def link_to(invitation):
    return reverse("intake:open", args=[invitations.token_of(invitation)])


def born(day):
    return {"born_day": str(day.day), "born_month": str(day.month), "born_year": str(day.year)}


def come_in(invitation, browser=None):
    """A browser that opened the link and gave the right date of birth."""
    browser = browser or Browser()
    browser.get(link_to(invitation))
    answer = browser.post(reverse("intake:verify"), born(invitation.client.date_of_birth))
    assert answer.status_code == 303, answer.status_code
    return browser


@pytest.fixture
def ann(invited):
    """Ann's own browser, inside her form."""
    return come_in(invited)


@pytest.fixture
def response(invited, moment):
    """Ann's response, just begun."""
    return responses.start(invitation=invited, now=moment)


@pytest.fixture
def fill(moment):
    """Answer the whole form and send it: fill(response, **changes) with linkIds written as in the questionnaire."""

    def go(response, changes=None):
        actor = audit.ClientActor(response.client, via="test")
        answers = HEALTHY | {"consent.signed_on": date(2026, 11, 23).isoformat()} | (changes or {})
        responses.save(response=response, changes=answers, by=actor, now=moment)
        return responses.submit(response=response, by=actor, now=moment)

    return go


def posted(answers):
    """Plain answers as a browser posts them."""
    data = {"asked": list(answers)}
    for link_id, value in answers.items():
        if link_id in ("about.dob", "consent.signed_on"):
            year, month, day = value.split("-")
            data |= {f"{link_id}_day": day, f"{link_id}_month": month, f"{link_id}_year": year}
        else:
            data[link_id] = str(value).lower() if isinstance(value, bool) else value
    return data


def fields_of(answers, seen=None):
    """Plain answers as the fields of a step: pairs of name and value."""
    pairs = []
    for name, value in posted(answers).items():
        pairs += [[name, one] for one in (value if isinstance(value, list) else [value])]
    return pairs + [[f"seen:{name}", value] for name, value in (seen or {}).items()]


def steps(browser, *given, sent=None, **body):
    """What a browser's script sends; each of `given` is a step without what every step has."""
    now = timezone.now()
    made = [
        {"key": f"step-{at}", "seq": int(now.timestamp() * 1e6) + at, "at": now.isoformat(), **one}
        for at, one in enumerate(given)
    ]
    body = {"sent": (sent or now).isoformat(), "steps": made} | body
    return browser.post(reverse("intake:save_steps"), json.dumps(body), content_type="application/json")


def give(browser, screen, answers, **more):
    """One step with these answers."""
    return steps(browser, {"screen": screen, "fields": fields_of(answers, more.pop("seen", None)), **more})

"""More text than a page may send: said clearly, in the reader's language, and nothing kept before is lost."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from intake import responses
from intake.models import Response
from intake.tests.conftest import come_in, give, posted

REASON = reverse("intake:screen", args=["reason"])
LONG = "x" * (3 * 1024 * 1024)
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def strict(invited):
    """A browser as the clinic meets it, whose every form is checked for its token."""
    return come_in(invited, Browser()), Browser(enforce_csrf_checks=True)


def kept():
    return responses.answers_of(Response.objects.select_related("version").get())


@pytest.mark.parametrize("kind", ["form", "files"])
def test_page_says_what_happened_and_what_was_kept_stays(strict, kind):
    ann, browser = strict
    give(ann, "reason", {"reason.goal": "Walk"})
    browser.cookies = ann.cookies
    data = {"data": f"asked=reason.goal&reason.goal={LONG}", "content_type": FORM}
    data = data if kind == "form" else {"data": posted({"reason.goal": LONG})}
    answer = browser.post(REASON, HTTP_ACCEPT="text/html", **data)
    assert answer.status_code == 413 and "too long to send" in answer.content.decode()
    assert kept()["reason.goal"] == "Walk"
    assert ann.get(REASON).status_code == 200


def test_page_speaks_the_readers_language(ann):
    answer = ann.post(REASON, f"a={LONG}", content_type=FORM, HTTP_ACCEPT_LANGUAGE="es")
    assert answer.status_code == 413 and answer["Content-Language"] == "es"
    assert "demasiado largo" in answer.content.decode()


def test_script_gets_json(ann):
    for more in ({"HTTP_SEC_FETCH_MODE": "cors"}, {"HTTP_ACCEPT": "application/json"}):
        answer = ann.post(reverse("intake:save_steps"), {"steps": LONG}, **more)
        assert answer.status_code == 413 and answer.json()["too_large"] is True


def test_too_many_fields_are_told_alike(ann):
    answer = ann.post(REASON, "&".join(f"a{at}=1" for at in range(600)), content_type=FORM)
    assert answer.status_code == 413

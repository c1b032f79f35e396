import base64

import pytest
from django.urls import reverse

from intake import access
from intake.models import Response
from intake.offline import offline_key
from intake.tests.conftest import born, give

pytestmark = pytest.mark.django_db


def test_hidden_form_opens_with_the_date_of_birth_on_the_same_screen(ann, client_ann):
    assert ann.post(reverse("intake:hide"), {"at": "reason"}).json() == {"hidden": True}
    for name, args in (("resume", []), ("screen", ["reason"]), ("readback", [])):
        assert ann.get(reverse(f"intake:{name}", args=args)).headers["Location"] == reverse("intake:verify")
    assert give(ann, "reason", {"reason.goal": "Walk"}).status_code == 401
    ann.post(reverse("intake:verify"), born(client_ann.date_of_birth))
    assert ann.get(reverse("intake:resume")).headers["Location"] == reverse("intake:screen", args=["reason"])
    assert ann.get(reverse("intake:resume")).headers["Location"] == reverse("intake:screen", args=["about"])


def test_hidden_form_stays_hidden_for_a_wrong_date_and_forgets_an_unknown_screen(ann, client_ann):
    ann.post(reverse("intake:hide"), {"at": "a/b"})
    assert ann.post(reverse("intake:verify"), born(client_ann.date_of_birth.replace(year=1970))).status_code == 422
    assert access.PASS not in ann.session
    ann.post(reverse("intake:verify"), born(client_ann.date_of_birth))
    assert ann.get(reverse("intake:resume")).headers["Location"] == reverse("intake:screen", args=["about"])


def test_key_of_unsent_answers_belongs_to_one_form_and_comes_only_behind_the_check(ann, response, fill, invited):
    key = offline_key(response)
    assert len(base64.b64decode(key)) == 32
    assert key != offline_key(Response(client=response.client, version=response.version))
    assert key in ann.get(reverse("intake:screen", args=["about"])).content.decode().replace("&#x27;", "'")
    assert key not in ann.post(reverse("intake:hide")).content.decode()
    assert key not in ann.get(reverse("intake:verify")).content.decode()
    assert offline_key(fill(response)) == ""

"""Every address of this app, as each of the seven people; the whole product's walk uses the same table."""

from types import SimpleNamespace

import pytest
from django.test import Client as Browser
from django.urls import reverse

from intake.tests import url_table
from intake.tests.url_table import TABLE
from intake.urls import app_name, urlpatterns


@pytest.fixture
def world(client_ann, client_ben, desk, moment, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = url_table.build(ann=client_ann, ben=client_ben, desk=desk, now=moment)
    return SimpleNamespace(ann=client_ann, ben=client_ben, desk=desk, intake=made)


@pytest.fixture
def people(world, as_user, desk, therapist, other_therapist, owner):
    def fresh():
        staff = {"desk": desk, "therapist": therapist, "other": other_therapist, "owner": owner}
        signed_in = {name: as_user(person) for name, person in staff.items()}
        return {"nobody": Browser(), **signed_in, **url_table.browsers(world.intake)}

    return fresh


def test_every_address_has_a_row():
    assert set(TABLE) == {f"{app_name}:{pattern.name}" for pattern in urlpatterns}


@pytest.mark.parametrize("name", TABLE)
def test_address_answers_each_person_as_the_table_says(world, people, name):
    row = TABLE[name]
    url = reverse(name, args=row.args(world))
    for method, expected in (("get", row.get), ("post", row.post)):
        for person, browser in people().items():
            answer = getattr(browser, method)(url, row.data(world)) if method == "post" else browser.get(url)
            wanted = expected[person]
            if wanted == "login":
                assert answer.status_code == 302 and answer.url.startswith("/accounts/login/"), (person, method)
            else:
                assert answer.status_code == wanted, (person, method)


@pytest.mark.parametrize(
    "name", [name for name, row in TABLE.items() if "public_id" in str(row.args.__code__.co_names)]
)
def test_unknown_id_is_404(world, as_user, lead, name):
    url = reverse(name, args=["00000000-0000-4000-8000-000000000000"])
    browser = as_user(lead)
    codes = {browser.get(url).status_code, browser.post(url, {"action": "acknowledge"}).status_code}
    assert codes <= {404, 405} and 404 in codes

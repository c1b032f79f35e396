"""Each of the seven people at each address of this room."""

from types import SimpleNamespace

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clinic.testing import PEOPLE
from clinic.tests import url_table_outbox
from clinic.tests.test_outbox_page import put
from treatments.tests import url_table_aftercare
from treatments.tests.everybody import text_that_waits

TABLE = url_table_outbox.TABLE | url_table_aftercare.TABLE


@pytest.fixture
def world(client_ann, therapist):
    made = url_table_aftercare.make(client_ann, therapist, timezone.now())
    rows = {"check_in": made.check_in, "task": made.task, "page": made.page, "message": put(client=client_ann)}
    world = SimpleNamespace(ann=client_ann, now=timezone.now(), **rows)
    world.reply = text_that_waits(world)
    return world


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(TABLE))
def test_address_answers_each_person_as_the_table_says(world, as_user, name, therapist, other_therapist, desk, owner):
    staff = {"desk": desk, "therapist": therapist, "other": other_therapist, "owner": owner}
    row, found = TABLE[name], {}
    url = reverse(name, args=row.args(world))
    for method, expected in (("get", row.get), ("post", row.post)):
        for person in PEOPLE:
            browser = as_user(staff[person]) if person in staff else Browser()
            answer = getattr(browser, method)(url)
            to_login = answer.status_code == 302 and "/accounts/login/" in answer["Location"]
            found[method, person] = "login" if to_login else answer.status_code
        assert {person: found[method, person] for person in PEOPLE} == expected, method


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["treatments:task_done", "clinic:outbox_decide", "treatments:outcome_list"])
def test_unknown_id_is_not_found(as_user, lead, owner, name):
    url = reverse(name, args=["00000000-0000-4000-8000-000000000000"])
    person = owner if name.startswith("clinic") else lead
    assert as_user(person).post(url, {"decision": "drop"}).status_code == 404

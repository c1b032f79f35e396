"""When therapists see only their own clients' records: no page of any app opens, lists or changes another's."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from zeal import zeal_ignore

from clinic import access, emergency
from clinic.models import AuditEvent, ClinicSettings
from treatments.tests.test_url_people import TABLE, outcome

pytestmark = pytest.mark.django_db

#: Lists: open to every therapist, and short by what is closed to them.
LISTS = {"intake:review_list", "treatments:unsigned_list"}
#: Addresses of one client's clinical record: closed to the desk, open to any therapist while the setting is off.
CLINICAL = sorted(
    name
    for name, row in TABLE.items()
    if row.post.get("desk") == 403 and row.get.get("other") in (200, 302, 405) and name not in LISTS
    if name not in ("clinic:break_glass", "intake:upload")
)


@pytest.fixture
def narrowed(clinic_of_today):
    """Thea treats Ann, Otto treats Ben, and neither sees the other's."""
    clinic = ClinicSettings.load()
    clinic.own_clients_only = True
    clinic.save()
    for client, therapist in ((clinic_of_today.ann, "therapist"), (clinic_of_today.ben, "other")):
        person = getattr(clinic_of_today, therapist)
        access.join_care_team(client=client, therapist=person, by=person, now=clinic_of_today.now)
    return clinic_of_today


def ask(world, person, name, undone, method="get"):
    row = TABLE[name]
    with undone():
        browser = world.browsers[person]
        body = row.data(world) if method == "post" else {}
        return outcome(getattr(browser, method)(reverse(name, args=row.args(world)), body))


def test_there_is_something_to_close():
    assert {"treatments:chart", "treatments:session_note", "intake:review_detail", "intake:flag_close"} <= set(CLINICAL)


@pytest.mark.parametrize("name", CLINICAL)
@zeal_ignore()
def test_another_therapist_is_asked_for_a_reason(name, narrowed, undone):
    for method in ("get", "post"):
        assert ask(narrowed, "other", name, undone, method) in (403, 404, 405)


@pytest.mark.parametrize("name", CLINICAL)
@zeal_ignore()
def test_the_treating_therapist_goes_on_as_before(name, narrowed, undone):
    assert ask(narrowed, "therapist", name, undone) == TABLE[name].get["therapist"]


@zeal_ignore()
def test_a_reason_opens_the_record_and_time_closes_it(narrowed, undone):
    emergency.open_record(client=narrowed.ann, by=narrowed.other, reason="cover", now=timezone.now())
    assert ask(narrowed, "other", "treatments:chart", undone) == 200


@zeal_ignore()
def test_no_page_shows_another_therapists_clinical_words(narrowed, undone):
    shown = {}
    for name, row in TABLE.items():
        if row.get.get("other") == 200 and not name.startswith("treatments:check_in"):
            with undone():
                page = narrowed.browsers["other"].get(reverse(name, args=row.args(narrowed)))
            if found := re.findall(r"canary-ann-[\w-]+", page.content.decode(errors="replace")):
                shown[name] = set(found)
    assert shown == {}


@zeal_ignore()
def test_a_refusal_is_on_record(narrowed, undone):
    narrowed.browsers["other"].get(reverse("treatments:chart", args=[narrowed.ann.public_id]))
    assert AuditEvent.objects.filter(action__endswith=".refused", actor=narrowed.other, client=narrowed.ann).exists()

"""Registering and changing clients, their channels, the people round them."""

import uuid
from datetime import date, timedelta
from threading import Thread

import pytest
from django.db import connection

from clinic import clients
from clinic.models import AuditEvent, Client, Consent

pytestmark = pytest.mark.django_db

HEARD = []
REACH = {"mobile": "+15550100300", "email": "Zoe@Example.org"}


def hook(**heard):
    HEARD.append(heard)


def register(desk, now, **changes):
    facts = {"first_name": "Zoë", "last_name": "Świątek", "date_of_birth": date(1990, 2, 1)}
    return clients.register(by=desk, now=now, **(facts | REACH | changes))


def test_register_writes_client_channels_and_audit(desk, now):
    client = register(desk, now, channels={"email"})
    assert (client.search_name, client.phone_digits, client.email) == ("swiatek zoe", "15550100300", "zoe@example.org")
    assert clients.may_message(client, "email")
    assert not clients.may_message(client, "sms")
    event = AuditEvent.objects.get(action="client.register")
    assert "first_name" in event.fields
    assert "Zoë" not in str(event.fields)


def test_register_without_an_address_keeps_no_yes(desk, now):
    client = register(desk, now, email="")
    assert not Consent.objects.filter(client=client, kind="email").exists()


def test_register_twice_with_one_key_keeps_one(desk, now):
    key = uuid.uuid4()
    first = register(desk, now, key=key)
    with pytest.raises(clients.AlreadyRegistered) as again:
        register(desk, now, key=key)
    assert again.value.client == first
    assert Client.objects.count() == 1
    assert AuditEvent.objects.filter(action="client.register").count() == 1


def test_a_key_of_somebody_else_tells_nothing(desk, therapist, now):
    key = uuid.uuid4()
    register(desk, now, key=key)
    with pytest.raises(Exception, match=r"(?i)unique"):
        register(therapist, now, key=key)


def test_update_returns_and_records_what_really_changed(client_ann, desk, now):
    changes = {"first_name": "Ann", "mobile": "+15550100399", "email": "ANN.ARCHER@example.org"}
    assert clients.update(client=client_ann, changes=changes, by=desk, now=now) == {"mobile"}
    assert AuditEvent.objects.get(action="client.update").fields == ["mobile"]
    assert client_ann.phone_digits == "15550100399"
    assert (client_ann.updated_by, client_ann.revision) == (desk, 1)


def test_update_takes_no_field_that_is_not_contact_data(client_ann, desk, now):
    changes = {"archived_at": now, "public_id": uuid.uuid4(), "id": 99, "created_by": desk, "search_name": "x"}
    assert clients.update(client=client_ann, changes=changes, by=desk, now=now) == set()


def test_update_from_a_stale_page_changes_nothing(client_ann, desk, now):
    clients.update(client=client_ann, changes={"mobile": "+15550100399"}, by=desk, now=now, revision=0)
    with pytest.raises(clients.Stale):
        clients.update(client=client_ann, changes={"mobile": "+15550100300"}, by=desk, now=now, revision=0)
    client_ann.refresh_from_db()
    assert client_ann.mobile == "+15550100399"


def test_update_tells_the_apps_above_in_the_same_transaction(client_ann, desk, now, settings):
    HEARD.clear()
    settings.CLIENT_CHANGED_HOOKS = [f"{__name__}.hook"]
    clients.update(client=client_ann, changes={"email": "new@example.org"}, by=desk, now=now)
    assert [(heard["client"].pk, heard["changed"]) for heard in HEARD] == [(client_ann.pk, frozenset({"email"}))]


def test_a_failing_listener_undoes_the_change(client_ann, desk, now, settings):
    settings.CLIENT_CHANGED_HOOKS = [f"{__name__}.no_such_thing"]
    with pytest.raises(ImportError):
        clients.update(client=client_ann, changes={"email": "new@example.org"}, by=desk, now=now)
    client_ann.refresh_from_db()
    assert client_ann.email == "ann.archer@example.org"


def test_consent_is_superseded_and_never_changed(client_ann, desk, now):
    yes = clients.set_channel(client=client_ann, channel="email", granted=True, by=desk, now=now)
    no = clients.set_channel(client=client_ann, channel="email", granted=False, by=desk, now=now + timedelta(1))
    yes.refresh_from_db()
    assert (yes.granted, yes.superseded_at) == (True, now + timedelta(1))
    assert clients.consents_in_force(client_ann) == {"email": no}
    assert not clients.may_message(client_ann, "email")


def test_the_same_consent_twice_is_one(client_ann, desk, now):
    for _ in range(2):
        clients.set_channel(client=client_ann, channel="sms", granted=True, by=desk, now=now)
    assert Consent.objects.count() == 1


def test_nobody_writes_to_an_archived_client(client_ann, desk, now):
    clients.set_channel(client=client_ann, channel="email", granted=True, by=desk, now=now)
    clients.archive(client=client_ann, by=desk, now=now)
    assert not clients.may_message(client_ann, "email")
    clients.restore(client=client_ann, by=desk, now=now)
    assert clients.may_message(client_ann, "email")


def test_an_unknown_channel_is_never_agreed(client_ann):
    assert not clients.may_message(client_ann, "pigeon")


@pytest.mark.parametrize(
    "facts",
    [
        {"mobile": "+1 (555) 010-0301"},
        {"email": "ANN.archer@example.org"},
        {"first_name": "ann", "last_name": "ARCHER"},
        {"first_name": "Archer", "last_name": "Ann"},
        {"first_name": "Anna", "last_name": "Archer", "date_of_birth": date(1986, 5, 4)},
    ],
)
def test_likely_duplicates_find_the_same_person(client_ann, client_ben, facts):
    assert clients.likely_duplicates(**facts) == [client_ann]


def test_likely_duplicates_of_nothing_are_none(client_ann):
    assert clients.likely_duplicates() == []
    assert clients.likely_duplicates(first_name="Ann") == []


def test_related_people_are_removed_but_not_forgotten(client_ann, desk, now):
    person = clients.add_related(client=client_ann, by=desk, now=now, kind="guardian", name="Mia Archer", phone="+1555")
    assert clients.update_related(person=person, by=desk, now=now, name="Mia Archer", relation="Mother") == {"relation"}
    clients.remove_related(person=person, by=desk, now=now)
    person.refresh_from_db()
    assert person.removed_by == desk
    assert [event.action for event in AuditEvent.objects.order_by("pk")] == [
        "related_person.add", "related_person.update", "related_person.remove",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_twenty_submits_at_once_register_one(desk, now):
    key, ends = uuid.uuid4(), []

    def submit():
        try:
            ends.append(register(desk, now, key=key).pk)
        except clients.AlreadyRegistered as again:
            ends.append(again.client.pk)
        finally:
            if connection.vendor == "postgresql":
                connection.close()

    threads = [Thread(target=submit) for _ in range(20)]
    for thread in threads:
        # In memory each thread would have a database of its own: there one follows the other.
        (thread.start if connection.vendor == "postgresql" else submit)()
    for thread in threads:
        if thread.ident:
            thread.join()
    assert (len(ends), len(set(ends)), Client.objects.count()) == (20, 1, 1)


def test_the_same_related_person_twice_is_there_once(client_ann, desk, now):
    facts = {"kind": "emergency", "name": "Eva Archer", "phone": "+15550100999"}
    first = clients.add_related(client=client_ann, by=desk, now=now, **facts)
    assert clients.add_related(client=client_ann, by=desk, now=now, **facts) == first
    clients.remove_related(person=first, by=desk, now=now)
    assert clients.add_related(client=client_ann, by=desk, now=now, **facts) != first

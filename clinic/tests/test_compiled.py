"""A statement made once reads and writes what the queryset would."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from clinic import clients
from clinic.compiled import SOME_TIME, Asked, Compiled, insert, update
from clinic.models import Client, ClinicSettings, User

pytestmark = pytest.mark.django_db


def _client_of(public_id):
    return Client.objects.defer("email").filter(public_id=public_id)


BY_ID = Compiled(_client_of, stand_in=UUID(int=0), field=lambda: Client._meta.get_field("public_id"))


def _facts(one):
    return {name: value for name, value in vars(one).items() if name != "_state"}


def test_the_same_row_with_the_same_columns(client_ann):
    assert _facts(BY_ID.first(client_ann.public_id)) == _facts(_client_of(client_ann.public_id).get())
    assert BY_ID.first(client_ann.public_id)._state.db == "default"


def test_nothing_there_is_none_and_takes_one_query(client_ann):
    with CaptureQueriesContext(connection) as caught:
        assert BY_ID.first(uuid4()) is None
    assert len(caught) == 1


def test_each_value_finds_its_own_row(client_ann):
    BY_ID.first(uuid4())
    assert BY_ID.first(client_ann.public_id) == client_ann


def test_more_than_one_value_is_refused():
    two = Compiled(
        lambda name: User.objects.filter(name=name, email=name), stand_in="", field=lambda: User._meta.get_field("name")
    )
    with pytest.raises(ValueError, match="exactly one value"):
        two.first("x")


def test_settings_read_so_are_the_row_there_is():
    before = ClinicSettings.load()
    before.name, before.rules_off = "By the lake", ["a|1"]
    before.save()
    assert _facts(ClinicSettings.load()) == _facts(ClinicSettings.objects.get())


NAMED = Asked(lambda pk, name: Client.objects.filter(pk=pk, first_name=name, archived_at=None), -1, "(name)")


def test_whether_there_is_a_row_by_several_values(client_ann, owner, now):
    assert NAMED(client_ann.pk, "Ann")
    assert not NAMED(client_ann.pk, "Ben")
    assert not NAMED(client_ann.pk + 1, "Ann")
    clients.archive(client=client_ann, by=owner, now=now)
    assert not NAMED(client_ann.pk, "Ann")


def test_a_value_that_cannot_be_told_from_another_is_refused():
    twice = Asked(lambda name: User.objects.filter(name=name, email=name), "(name)")
    with pytest.raises(ValueError, match="exactly once"):
        twice("x")


SINCE = Asked(lambda at: Client.objects.filter(created_at__gt=at), SOME_TIME)


def test_moments_are_compared_as_the_database_keeps_them(client_ann):
    assert SINCE(client_ann.created_at - timedelta(microseconds=1))
    assert not SINCE(client_ann.created_at)


def test_a_row_is_inserted_as_saved(client_ann):
    with CaptureQueriesContext(connection) as caught:
        for public_id in (uuid4(), uuid4()):
            new = Client.objects.get(pk=client_ann.pk)
            new.pk, new.public_id = None, public_id
            insert(new)
            kept = _facts(Client.objects.get(public_id=public_id))
            assert kept | {"id": None} == _facts(new)
    assert sum("INSERT" in one["sql"] for one in caught) == 2


def test_only_the_columns_named_are_updated(client_ann, client_ben):
    before = _facts(client_ben)
    client_ann.first_name, client_ann.last_name = "Anna", "not written"
    update(client_ann, ("first_name",))
    now = Client.objects.get(pk=client_ann.pk)
    assert (now.first_name, now.last_name) == ("Anna", "Archer")
    assert _facts(Client.objects.get(pk=client_ben.pk)) == before


def test_an_update_of_a_row_that_is_gone_is_an_error(client_ann):
    client_ann.pk = 10**6
    with pytest.raises(DatabaseError):
        update(client_ann, ("first_name",))

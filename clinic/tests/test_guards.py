"""Rows the database itself refuses to change."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from clinic import access, clients
from clinic.guards import REGISTRY
from clinic.models import Consent, EmergencyAccess

pytestmark = pytest.mark.django_db


@pytest.fixture
def consent(client_ann, desk, now):
    return clients.set_channel(client=client_ann, channel="email", granted=True, by=desk, now=now)


@pytest.mark.parametrize("change", [{"granted": False}, {"wording": "x"}, {"signed_name": "x"}, {"kind": "sms"}])
def test_a_consent_cannot_be_changed(consent, change):
    with pytest.raises(DatabaseError), transaction.atomic():
        Consent.objects.filter(pk=consent.pk).update(**change)


def test_a_consent_cannot_be_deleted(consent):
    with pytest.raises(DatabaseError), transaction.atomic():
        Consent.objects.filter(pk=consent.pk).delete()


def test_a_superseded_consent_cannot_come_back(consent, client_ann, desk, now):
    clients.set_channel(client=client_ann, channel="email", granted=False, by=desk, now=now + timedelta(days=1))
    with pytest.raises(DatabaseError), transaction.atomic():
        Consent.objects.filter(pk=consent.pk).update(superseded_at=None)


def test_emergency_access_stays_as_it_was_given(client_ann, therapist, now):
    opened = access.break_glass(client=client_ann, by=therapist, reason="cover", now=now)
    with pytest.raises(DatabaseError), transaction.atomic():
        EmergencyAccess.objects.filter(pk=opened.pk).update(expires_at=now + timedelta(days=30))
    with pytest.raises(DatabaseError), transaction.atomic():
        EmergencyAccess.objects.filter(pk=opened.pk).delete()


def test_every_guard_stands_in_the_database():
    """A migration that rebuilds a table on SQLite would lose its triggers without a word."""
    where = (
        "SELECT tgname FROM pg_trigger" if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(where)
        standing = {name for (name,) in cursor.fetchall()}
    wanted = {
        f"{guard.name}_{part}"
        for guard in REGISTRY
        for part in (("row", "truncate") if connection.vendor == "postgresql" else ("update", "delete"))
    }
    assert {"clinic_auditevent", "treatments_note", "intake_questionnaireversion"} <= {g.table for g in REGISTRY}
    assert wanted - standing == set()

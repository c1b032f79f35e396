"""Rows the database itself refuses to change."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from clinic import access, clients
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

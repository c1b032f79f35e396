"""The owner's rules for messages."""

import pytest

from clinic.models import AuditEvent, ClinicSettings

pytestmark = pytest.mark.django_db
URL = "/outbox/rules/"
GOOD = {"quiet_from": "21:00", "quiet_until": "08:00", "alarm_after": "30"}


def test_the_owner_changes_them_and_the_trail_says_which(as_user, owner):
    browser = as_user(owner)
    assert browser.post(URL, GOOD).status_code == 302
    row = ClinicSettings.objects.get()
    assert (row.quiet_from.hour, row.quiet_until.hour, row.alarm_after) == (21, 8, 30)
    event = AuditEvent.objects.get(action="settings.change", actor=owner)
    assert event.fields == ["alarm_after", "quiet_from", "quiet_until"]
    assert "Olga Owner" in browser.get(URL).content.decode()


@pytest.mark.parametrize("bad", [{"alarm_after": "0"}, {"alarm_after": "x"}, {"quiet_from": "25:00"}])
def test_nonsense_changes_nothing(as_user, owner, bad):
    assert as_user(owner).post(URL, GOOD | bad).status_code == 422
    assert ClinicSettings.load().alarm_after == 15

"""The owner's rules for messages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic import message_rules, outbox, purging
from clinic.models import AuditEvent, ClinicSettings, Message
from clinic.tests.test_outbox_page import put

pytestmark = pytest.mark.django_db
URL = "/outbox/rules/"


@pytest.fixture
def good(clinic_settings):
    kinds = {f"unknown-{kind}": "park" for kind in message_rules.KINDS}
    return {"quiet_from": "21:00", "quiet_until": "08:00", "alarm_after": "30", "keep_messages": "30", **kinds}


def test_the_owner_changes_them_and_the_trail_says_what_was_before(as_user, owner, good):
    browser = as_user(owner)
    assert browser.post(URL, good | {"unknown-aftercare.h24": "resend"}).status_code == 302
    row = ClinicSettings.objects.get()
    assert (row.quiet_from.hour, row.quiet_until.hour, row.alarm_after, row.keep_messages) == (21, 8, 30, 30)
    assert (outbox.policy_of("aftercare.h24"), outbox.policy_of("aftercare.h72")) == ("resend", "park")
    event = AuditEvent.objects.get(action="outbox.rules", actor=owner)
    assert "alarm_after: 15 → 30" in event.reason and "keep_messages: 90 → 30" in event.reason
    assert "aftercare.h24: resend" in browser.get("/audit/?noun=outbox").content.decode()


def test_the_same_again_changes_nothing(as_user, owner, good):
    browser = as_user(owner)
    browser.post(URL, good)
    before = AuditEvent.objects.filter(action__startswith="outbox.").count()
    assert "Nothing changed." in browser.post(URL, good, follow=True).content.decode()
    assert AuditEvent.objects.filter(action__startswith="outbox.").count() == before


@pytest.mark.parametrize(
    "bad",
    [{"alarm_after": "0"}, {"alarm_after": "x"}, {"quiet_from": "25:00"}, {"keep_messages": "1"},
     {"unknown-aftercare.h24": "forget"}],
)  # fmt: skip
def test_nonsense_changes_nothing(as_user, owner, good, bad):
    assert as_user(owner).post(URL, good | bad).status_code == 422
    assert ClinicSettings.load().alarm_after == 15
    assert outbox.policy_of("aftercare.h24") == "park"


def test_what_is_forgotten_follows_the_owners_word(client_ann, clinic_settings):
    row, now = put(client=client_ann, state="failed"), timezone.now()
    Message.objects.filter(pk=row.pk).update(ended_at=now - timedelta(days=40))
    assert purging.forget_old(now=now)["rows"] == 0
    clinic_settings.keep_messages = 30
    clinic_settings.save()
    assert purging.forget_old(now=now)["rows"] == 1

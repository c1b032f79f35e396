import re
from datetime import date, timedelta

import pytest

from clinic import clients, links
from clinic.models import AuditEvent, Message
from intake import responses
from intake.inviting import invitations
from intake.inviting.invitations import NoAddress, invite, send_again, token_of, verify, works
from intake.models import Invitation
from intake.tests.conftest import agree

WRONG = date(1999, 1, 1)


def digest_of(invitation):
    return links.digest(token_of(invitation))


def test_token_has_256_bits_and_only_its_hash_is_kept(invited):
    token = token_of(invited)
    assert len(token) == 43 and re.fullmatch(r"[\w-]+", token)
    row = Invitation.objects.filter(pk=invited.pk).values().get()
    assert token not in str(row)
    assert row["token_hash"] == links.digest(token)
    assert len(invited.nonce) == 64


def test_one_message_a_channel_is_scheduled_with_the_invitations_expiry(invited, moment):
    rows = Message.objects.filter(about_id=invited.public_id)
    assert {row.channel for row in rows} == {"email", "sms"}
    assert all(row.kind == "intake.invitation" and row.not_after == invited.expires_at for row in rows)
    assert invited.expires_at == moment + timedelta(days=7)


def test_sending_again_ends_the_older_link_and_its_messages(invited, desk, client_ann, moment):
    newer = invite(client=client_ann, by=desk, now=moment)
    invited.refresh_from_db()
    assert invited.void_reason == "resent" and not works(invited, now=moment)
    assert works(newer, now=moment)
    assert set(Message.objects.filter(about_id=invited.public_id).values_list("state", flat=True)) == {"cancelled"}
    assert verify(digest=digest_of(invited), born=client_ann.date_of_birth, now=moment) is None


def test_client_without_an_agreed_address_gets_no_link(history, client_ben, desk, moment):
    with pytest.raises(NoAddress):
        invite(client=client_ben, by=desk, now=moment)
    agree(client_ben, desk, moment, channels=("sms",))
    assert invite(client=client_ben, by=desk, now=moment).channels == ["sms"]
    with pytest.raises(NoAddress):
        invite(client=client_ben, by=desk, now=moment, channels=["email"])


def test_right_date_of_birth_opens_and_reopens_until_sent(invited, client_ann, moment):
    for _ in range(3):
        assert verify(digest=digest_of(invited), born=client_ann.date_of_birth, now=moment) == invited
    Invitation.objects.filter(pk=invited.pk).update(submitted_at=moment)
    assert verify(digest=digest_of(invited), born=client_ann.date_of_birth, now=moment) is None


@pytest.mark.parametrize("days", [7, 8])
def test_link_ends_after_seven_days(invited, client_ann, moment, days):
    later = moment + timedelta(days=days)
    assert verify(digest=digest_of(invited), born=client_ann.date_of_birth, now=later) is None


def test_fifth_wrong_date_ends_the_link_and_tells_the_desk(invited, client_ann, desk, moment):
    for _ in range(4):
        assert verify(digest=digest_of(invited), born=WRONG, now=moment) is None
    assert not Message.objects.filter(kind="intake.locked").exists()
    verify(digest=digest_of(invited), born=WRONG, now=moment)
    invited.refresh_from_db()
    assert (invited.failed_tries, invited.void_reason) == (5, "tries")
    assert Message.objects.get(kind="intake.locked").user == desk
    assert verify(digest=digest_of(invited), born=client_ann.date_of_birth, now=moment) is None
    assert AuditEvent.objects.filter(action="invitation.wrong_date", client=client_ann).count() == 5


def test_without_a_desk_the_owner_is_told(invited, desk, owner, moment):
    desk.is_active = False
    desk.save(update_fields=["is_active"])
    for _ in range(5):
        verify(digest=digest_of(invited), born=WRONG, now=moment)
    assert Message.objects.get(kind="intake.locked").user == owner


def test_link_dies_when_an_address_changes_and_not_with_other_facts(invited, client_ann, desk, moment):
    clients.update(client=client_ann, changes={"address": "1 River St"}, by=desk, now=moment)
    invited.refresh_from_db()
    assert works(invited, now=moment)
    clients.update(client=client_ann, changes={"email": "new@example.org"}, by=desk, now=moment)
    invited.refresh_from_db()
    assert invited.void_reason == "address"


def test_new_link_goes_to_the_addresses_on_file_now(invited, client_ann, desk, moment):
    clients.update(client=client_ann, changes={"email": "new@example.org"}, by=desk, now=moment)
    again = send_again(digest=digest_of(invited), now=moment)
    assert again.client == client_ann and again.created_by is None
    rows = Message.objects.filter(about_id=again.public_id)
    assert all(row.recipient is None and row.client == client_ann for row in rows)


def test_no_new_link_for_unknown_or_sent_forms(invited, moment):
    assert send_again(digest=links.digest("nothing"), now=moment) is None
    Invitation.objects.filter(pk=invited.pk).update(submitted_at=moment)
    assert send_again(digest=digest_of(invited), now=moment) is None
    assert Invitation.objects.count() == 1


def test_every_step_is_in_the_audit_trail(invited, client_ann, desk, moment):
    verify(digest=digest_of(invited), born=client_ann.date_of_birth, now=moment)
    sent = AuditEvent.objects.get(action="invitation.send")
    opened = AuditEvent.objects.get(action="invitation.open")
    assert (sent.actor, sent.client) == (desk, client_ann)
    assert (opened.actor_kind, opened.actor_label) == ("client", f"invitation:{invited.public_id}")


def test_broken_audit_keeps_no_invitation(history, client_ann, desk, moment, monkeypatch):
    agree(client_ann, desk, moment)
    monkeypatch.setattr("clinic.audit._append", lambda events: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        invite(client=client_ann, by=desk, now=moment)
    assert not Invitation.objects.exists()
    assert not Message.objects.exists()


def test_channels_are_those_with_address_and_agreement(history, client_ann, desk, moment):
    assert invitations.channels_of(client_ann) == []
    agree(client_ann, desk, moment, channels=("email",))
    assert invitations.channels_of(client_ann) == ["email"]


def test_an_old_link_brings_no_new_one_once_a_later_form_was_sent(invited, client_ann, desk, moment, fill):
    later = invite(client=client_ann, by=desk, now=moment + timedelta(minutes=1))
    fill(responses.start(invitation=later, now=moment))
    assert send_again(digest=digest_of(invited), now=moment) is None


def test_archiving_a_client_ends_their_link(invited, client_ann, desk, moment):
    clients.archive(client=client_ann, by=desk, now=moment)
    invited.refresh_from_db()
    assert (invited.void_reason, works(invited, now=moment)) == ("staff", False)
    assert set(Message.objects.filter(about_id=invited.public_id).values_list("state", flat=True)) == {"cancelled"}

"""What providers tell: signed, once, small; and everything a stranger could try at these doors."""

import base64
import hashlib
import hmac
import json
import logging
import time
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser

from clinic import audit, claims, clients, outbox, preferences, reachability, signatures
from clinic.models import Message, MessageAttempt, ProviderEvent, Reply

pytestmark = pytest.mark.django_db
SECRET = "a secret of the provider and ours"
TOKEN = "twilio-token"


@pytest.fixture(autouse=True)
def secrets(settings):
    settings.HOOK_SECRETS, settings.TWILIO_TOKEN = ["an older one", SECRET], TOKEN
    settings.SITE_ADDRESS = "https://clinic.test"
    settings.REPLY_TAKER = "clinic.tests.test_hooks.take"


def take(*, client, means, text, by, now):
    return ""


@pytest.fixture
def ann(client_ann, desk, now):
    for channel in ("email", "sms"):
        clients.set_channel(client=client_ann, channel=channel, granted=True, by=desk, now=now)
    return client_ann


@pytest.fixture
def sent(ann):
    def sent(state="sent", channel="sms", provider_id="SM1"):
        now = claims.database_now()
        row = outbox.schedule(
            key=f"k:{channel}", kind="aftercare.h24", channel=channel, due_at=now, not_after=now + timedelta(hours=1),
            by=audit.SYSTEM, now=now, client=ann,
        )  # fmt: skip
        Message.objects.filter(pk=row.pk).update(state=state, sent_at=now if state == "sent" else None, ended_at=now)
        MessageAttempt.objects.create(message=row, started_at=now, phase="done", provider_id=provider_id)
        return row

    return sent


def call(path, document, *, secret=SECRET, at=None, body=None):
    body = body if body is not None else json.dumps(document).encode()
    stamp = str(int(at if at is not None else time.time()))
    headers = {"X-Timestamp": stamp, "X-Signature": signatures.sign(secret, stamp, body)}
    browser = Browser(enforce_csrf_checks=True)
    return browser.post(f"/hooks/{path}/", body, content_type="application/json", headers=headers).status_code


def twilio(path, fields, *, token=TOKEN, address="https://clinic.test"):
    said = f"{address}/hooks/twilio/{path}/" + "".join(name + fields[name] for name in sorted(fields))
    signature = base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()
    headers, kind = {"X-Twilio-Signature": signature}, "application/x-www-form-urlencoded"
    return Browser().post(f"/hooks/twilio/{path}/", urlencode(fields), content_type=kind, headers=headers).status_code


def state_of(row):
    row.refresh_from_db(fields=["state"])
    return row.state


def receipt(status, **more):
    return {"id": f"e:{status}", "message": "SM1", "status": status, **more}


def test_a_receipt_settles_what_nobody_knew(sent):
    row = sent(state="unknown")
    assert call("gateway/receipt", receipt("delivered")) == 200
    assert state_of(row) == "sent"
    assert Message.objects.get().resolved_by == "relay"


@pytest.mark.parametrize("named", [{"key": "k:email"}, {"message_id": True}, {"message": "SM1"}])
def test_a_hard_bounce_stops_the_channel_and_puts_the_message_before_a_person(sent, ann, named):
    row = sent(channel="email")
    if "message_id" in named:
        named = {"message_id": row.message_id}
    assert call("mail/bounce", {"id": "b1", "type": "hard", "address": "Ann.Archer@example.org", **named}) == 200
    assert state_of(row) == "failed"
    assert not preferences.wants(ann, "forms", "email")
    assert preferences.wants(ann, "forms", "sms")
    assert row.key in Message.objects.filter(state__in=outbox.ENDED_BADLY).values_list("key", flat=True)


def test_soft_bounces_stop_the_channel_at_the_third_in_a_row(sent, ann):
    sent(channel="email")
    for number in (1, 2):
        call("mail/bounce", {"id": str(number), "type": "soft", "key": "k:email"})
    assert reachability.works(ann, "email")
    call("mail/bounce", {"id": "3", "type": "soft", "key": "k:email"})
    assert not reachability.works(ann, "email")


def test_a_replay_answers_200_and_changes_nothing(sent, ann):
    row = sent(channel="email")
    document = {"id": "b1", "type": "hard", "key": "k:email"}
    assert call("mail/bounce", document) == 200
    reachability.writes(client=ann, channel="email")
    Message.objects.filter(pk=row.pk).update(state="sent", sent_at=claims.database_now())
    assert call("mail/bounce", document) == 200
    assert reachability.works(ann, "email")
    assert state_of(row) == "sent"
    assert ProviderEvent.objects.count() == 1


@pytest.mark.parametrize("at", [-301, 301, None])
@pytest.mark.parametrize("path", ["gateway/receipt", "gateway/reply", "mail/bounce"])
def test_a_forged_or_old_call_is_refused_and_nothing_kept(sent, path, at):
    row = sent()
    document = {"id": "1", "status": "failed", "message": "SM1", "from": "+15550100301", "text": "STOP"}
    how = {"secret": "guessed"} if at is None else {"at": time.time() + at}
    assert call(path, document, **how) == 403
    assert Browser().post(f"/hooks/{path}/", json.dumps(document), content_type="application/json").status_code == 403
    assert state_of(row) == "sent"
    assert not ProviderEvent.objects.exists()
    assert not Reply.objects.exists()


def test_without_a_secret_nobody_is_heard(settings):
    settings.HOOK_SECRETS, settings.TWILIO_TOKEN = [], ""
    assert call("gateway/receipt", receipt("failed"), secret="") == 403
    assert twilio("reply", {"MessageSid": "1", "From": "+1", "Body": "x"}, token="") == 403


def test_a_message_that_is_not_ours_is_200_and_logged_without_content(caplog):
    caplog.set_level(logging.INFO)
    document = {"id": "x", "type": "hard", "key": "another:clinic", "to": "+15550100399", "code": "secretcode"}
    assert call("gateway/receipt", document) == 200
    assert "not ours" in caplog.text
    assert "another" not in caplog.text
    assert "+15550100399" not in caplog.text


@pytest.mark.parametrize("path", ["gateway/receipt", "gateway/reply", "mail/bounce", "twilio/receipt", "twilio/reply"])
def test_size_and_method(path, client):
    assert client.get(f"/hooks/{path}/").status_code == 405
    assert client.post(f"/hooks/{path}/", b"x" * 70_000, content_type="application/json").status_code == 413


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"id": ""}', b'{"id": {}}', b"\xff", b"[" * 30_000, b'{"id": null, "from": 1}']
)
@pytest.mark.parametrize("path", ["gateway/receipt", "gateway/reply"])
def test_signed_rubbish_is_400(path, body):
    assert call(path, None, body=body) == 400
    assert not ProviderEvent.objects.exists()


def test_odd_values_are_no_server_error():
    assert call("gateway/receipt", {"id": "a\x00b" * 200, "status": "\ud800", "key": "k\x00", "code": "9" * 500}) == 200
    assert call("gateway/reply", {"id": "r", "from": "\x00+1", "text": "\x00" * 9 + "x" * 9000}) == 200


def test_twilio_receipts_by_its_own_signature(sent, ann):
    row = sent()
    fields = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30005", "To": "+15550100301"}
    assert twilio("receipt", fields, token="guessed") == 403
    assert twilio("receipt", fields, address="https://evil.test") == 403
    assert twilio("receipt", fields) == 200
    assert twilio("receipt", fields) == 200
    assert state_of(row) == "failed"
    assert not reachability.works(ann, "sms")
    assert ProviderEvent.objects.count() == 1


def test_twilios_signature_is_the_one_of_its_documentation():
    fields = {
        "CallSid": ["CA1234567890ABCDE"], "Caller": ["+14158675310"], "Digits": ["1234"], "From": ["+14158675310"],
        "To": ["+18005551212"],
    }  # fmt: skip
    address = "https://example.com/myapp.php?foo=1&bar=2"
    assert signatures.twilio("12345", address, fields) == "L/OH5YylLD5NRKLltdqwSvS0BnU="


def test_a_number_given_up_meanwhile_stops_nothing(sent, ann, desk, now):
    sent()
    clients.update(client=ann, changes={"mobile": "+15550100399"}, by=desk, now=now)
    fields = {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "21614", "To": "+15550100301"}
    assert twilio("receipt", fields) == 200
    assert reachability.works(ann, "sms")

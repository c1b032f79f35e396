"""Any gateway by settings: what it is told, how its answer reads, and that one that lies is not believed."""

import base64
import json
from urllib.parse import parse_qs

import pytest

from clinic import environment
from clinic.sms_gateway import Gateway, Said, twilio

PLAIN = Gateway("https://sms.example/send")


def read(body, status=200, gateway=PLAIN):
    return gateway.read(status, body if isinstance(body, bytes) else json.dumps(body).encode())


def test_a_text_that_holds_a_placeholder_stays_as_it_was_written():
    address, headers, body = PLAIN.request(to="+1555", text='Say {to} or {key}, "{from}"', key="k:1")
    assert json.loads(body) == {"to": "+1555", "text": 'Say {to} or {key}, "{from}"', "key": "k:1"}
    assert headers["Idempotency-Key"] == "k:1"
    assert address == "https://sms.example/send"


def test_templates_form_headers_and_address():
    gateway = Gateway(
        "https://sms.example/{from}?to={to}", headers={"X-Key": "s"}, form=True, sender="Clinic & Co",
        body={"msisdn": "{to}", "content": "{from}: {text}"},
    )  # fmt: skip
    address, headers, body = gateway.request(to="+1555", text="a&b=ñ", key="k")
    assert address == "https://sms.example/Clinic%20%26%20Co?to=%2B1555"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(body.decode()) == {"msisdn": ["+1555"], "content": ["Clinic & Co: a&b=ñ"]}
    nested = Gateway("https://x.example", body={"messages": [{"to": ["{to}"], "n": 1}]})
    assert json.loads(nested.request(to="+1", text="t", key="k")[2]) == {"messages": [{"to": ["+1"], "n": 1}]}


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, {"id": "m1", "status": "queued"}, Said.TAKEN),
        (202, b"", Said.TAKEN),
        (200, {"error": None, "errors": [], "error_code": 0}, Said.TAKEN),
        (200, {"error": "no credit"}, Said.LATER),
        (200, {"errors": [{"code": 7}]}, Said.LATER),
        (200, {"success": False}, Said.LATER),
        (200, {"messages": [{"status": "REJECTED"}]}, Said.LATER),
        (200, b"ERR: 105, no credit", Said.LATER),
        (400, {}, Said.REFUSED),
        (401, {}, Said.LOCKED_OUT),
        (429, {}, Said.LATER),
        (503, {}, Said.LATER),
        (500, {}, Said.UNCLEAR),
        (302, {}, Said.UNCLEAR),
    ],
)
def test_status_and_body_decide_together(status, body, said):
    assert read(body, status).said == said


def test_a_clinic_may_ask_for_a_certain_word():
    gateway = Gateway("https://x.example", ok_body="messages.0.status=sent|queued", id_path="messages.0.id")
    assert read({"messages": [{"status": "Sent", "id": 7}]}, gateway=gateway).provider_id == "7"
    assert read({"hello": "world"}, gateway=gateway).said == Said.UNCLEAR
    assert read(b"<html>maintenance</html>", gateway=gateway).said == Said.UNCLEAR


def test_a_number_that_is_none_is_told_apart():
    gateway = Gateway("https://x.example", bad_number="code=21211|21614")
    assert read({"code": 21211, "message": "..."}, 400, gateway).said == Said.BAD_NUMBER
    assert read({"code": 20003}, 400, gateway).said == Said.REFUSED


@pytest.mark.parametrize("body", [b"\xff\xfe", b"[" * 100_000, b"null", b"1", b'"x"', b"{", b"[[],{}]"])
def test_no_answer_breaks_the_reader(body):
    assert read(body, 200, Gateway("https://x.example", ok_body="a.0.b=1")).said == Said.UNCLEAR


def test_twilio_as_its_documentation_has_it():
    gateway = twilio(account="AC1", token="t", sender="+15550100", callback="https://c.example/hooks/twilio/receipt/")
    address, headers, body = gateway.request(to="+1555", text="Hi", key="k")
    assert address == "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json"
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"AC1:t"
    assert parse_qs(body.decode()) == {
        "To": ["+1555"], "Body": ["Hi"], "From": ["+15550100"],
        "StatusCallback": ["https://c.example/hooks/twilio/receipt/"],
    }  # fmt: skip
    taken = read({"sid": "SM9", "status": "queued", "error_code": None, "error_message": None}, 201, gateway)
    assert (taken.said, taken.provider_id) == (Said.TAKEN, "SM9")
    assert read({"code": 21211, "message": "Invalid 'To'", "status": 400}, 400, gateway).said == Said.BAD_NUMBER
    assert read({"sid": "SM9", "status": "failed", "error_code": 30007}, 201, gateway).said == Said.LATER
    service = twilio(account="AC1", token="t", sender="MG12", callback="x")
    assert b"MessagingServiceSid=MG12" in service.request(to="+1", text="t", key="k")[2]


class Env(dict):
    """The two readers of django-environ that are used."""

    def str(self, name, default=""):
        return self.get(name, default)

    def list(self, name, cast=str, default=()):
        return [cast(part) for part in self[name].split(",")] if self.get(name) else list(default)


def made(**environ):
    return environment.sms_gateway(Env(environ), site="https://c.example")


def test_gateways_are_read_from_the_environment():
    assert made() is None
    found = made(
        CLINIC_SMS_URL="https://sms.example/", CLINIC_SMS_TOKEN="t", CLINIC_SMS_HEADERS='{"X-Key": "s"}',
        CLINIC_SMS_FORMAT="form", CLINIC_SMS_BODY='{"to": "{to}"}', CLINIC_SMS_OK_STATUS="200,201",
        CLINIC_SMS_OK_BODY="ok=true", CLINIC_SMS_ID="sid",
    )  # fmt: skip
    assert (found.headers, found.form) == ({"Authorization": "Bearer t", "X-Key": "s"}, True)
    assert (found.ok_status, found.ok_body, found.id_path) == (frozenset({200, 201}), "ok=true", "sid")
    assert made(CLINIC_SMS_URL="https://sms.example/").body == PLAIN.body
    twilios = made(CLINIC_TWILIO_ACCOUNT="AC1", CLINIC_TWILIO_TOKEN="t", CLINIC_TWILIO_FROM="+1555")
    assert twilios.body["StatusCallback"] == "https://c.example/hooks/twilio/receipt/"


@pytest.mark.parametrize(
    ("name", "environ"),
    [
        ("CLINIC_SMS_URL", {"CLINIC_SMS_URL": "sms.example"}),
        ("CLINIC_SMS_BODY", {"CLINIC_SMS_URL": "https://x.example", "CLINIC_SMS_BODY": "{to"}),
        ("CLINIC_SMS_FORMAT", {"CLINIC_SMS_URL": "https://x.example", "CLINIC_SMS_FORMAT": "xml"}),
        ("CLINIC_TWILIO_TOKEN", {"CLINIC_TWILIO_ACCOUNT": "AC1"}),
    ],
)
def test_half_a_gateway_stops_the_start_by_name(name, environ):
    with pytest.raises(environment.ImproperlyConfigured, match=name):
        made(**environ)

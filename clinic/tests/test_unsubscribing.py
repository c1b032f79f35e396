"""The way out at the end of every mail: one topic, one channel, and never by a look alone."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.core import mail
from django.test import Client as Browser

from clinic import audit, claims, clients, delivery, outbox, preferences, unsubscribing
from clinic.models import AuditEvent
from clinic.tests.test_letters import letter

pytestmark = pytest.mark.django_db


def render(message, now):
    return outbox.Rendered("Hello", "Dear person", template="t/1")


@pytest.fixture
def message(client_ann, desk, now, clinic_settings, settings):
    settings.MESSAGE_RENDERERS = {"": "clinic.tests.test_unsubscribing.render"}
    settings.SITE_ADDRESS = "https://clinic.test"
    clinic_settings.quiet_from = clinic_settings.quiet_until
    clinic_settings.save()
    for channel in ("email", "sms"):
        clients.set_channel(client=client_ann, channel=channel, granted=True, by=desk, now=now)
    at = claims.database_now()
    return outbox.schedule(
        key="k:1", kind="aftercare.h24", channel="email", due_at=at, not_after=at + timedelta(hours=1),
        by=audit.SYSTEM, now=at, client=client_ann,
    )  # fmt: skip


@pytest.fixture
def link(message):
    return unsubscribing.link_of(message).removeprefix("https://clinic.test")


def one_click(link):
    """As a mail program does it: from elsewhere, without a cookie or a token."""
    return Browser(enforce_csrf_checks=True).post(link, {"List-Unsubscribe": "One-Click"})


def test_every_mail_to_a_client_says_how_to_stop_it(message, link):
    delivery.send_due(worker="w")
    (sent,) = mail.outbox
    assert sent.extra_headers["List-Unsubscribe"] == (
        f"<https://clinic.test{link}>, <mailto:desk@riverside.example?subject=unsubscribe>"
    )
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"https://clinic.test{link}" in sent.body
    assert f'href="https://clinic.test{link}"' in sent.alternatives[0].content


def test_the_headers_stand_in_the_mail_on_the_wire():
    raw = letter(unsubscribe="desk@clinic.test", unsubscribe_link="https://clinic.test/stop/x/").as_bytes()
    parsed = message_from_bytes(raw, policy=policy.default)
    assert (
        parsed["List-Unsubscribe"].strip()
        == "<https://clinic.test/stop/x/>, <mailto:desk@clinic.test?subject=unsubscribe>"
    )
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_one_click_needs_https():
    headers = letter(unsubscribe_link="http://clinic.test/stop/x/").list_headers()
    assert headers == {"List-Unsubscribe": "<http://clinic.test/stop/x/>"}


def test_a_look_stops_nothing(link, client_ann, client):
    for _ in range(3):
        page = client.get(link)
        assert page.status_code == 200
    assert client.head(link).status_code == 200
    assert b"Ann" not in page.content
    assert b"Archer" not in page.content
    assert preferences.wants(client_ann, "check_ins", "email")


def test_one_click_stops_the_topic_by_mail_and_nothing_else(link, client_ann):
    assert one_click(link).status_code == 200
    assert one_click(link).status_code == 200
    assert not preferences.wants(client_ann, "check_ins", "email")
    assert preferences.wants(client_ann, "check_ins", "sms")
    assert preferences.wants(client_ann, "appointments", "email")
    assert AuditEvent.objects.get(action="topic.stop").client == client_ann


@pytest.mark.parametrize(("what", "left"), [("topic", True), ("everything", False)])
def test_the_pages_buttons(link, client_ann, client, what, left):
    assert client.post(link, {"what": what}).status_code == 302
    assert b"Send them again" in client.get(link).content
    assert not preferences.wants(client_ann, "check_ins", "email")
    assert preferences.wants(client_ann, "appointments", "email") is left
    client.post(link, {"what": "start"})
    assert preferences.wants(client_ann, "check_ins", "email")
    assert preferences.wants(client_ann, "appointments", "email") is left


def test_a_link_that_is_nobodys_stops_nothing(link, client_ann, client):
    for wrong in (link[:-2] + "A/", link[:-20] + "/", "/stop/é/", f"/stop/{'0' * 75}/", "/stop/" + "x" * 75 + "/"):
        assert client.post(wrong, {"what": "everything"}).status_code == 404
    assert preferences.wants(client_ann, "check_ins", "email")


def test_a_post_that_says_nothing_stops_nothing(link, client_ann, client):
    client.post(link, {"x": "y"})
    assert preferences.wants(client_ann, "check_ins", "email")


def test_the_page_speaks_the_clients_language(link, client_ann, client):
    type(client_ann).objects.filter(pk=client_ann.pk).update(language="es")
    assert '<html lang="es">' in client.get(link).content.decode()

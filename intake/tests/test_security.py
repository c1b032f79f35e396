"""What an attacker, a leak or an impatient thumb would try."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, connections
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clinic import audit, clients
from clinic.models import AuditEvent, Message
from intake import responses
from intake.inviting import invitations
from intake.models import Flag, Response
from intake.tests.conftest import HEALTHY, agree, come_in, give, link_to, posted, publish

CANARY = "CANARY-7f3a"


def every_value():
    """Everything the database holds, as text."""
    for model in apps.get_models():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            yield model._meta.label, str(cursor.fetchall())


def test_dump_of_the_database_holds_no_working_link_and_no_answer(ann, invited, response, fill):
    fill(response, {"reason.goal": CANARY, "meds.notes": CANARY, "health.private_note": CANARY})
    secret = invitations.token_of(invited)
    for label, text in every_value():
        assert secret not in text, label
        assert CANARY not in text, label


def test_answers_reach_no_log_session_audit_row_or_message(ann, response, fill, caplog, as_user, therapist):
    caplog.set_level(logging.DEBUG)
    for group in ("reason", "meds"):
        answers = {"reason": {"reason.goal": CANARY}, "meds": {"meds.notes": CANARY}}[group]
        give(ann, group, answers)
        ann.post(reverse("intake:screen", args=[group]), posted(answers) | {"action": "next"})
    fill(response, {"reason.goal": CANARY, "today.leg_swelling": "yes"})
    as_user(therapist).get(reverse("intake:review_detail", args=[response.public_id]))
    assert CANARY not in caplog.text and "RF-DVT" not in caplog.text
    assert not any(CANARY in str(row.get_decoded()) for row in Session.objects.all())
    assert CANARY not in str(list(AuditEvent.objects.values()))
    assert CANARY not in str(list(Message.objects.values()))


def test_token_and_date_of_birth_are_not_written_to_the_log(invited, caplog):
    caplog.set_level(logging.DEBUG)
    come_in(invited)
    assert invitations.token_of(invited) not in caplog.text
    assert "1986" not in caplog.text


def test_broken_page_tells_the_log_no_answer(ann, response, monkeypatch, caplog):
    monkeypatch.setattr("intake.responses._write", lambda *args: 1 / 0)
    ann.raise_request_exception = False
    answer = give(ann, "reason", {"reason.goal": CANARY})
    assert answer.status_code == 500
    assert CANARY not in caplog.text and CANARY not in answer.content.decode()


def at_once(times, work):
    """Run `work` many times: really at once where the database can, one after another on SQLite in memory."""
    if connection.vendor != "postgresql":
        return [work() for _ in range(times)]

    def alone():
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        return [one.result() for one in [pool.submit(alone) for _ in range(times)]]


@pytest.fixture
def waiting(transactional_db, client_ann, desk, lead, moment):
    """Ann's form, filled in and not sent, with a link that works."""
    publish(moment)
    agree(client_ann, desk, moment)
    invitation = invitations.invite(client=client_ann, by=desk, now=moment)
    response = responses.start(invitation=invitation, now=moment)
    by = audit.ClientActor(client_ann, via="test")
    changes = {"consent.signed_on": "2026-11-23", "today.leg_swelling": "yes"}
    responses.save(response=response, changes=HEALTHY | changes, by=by, now=moment)
    return invitation, response, by


def test_twenty_submits_at_once_send_one_form(waiting, moment):
    _, response, by = waiting
    at_once(20, lambda: responses.submit(response=response, by=by, now=moment))
    assert Response.objects.filter(status="completed").count() == 1
    assert Flag.objects.count() == 1
    assert Message.objects.filter(kind="intake.urgent").count() == 1
    assert AuditEvent.objects.filter(action="response.submit").count() == 1


def test_twenty_guesses_at_once_are_counted_and_stop_at_five(waiting, moment):
    from clinic import links

    invitation, _, _ = waiting
    digest, wrong = links.digest(invitations.token_of(invitation)), date(1999, 1, 1)
    at_once(20, lambda: invitations.verify(digest=digest, born=wrong, now=moment))
    invitation.refresh_from_db()
    assert (invitation.failed_tries, invitation.void_reason) == (5, "tries")
    assert Message.objects.filter(kind="intake.locked").count() == 1


def test_twenty_sends_at_once_leave_one_working_link(waiting, client_ann, desk, moment):
    at_once(20, lambda: invitations.invite(client=client_ann, by=desk, now=moment))
    assert client_ann.invitations.filter(voided_at=None).count() == 1


def test_answers_saved_at_once_lose_none(waiting, moment):
    _, response, by = waiting
    words = iter(range(20))
    questions = ["care.doctor", "reason.better_worse", "meds.notes", "comfort.safe"]

    def save():
        number = next(words)
        name = questions[number % 4]
        responses.save(response=response, changes={name: f"word {number}"}, by=by, now=moment)
        return name

    at_once(20, save)
    kept = responses.answers_of(Response.objects.select_related("version").get())
    assert all(kept[name].startswith("word") for name in questions)


def test_looking_at_staff_pages_changes_nothing(response, fill, as_user, lead, desk):
    sent = fill(response, {"today.leg_swelling": "yes"})
    flag = Flag.objects.get()
    left_out = {"clinic.AuditEvent", "sessions.Session", "usersessions.UserSession"}
    before = {label: text for label, text in every_value() if label not in left_out}
    for person, path in (
        (lead, reverse("intake:review_list")),
        (lead, reverse("intake:review_detail", args=[sent.public_id])),
        (lead, reverse("intake:flag_close", args=[flag.public_id])),
        (desk, reverse("intake:client_intake", args=[sent.client.public_id])),
        (desk, reverse("intake:rule_list")),
    ):
        browser = as_user(person)
        before |= {label: text for label, text in every_value() if label not in left_out}
        assert browser.get(path).status_code == 200
        assert {label: text for label, text in every_value() if label not in left_out} == before


def test_every_post_without_a_token_is_refused(response, fill, lead, invited):
    sent = fill(response, {"today.leg_swelling": "yes"})
    flag = Flag.objects.get()
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(lead, backend="allauth.account.auth_backends.AuthenticationBackend")
    for name, args in (
        ("flag_close", [flag.public_id]),
        ("review_done", [sent.public_id]),
        ("proposal_decide", [sent.proposals.first().public_id]),
        ("invitation_send", [sent.client.public_id]),
        ("verify", []),
        ("readback", []),
        ("screen", ["about"]),
        ("save_steps", []),
    ):
        assert browser.post(reverse(f"intake:{name}", args=args)).status_code == 403, name


def test_no_page_of_ours_names_another_host(ann, invited):
    for path in (link_to(invited), "/intake/start/", "/intake/form/about/", "/intake/form/check/"):
        text = ann.get(path, headers={"host": "clinic.test"}).content.decode()
        assert 'src="http' not in text and 'href="http' not in text


@pytest.mark.parametrize(("changes", "shown"), [({"email": "desk@riverside.example"}, False), ({"address": "x"}, True)])
def test_whoever_changes_the_address_reads_no_draft_by_it(ann, response, client_ann, desk, changes, shown):
    give(ann, "reason", {"reason.goal": CANARY})
    clients.update(client=client_ann, changes=changes, by=desk, now=timezone.now())
    theirs = come_in(invitations.invite(client=client_ann, by=desk, now=timezone.now(), channels=["email"]))
    page = theirs.get(reverse("intake:screen", args=["reason"])).content.decode()
    assert (CANARY in page) is shown
    assert Response.objects.filter(client=client_ann, status="in-progress").count() == 1

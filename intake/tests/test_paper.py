"""A sent form on paper: the client's copy behind the pass, the therapist's print with the flags in front."""

import io

import pytest
from django.urls import reverse
from pypdf import PdfReader

from clinic.models import AuditEvent
from conditions.regions import regions
from intake import marks
from intake.access import actor_of
from intake.inviting import invitations
from intake.tests.conftest import agree, come_in

COPY = reverse("intake:copy")


def text_of(answer):
    assert answer["Content-Type"] == "application/pdf"
    assert "no-store" in answer["Cache-Control"]
    pages = PdfReader(io.BytesIO(b"".join(answer))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.fixture
def sent(response, fill, client_ann, moment):
    by = actor_of(response.invitation)
    marks.mark(response=response, region=next(iter(regions())), symptom="pain", intensity=6, by=by, now=moment)
    return fill(response, {"reason.goal": "Das Kind heben, Świątek & <b>", "today.leg_swelling": "yes"})


def test_before_sending_there_is_no_copy(ann):
    answer = ann.get(COPY)
    assert (answer.status_code, answer["Location"]) == (303, reverse("intake:resume"))


def test_without_a_pass_there_is_no_copy(client, sent):
    assert client.get(COPY)["Location"] == reverse("intake:verify")


def test_the_copy_holds_what_was_answered(ann, invited, sent):
    assert reverse("intake:copy") in ann.get(reverse("intake:done")).content.decode()
    text = text_of(ann.get(COPY))
    for words in ("Ann Archer", "Das Kind heben, Świątek & <b>", "your copy", "6 of 10", "Page 1 /"):
        assert words in text
    assert "Rule" not in text
    event = AuditEvent.objects.get(action="response.copy")
    assert (event.client, event.actor_kind) == (sent.client, "client")


def test_what_cannot_wait_stands_first_in_the_copy(ann, sent):
    advice = sent.flags.get(flag_class="urgent").rule["message_client"].split("{")[0].strip()
    assert advice[:40] in text_of(ann.get(COPY))


def test_copies_are_not_made_without_end(ann, sent, monkeypatch):
    monkeypatch.setattr("intake.paper.pdf.render", lambda *_: b"%PDF-")
    codes = {ann.get(COPY).status_code for _ in range(21)}
    assert codes == {200, 429}


def test_the_print_has_flags_limits_and_draft_in_front(sent, lead, as_user):
    answer = as_user(lead).get(reverse("intake:review_print", args=[sent.public_id]))
    assert answer["Content-Disposition"].startswith("inline")
    text = text_of(answer)
    flag = sent.flags.get(flag_class="urgent")
    for words in (
        flag.rule["title"],
        f"Rule {flag.rule_id}",
        "Draft:",
        f"printed by {lead.name}",
        "Świątek",
        "6 of 10",
    ):
        assert words in text
    assert text.index(flag.rule["title"]) < text.index("Das Kind heben")
    event = AuditEvent.objects.get(action="response.print")
    assert (event.actor, event.client) == (lead, sent.client)


def test_the_print_is_one_click_from_the_review(sent, lead, as_user):
    page = as_user(lead).get(reverse("intake:review_detail", args=[sent.public_id])).content.decode()
    assert reverse("intake:review_print", args=[sent.public_id]) in page


def test_the_desk_prints_no_answers(sent, desk, as_user):
    assert as_user(desk).get(reverse("intake:review_print", args=[sent.public_id])).status_code == 403


def test_another_clients_pass_copies_only_their_own(sent, client_ben, desk, moment, history):
    agree(client_ben, desk, moment)
    ben = come_in(invitations.invite(client=client_ben, by=desk, now=moment))
    assert ben.get(COPY)["Location"] == reverse("intake:resume")

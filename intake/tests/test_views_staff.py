import pytest
from django.urls import reverse

from clinic import audit
from clinic.models import AuditEvent, ClinicSettings
from intake import questionnaires, responses
from intake.inviting import invitations
from intake.models import Flag, Invitation, Proposal
from intake.tests.conftest import agree

CANARIES = {
    "reason.goal": "CANARY-GOAL", "meds.notes": "CANARY-MEDS", "health.private_note": "CANARY-PRIVATE",
    "comfort.safe": "CANARY-SAFE", "care.other_care": ["mental_health"],
}  # fmt: skip


@pytest.fixture
def sent(response, fill):
    """Ann's form, sent, with a blocking flag, words in every free field and a changed phone."""
    return fill(response, CANARIES | {"today.leg_swelling": "yes", "about.mobile": "+15550100777"})


def page(browser, name, *args):
    answer = browser.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_desk_sees_how_far_and_may_book_and_nothing_else(sent, as_user, desk, client_ann):
    text = page(as_user(desk), "intake:client_intake", client_ann.public_id)
    assert "Intake done, with flags" in text and "Please do not book" in text
    assert "+1 555-010-0777" in text
    for clinical in ("CANARY", "clot", "Swollen", "Refer urgently", "RF-DVT", "mental"):
        assert clinical.lower() not in text.lower(), clinical


def test_owner_without_the_therapist_role_reads_no_answers(sent, as_user, owner, client_ann):
    assert "CANARY" not in page(as_user(owner), "intake:client_intake", client_ann.public_id)
    assert as_user(owner).get(reverse("intake:review_detail", args=[sent.public_id])).status_code == 403


def test_desk_sends_the_link_and_again(history, client_ben, desk, as_user, moment):
    agree(client_ben, desk, moment)
    browser, url = as_user(desk), reverse("intake:invitation_send", args=[client_ben.public_id])
    for _ in range(2):
        answer = browser.post(url, {"channel": "email"}, follow=True)
        assert b"on its way by e-mail" in answer.content
    assert Invitation.objects.filter(client=client_ben, voided_at=None).count() == 1


def test_sending_without_an_agreed_address_says_so(history, client_ben, desk, as_user):
    browser = as_user(desk)
    answer = browser.post(reverse("intake:invitation_send", args=[client_ben.public_id]), follow=True)
    assert b"no address on file" in answer.content and not Invitation.objects.exists()


def test_sending_before_anything_is_published_says_so(client_ben, desk, as_user, moment):
    agree(client_ben, desk, moment)
    answer = as_user(desk).post(reverse("intake:invitation_send", args=[client_ben.public_id]), follow=True)
    assert b"This form is not published yet" in answer.content


def test_closed_link_is_seen_by_the_desk(invited, as_user, desk, client_ann):
    Invitation.objects.filter(pk=invited.pk).update(failed_tries=5, voided_at=invited.created_at, void_reason="tries")
    assert "closed after five wrong dates" in page(as_user(desk), "intake:client_intake", client_ann.public_id)


def test_review_shows_flags_with_answer_rule_and_source_before_all_answers(sent, as_user, therapist):
    text = page(as_user(therapist), "intake:review_detail", sent.public_id)
    flag, answers = text.index("Possible clot in a limb"), text.index("CANARY-GOAL")
    assert flag < answers
    for words in ("Refer urgently", "Do not treat any area", "RF-DVT", "Is one leg or arm newly swollen", "No booking"):
        assert words in text
    assert "If you get breathless, call 911" in text and "{emergency_number}" not in text
    for canary in CANARIES.values():
        assert str(canary).startswith("[") or canary in text


def test_answer_that_raised_a_flag_stands_out_among_the_answers(sent, as_user, therapist):
    text = page(as_user(therapist), "intake:review_detail", sent.public_id)
    assert text.count("Raised a flag") == text.count('class="is-flagged"') >= 1
    assert "newly swollen" in text.split('class="is-flagged"', 1)[1].split("</div>", 1)[0]


def test_queue_is_ordered_by_urgency_then_age(history, client_ann, client_ben, desk, therapist, as_user, fill, moment):
    for client, changes in ((client_ann, {"today.fever": "yes"}), (client_ben, {"today.urgent": ["chest_pain"]})):
        agree(client, desk, moment)
        fill(responses.start(invitation=invitations.invite(client=client, by=desk, now=moment), now=moment), changes)
    text = page(as_user(therapist), "intake:review_list")
    assert text.index("Ben Baker") < text.index("Ann Archer")
    assert AuditEvent.objects.filter(action="review_list.read", actor=therapist).count() == 2


def test_reviewed_form_leaves_the_queue(sent, as_user, therapist):
    browser = as_user(therapist)
    browser.post(reverse("intake:review_done", args=[sent.public_id]), {"note": "Seen"})
    assert "Ann Archer" not in page(browser, "intake:review_list")
    assert "Thea Therapist" in browser.get(reverse("intake:review_list") + "?show=reviewed").content.decode()
    assert "Seen" in page(browser, "intake:review_detail", sent.public_id)


def test_therapist_acknowledges_and_is_told_who_may_override(sent, as_user, therapist):
    flag, browser = Flag.objects.get(rule_id="RF-DVT"), as_user(therapist)
    url = reverse("intake:flag_close", args=[flag.public_id])
    answer = browser.post(url, {"action": "override", "reason": "Seen by a doctor"})
    assert answer.status_code == 422 and b"Only the lead therapist" in answer.content
    assert b"Seen by a doctor" in answer.content
    assert browser.post(url, {"action": "acknowledge"}).status_code == 302
    flag.refresh_from_db()
    assert flag.state == "acknowledged"


def test_lead_overrides_with_a_reason_beside_the_field(sent, as_user, lead, client_ann):
    flag, browser = Flag.objects.get(rule_id="RF-DVT"), as_user(lead)
    url = reverse("intake:flag_close", args=[flag.public_id])
    answer = browser.post(url, {"action": "override", "reason": " "})
    assert answer.status_code == 422 and b"Please write the reason" in answer.content
    browser.post(url, {"action": "override", "reason": "Ultrasound was clear"})
    text = page(browser, "intake:review_detail", sent.public_id)
    assert "Overridden with reason" in text and "Ultrasound was clear" in text and "Lea Lead" in text


def test_change_is_taken_over_by_the_desk(sent, as_user, desk, client_ann):
    proposal = Proposal.objects.get(field="mobile")
    url = reverse("intake:proposal_decide", args=[proposal.public_id])
    browser = as_user(desk)
    assert b"Please choose" in browser.post(url, {"decision": "both"}, follow=True).content
    browser.post(url, {"decision": "accept"})
    client_ann.refresh_from_db()
    assert client_ann.mobile == "+15550100777"
    assert b"decided this already" in browser.post(url, {"decision": "reject"}, follow=True).content


def test_colleagues_client_needs_a_reason_when_the_clinic_wants_it(sent, as_user, therapist, desk, moment):
    settings = ClinicSettings.load()
    settings.own_clients_only = True
    settings.save(update_fields=["own_clients_only"])
    browser = as_user(therapist)
    assert browser.get(reverse("intake:review_detail", args=[sent.public_id])).status_code == 403
    assert "Ann Archer" not in page(browser, "intake:review_list")
    flag = Flag.objects.get(rule_id="RF-DVT")
    assert (
        browser.post(reverse("intake:flag_close", args=[flag.public_id]), {"action": "acknowledge"}).status_code == 403
    )


def test_unfinished_form_has_no_review_page(response, as_user, therapist):
    assert as_user(therapist).get(reverse("intake:review_detail", args=[response.public_id])).status_code == 404


def test_every_look_at_answers_is_in_the_audit_trail(sent, as_user, therapist, client_ann):
    page(as_user(therapist), "intake:review_detail", sent.public_id)
    event = AuditEvent.objects.get(action="review.read", actor=therapist)
    assert (event.client, event.fields) == (client_ann, ["document"])


def test_text_of_a_client_is_never_markup(response, fill, as_user, therapist):
    sent = fill(response, {"reason.goal": "<img src=x onerror=alert(1)>", "about.preferred_name": "<b>x</b>"})
    text = page(as_user(therapist), "intake:review_detail", sent.public_id)
    assert "<img src=x" not in text and "<b>x</b>" not in text


@pytest.mark.parametrize("page_number", ["0", "-1", "x", "999999", "1;DROP TABLE"])
def test_odd_page_numbers_show_the_queue(sent, as_user, therapist, page_number):
    answer = as_user(therapist).get(reverse("intake:review_list"), {"page": page_number, "show": "' OR 1=1"})
    assert answer.status_code == 200 and b"Ann Archer" in answer.content


def test_queue_costs_the_same_for_one_and_for_many(
    history, client_ann, client_ben, desk, therapist, as_user, fill, moment, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for client in (client_ann, client_ben):
        agree(client, desk, moment)
        fill(responses.start(invitation=invitations.invite(client=client, by=desk, now=moment), now=moment))
        browser = as_user(therapist)
        page(browser, "intake:review_list")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page(browser, "intake:review_list")
        counts.append(len(queries))
    assert counts[0] == counts[1] and counts[0] <= 15


def test_file_is_a_download_and_never_a_page(response, fill, as_user, therapist, desk, settings, tmp_path, moment):
    settings.MEDIA_ROOT = tmp_path
    from django.core.files.uploadedfile import SimpleUploadedFile

    from clinic.audit import ClientActor
    from intake.files import uploads
    from intake.tests.files import paper

    by = ClientActor(response.client, via="test")
    given = SimpleUploadedFile("Zuweisung äöü.pdf", paper())
    answer = uploads.keep(response=response, link_id="care.prescription", given=given, by=by, now=moment)
    fill(response, {"care.referred": "yes", "care.prescription": answer})
    url = reverse("intake:upload", args=[response.uploads.get().public_id])
    assert url in page(as_user(therapist), "intake:review_detail", response.public_id)
    got = as_user(therapist).get(url)
    assert got.content.startswith(b"%PDF-") and got["X-Content-Type-Options"] == "nosniff"
    assert got["Content-Disposition"].startswith("attachment") and "no-store" in got["Cache-Control"]
    assert as_user(desk).get(url).status_code == 403


def test_any_form_in_use_can_be_sent_by_hand(as_user, desk, client_ann, history, moment):
    questionnaires.publish_shipped(by=audit.SYSTEM, now=moment)
    agree(client_ann, desk, moment)
    page = as_user(desk).get(reverse("intake:client_intake", args=[client_ann.public_id])).content.decode()
    assert "Check before each visit" in page
    url = reverse("intake:invitation_send", args=[client_ann.public_id])
    as_user(desk).post(url, {"form": questionnaires.PRESESSION})
    assert Invitation.objects.get().questionnaire.slug == questionnaires.PRESESSION

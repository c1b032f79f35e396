import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import AuditEvent
from intake import responses
from intake.engine.specs import parse
from intake.engine.stamps import digest
from intake.models import Flag, Response
from intake.questionnaires import SHIPPED
from intake.tests.conftest import HEALTHY, come_in, give, posted
from intake.tests.files import paper

SPEC = parse(json.loads(SHIPPED["health-history"].read_text()))
ABOUT = {
    "about.first_name": "Ann", "about.last_name": "Archer", "about.dob": "1986-05-04", "about.mobile": "+15550100301",
    "about.emergency_name": "Eva Archer", "about.emergency_phone": "+15550100999", "about.minor": False,
}  # fmt: skip


def screen(group):
    return reverse("intake:screen", args=[group])


def send(browser, group, answers, **more):
    """What a browser sends with 'Next': every question that is not conditional is on the page."""
    data = posted(answers)
    shown = [item.link_id for item in SPEC.group(group).walk() if item.is_question and not item.enable_when]
    data["asked"] = list(dict.fromkeys([*shown, *data["asked"]]))
    return browser.post(screen(group), data | {"action": "next"} | more)


def kept(response):
    return responses.answers_of(Response.objects.select_related("version").get(pk=response.pk))


def test_next_keeps_the_screen_and_goes_on(ann, response):
    answer = send(ann, "about", ABOUT)
    assert (answer.status_code, answer.url) == (303, screen("care"))
    assert kept(response)["about.emergency_phone"] == "+15550100999"


def test_wrong_answer_stays_on_the_screen_with_its_reason_and_the_rest_is_kept(ann, response):
    answer = send(ann, "about", ABOUT | {"about.emergency_phone": "12", "about.preferred_name": "x" * 81})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "too few or too many digits" in page and "80 characters" in page and 'value="12"' in page
    assert kept(response)["about.emergency_name"] == "Eva Archer"
    assert "about.emergency_phone" not in kept(response)


def test_question_opened_by_an_answer_is_asked_before_going_on(ann, response):
    answer = send(ann, "about", ABOUT | {"about.minor": True})
    assert answer.url.startswith(screen("about"))
    page = ann.get(screen("about")).content.decode()
    guardian = page.split('data-question="about.guardian_name"')[1].split(">")[0]
    assert "hidden" not in guardian
    assert "another question on this page" in page


def test_back_keeps_what_was_typed(ann, response):
    answer = ann.post(screen("care"), posted({"care.doctor": "Dr Lin"}) | {"action": "back"})
    assert answer.url == screen("about") and kept(response)["care.doctor"] == "Dr Lin"


def test_one_answer_is_kept_as_it_is_given(ann, response):
    result = give(ann, "reason", {"reason.goal": "Walk"}).json()["results"]["step-0"]
    assert result["kept"] and result["errors"] == {} and result["seen"] == {"reason.goal": digest("Walk")}
    assert kept(response)["reason.goal"] == "Walk"


def test_one_answer_that_does_not_fit_is_refused_and_the_earlier_one_stays(ann, response):
    give(ann, "reason", {"reason.since": "gt3m"})
    result = give(ann, "reason", {"reason.since": "yesterday"}).json()["results"]["step-0"]
    assert not result["kept"] and "one of the answers" in result["errors"]["reason.since"]
    assert kept(response)["reason.since"] == "gt3m"


def test_saving_a_question_of_another_screen_or_none_changes_nothing(ann, response):
    before = kept(response)
    for link_id in ("today.fever", "is_staff", "submitted_at"):
        give(ann, "reason", {link_id: "yes"})
    assert kept(response) == before
    assert not give(ann, "nope", {"reason.goal": "Walk"}).json()["results"]["step-0"]["kept"]
    assert kept(response) == before


def test_emergency_advice_comes_with_the_answer_and_before_going_on(ann, clinic_settings):
    advice = give(ann, "today", {"today.urgent": ["chest_pain"]}).json()["advice"]
    assert advice[0]["level"] == "emergency" and "call 911" in advice[0]["text"] and advice[0]["call"] == "911"
    page = ann.get(screen("today")).content.decode()
    assert "Please call 911" in page and "{emergency_number}" not in page


TODAY = {key: value for key, value in HEALTHY.items() if key.startswith("today.") and key != "today.injury_checked"}


def test_without_a_script_advice_is_shown_before_the_next_screen_opens(ann):
    answers = TODAY | {"today.leg_swelling": "yes"}
    first = send(ann, "today", answers)
    assert first.url.startswith(screen("today"))
    page = ann.get(screen("today")).content.decode()
    assert "Please do this today" in page
    mark = page.split('name="advice_shown" value="')[1].split('"')[0]
    assert send(ann, "today", answers, advice_shown=mark).url == screen("heart")


def test_advice_that_no_longer_applies_goes_away(ann):
    give(ann, "today", {"today.urgent": ["chest_pain"]})
    assert give(ann, "today", {"today.urgent": ["none"]}).json()["advice"] == []


def test_stale_tab_is_told_and_neither_answer_is_lost(ann, invited, response):
    page = ann.get(screen("reason")).content.decode()
    seen = page.split('name="seen:reason.goal" value="')[1].split('"')[0]
    phone = come_in(invited)
    give(phone, "reason", {"reason.goal": "From the phone"})
    answer = send(ann, "reason", {"reason.goal": "From the desk"}, **{"seen:reason.goal": seen})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "somewhere else" in text and "From the phone" in text and "From the desk" in text
    assert kept(response)["reason.goal"] == "From the desk"
    assert response.other_answers.get().value == "From the phone"


def test_marks_are_added_and_removed_on_the_form(ann, response):
    mark = {"mark_region": "POST-BACK-LOW-L", "mark_symptom": "pain", "mark_strength": "7", "action": "mark"}
    ann.post(screen("reason"), posted({"reason.goal": "Walk"}) | mark)
    row = response.marks.get()
    assert row.intensity == 7 and kept(response)["reason.goal"] == "Walk"
    assert "Low back, your left" in ann.get(screen("reason")).content.decode()
    ann.post(screen("reason"), {"action": f"unmark-{row.region} {row.symptom}"})
    assert not response.marks.exists()


@pytest.mark.parametrize("strength", ["", "x", "99", "-1", "٣"])
def test_mark_without_a_fitting_strength_is_explained(ann, response, strength):
    mark = {"mark_region": "POST-BACK-LOW-L", "mark_symptom": "pain", "mark_strength": strength, "action": "mark"}
    answer = ann.post(screen("reason"), mark)
    assert answer.status_code == 422 and b"0 to 10" in answer.content
    assert not response.marks.exists()


def test_refused_file_says_why_and_the_rest_is_kept(ann, response, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    answers = {"care.contact_doctor": True, "care.referred": "yes", "care.referral_detail": "Dr Lin"}
    data = posted(answers) | {"action": "next"}
    data["asked"] = [*answers, "care.prescription", "care.doctor", "care.other_care"]
    bad = SimpleUploadedFile("scan.jpg", b"<html>")
    answer = ann.post(screen("care"), data | {"care.prescription": bad})
    assert answer.status_code == 422 and b"Please choose a photo (JPEG, PNG or HEIC) or a PDF" in answer.content
    assert kept(response)["care.referral_detail"] == "Dr Lin"
    good = SimpleUploadedFile("scan.pdf", paper())
    assert ann.post(screen("care"), data | {"care.prescription": good}).status_code == 303
    assert kept(response)["care.prescription"]["title"] == "scan.pdf"


def test_whole_form_is_filled_in_through_its_screens_and_sent(ann, response):
    answers = HEALTHY | ABOUT | {"consent.signed_on": "2026-11-20"}
    for _ in range(20):
        at = ann.get("/intake/").url
        if at == "/intake/form/check/":
            break
        group = at.split("/")[-2]
        asked = [item.link_id for item in SPEC.group(group).walk() if item.is_question]
        assert (
            send(ann, group, {link_id: answers[link_id] for link_id in asked if link_id in answers}).status_code == 303
        )
    page = ann.get("/intake/form/check/").content.decode()
    assert "still to give" not in page and "Lift my child" in page
    assert ann.post("/intake/form/check/").url == "/intake/done/"
    assert b"your form is with us" in ann.get("/intake/done/").content
    response.refresh_from_db()
    assert response.status == "completed" and response.screens_done


def test_change_from_the_read_back_leads_back_there(ann, response, moment):
    everything = [group.link_id for group in SPEC.groups]
    Response.objects.filter(pk=response.pk).update(screens_done=everything)
    assert send(ann, "about", ABOUT).url == "/intake/form/check/"


def test_sending_too_early_names_what_is_open(ann, response):
    answer = ann.post("/intake/form/check/")
    assert answer.status_code == 422
    assert "still to give" in answer.content.decode()
    assert not Flag.objects.exists()


def test_sent_form_opens_no_screen_any_more_and_says_so(ann, response, fill):
    fill(response, {"today.leg_swelling": "yes"})
    answer = send(ann, "about", ABOUT)
    assert answer.url == "/intake/done/"
    page = ann.get("/intake/done/").content.decode()
    assert "already sent" in page and "checked by a doctor today" in page
    assert ann.post("/intake/form/check/").url == "/intake/done/"
    assert give(ann, "about", ABOUT).status_code == 409


@pytest.mark.parametrize("group", ["nope", "rf.neck", "%00", "..", "a" * 500])
def test_screen_that_is_not_asked_leads_back_to_the_form(ann, group):
    assert ann.get(f"/intake/form/{group}/").status_code in (303, 404)


NASTY = ["\x00", "a" * 1_000_000, "\u202e\u0000", "<script>alert(1)</script>", "{{ 7 }}", "' OR 1=1 --", "\U0001f600"]


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_odd_text_never_breaks_a_page(ann, response, text):
    answer = send(ann, "reason", {"reason.goal": text})
    assert answer.status_code in (303, 422)
    assert "<script>alert(1)" not in ann.get(screen("reason")).content.decode()
    saved = give(ann, "reason", {"reason.goal": text})
    assert saved.status_code == 200


def test_bytes_that_are_no_text_never_break_a_page(ann):
    body = b"action=next&asked=reason.goal&reason.goal=%ff%fe%00&asked=%ff"
    answer = ann.post(screen("reason"), body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in (303, 400, 422)


def test_forged_fields_reach_nothing(ann, response):
    forged = {"status": "completed", "client": "1", "submitted_at": "2020-01-01", "percent": "100", "is_staff": "1"}
    send(ann, "about", ABOUT | forged)
    response.refresh_from_db()
    assert response.status == "in-progress" and response.percent < 100 and response.submitted_at is None


def test_without_a_pass_nothing_is_shown_or_kept(db, client):
    for path in ("/intake/", "/intake/form/about/", "/intake/form/check/", "/intake/done/"):
        assert client.get(path).url == "/intake/start/"
    answer = client.post("/intake/save/")
    assert answer.status_code == 401 and answer.json() == {"expired": True, "verify": "/intake/start/"}


def test_pass_of_one_client_opens_only_their_form(ann, history, client_ben, desk, moment):
    from intake.inviting import invitations
    from intake.tests.conftest import agree

    agree(client_ben, desk, moment)
    ben = come_in(invitations.invite(client=client_ben, by=desk, now=moment))
    give(ben, "reason", {"reason.goal": "BENS-GOAL"})
    assert "BENS-GOAL" in ben.get(screen("reason")).content.decode()
    assert "BENS-GOAL" not in ann.get(screen("reason")).content.decode()
    assert "Ben" not in ann.get(screen("about")).content.decode()


def test_reading_and_saving_are_in_the_audit_trail_by_the_link(ann, invited, client_ann):
    ann.get(screen("about"))
    send(ann, "about", ABOUT)
    events = AuditEvent.objects.filter(client=client_ann, actor_label=f"invitation:{invited.public_id}")
    assert {"response.read", "response.save"} <= set(events.values_list("action", flat=True))


def test_looking_changes_nothing_but_audit_and_session(ann, response):
    before = Response.objects.filter(pk=response.pk).values().get()
    for path in ("/intake/", screen("about"), screen("today"), "/intake/form/check/"):
        ann.get(path)
    assert Response.objects.filter(pk=response.pk).values().get() == before


def asked(captured):
    """Statements that read or write: not the savepoints of nested transactions, nor PostgreSQL's lock of the chain."""
    return [one["sql"] for one in captured if "SAVEPOINT" not in one["sql"] and "advisory" not in one["sql"]]


def test_a_screen_and_a_save_cost_few_queries(ann):
    ann.get(screen("about"))
    with CaptureQueriesContext(connection) as shown:
        ann.get(screen("about"))
    with CaptureQueriesContext(connection) as saved:
        give(ann, "reason", {"reason.goal": "Walk"})
    assert len(asked(shown)) <= 8 and len(asked(saved)) <= 8


def test_one_tap_answers_no_to_what_is_open_and_each_answer_can_be_changed(ann, response):
    data = posted({"health.diabetes": "type1"}) | {"action": "none"}
    answer = ann.post(screen("health"), data)
    assert answer.url == screen("health") + "#next"
    answers = kept(response)
    assert answers["health.diabetes"] == "type1" and answers["health.cancer"] == "never"
    assert answers["health.organs"] == ["none"] and "health.private_note" not in answers
    page = ann.get(screen("health")).content.decode()
    assert page.count("checked") == 7 and "data-none-of-these" not in page
    send(
        ann,
        "health",
        {key: answers[key] for key in answers if key.startswith("health.")} | {"health.cancer": "past"},
    )
    assert kept(response)["health.cancer"] == "past"


def test_emergency_questions_stay_open_after_one_tap(ann, response):
    ann.post(screen("today"), {"action": "none"})
    assert "today.urgent" not in kept(response) and kept(response)["today.fever"] == "no"


def test_what_the_clinic_knows_is_read_and_confirmed(ann, response):
    page = ann.get(screen("about")).content.decode()
    known, rest = page.split('class="card known"')[1].split("</section>")
    assert "+1 555-010-0301" in known
    assert "Is this still right?" in known and "4 May 1986" in known and 'name="about.first_name"' in known
    assert 'data-question="about.emergency_name"' in rest and 'data-question="about.first_name"' not in rest
    send(ann, "about", ABOUT | {"about.mobile": "12"})
    assert send(ann, "about", ABOUT | {"about.mobile": "12"}).status_code == 422

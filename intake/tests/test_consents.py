from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from clinic import audit
from clinic.clients import consents_in_force, may_message
from clinic.models import AuditEvent, Consent
from intake import responses
from intake.consent import agreements, consents, terms
from intake.consent.terms import Overtaken
from intake.models import AgreementTerms, Flag
from intake.safety.standing import standing

REASON = "Said on the phone that she wants to stop"
NEW = {"text_en": "I agree to be treated.", "text_es": "Acepto el tratamiento.", "change_note": "Shorter"}


def publish(owner, now, kind="treatment", **more):
    facts = {"requirement": "must", "frequency": "once", "seen": terms.current()[kind].number} | NEW | more
    return terms.publish(kind=kind, **facts, by=owner, now=now)


@pytest.fixture
def done(response, fill):
    """Ann's form, sent with every agreement."""
    return fill(response, {"consent.areas": ["buttocks"]})


def shipped(response):
    """The version of the questionnaire's own words."""
    return f"MassageIntakeGeneral|{response.version.version}"


def say(client, kind, granted, by, now, **more):
    return consents.say(client=client, kind=kind, granted=granted, by=by, now=now, source="desk", **more)


# --- wordings ---------------------------------------------------------------------------------------------------------


def test_words_as_shipped_are_asked_until_the_owner_publishes_others(db):
    assert terms.current()["treatment"].text("en").startswith("I agree to an assessment")
    assert terms.current()["treatment"].version == ""


def test_new_client_is_asked_and_signs_the_wording_in_force(response, fill, ann, owner, client_ann, moment):
    publish(owner, moment)
    page = ann.get(reverse("intake:readback")).content.decode()
    fill(response)
    kept = consents_in_force(client_ann)["treatment"]
    assert (kept.wording, kept.wording_version) == ("I agree to be treated.", "treatment|1")
    assert "I agree to be treated." in page
    assert consents_in_force(client_ann)["scope"].wording_version == shipped(response)


def test_wording_is_signed_in_the_language_it_was_read_in(response, fill, owner, client_ann, moment):
    from django.utils import translation

    publish(owner, moment)
    with translation.override("es"):
        fill(response)
    assert consents_in_force(client_ann)["treatment"].wording == "Acepto el tratamiento."


def test_an_agreement_may_be_left_out_when_the_owner_says_so(response, owner, moment):
    assert "consent.cancellation" in responses.problems_of(response, {}, today=moment.date())
    publish(owner, moment, kind="cancellation", requirement="optional")
    assert "consent.cancellation" not in responses.problems_of(response, {}, today=moment.date())


def test_old_wordings_stay_and_two_owners_do_not_overwrite_each_other(owner, moment):
    first = publish(owner, moment)
    with pytest.raises(Overtaken):
        publish(owner, moment, seen=0)
    with pytest.raises(DatabaseError), transaction.atomic():
        AgreementTerms.objects.filter(pk=first.pk).update(text_en="Something else")
    assert publish(owner, moment).number == 2


def test_a_wording_that_changed_while_the_page_was_open_is_shown_again(response, ann, owner, moment):
    from intake.tests.conftest import HEALTHY

    responses.save(response=response, changes=HEALTHY, by=audit.ClientActor(response.client, via="test"), now=moment)
    seen = agreements.mark()
    publish(owner, moment)
    answer = ann.post(reverse("intake:readback"), {"wording": seen})
    assert answer.status_code == 409 and "Please read them again" in answer.content.decode()
    response.refresh_from_db()
    assert response.status == "in-progress"


def test_no_to_what_must_be_agreed_is_met_calmly_and_can_be_sent(response, ann, fill, client_ann, moment):
    from intake.tests.conftest import HEALTHY

    by = audit.ClientActor(response.client, via="test")
    responses.save(response=response, changes=HEALTHY | {"consent.treatment": False}, by=by, now=moment)
    page = ann.get(reverse("intake:readback")).content.decode()
    assert "You said no to this" in page and "you can send the form" in page
    assert ann.post(reverse("intake:readback")).status_code == 303
    stands = standing(client_ann, now=moment)
    assert "CO-NONE" in [flag.rule_id for flag in stands.flags] and not stands.may_start
    assert not stands.treatment_agreed


# --- given and taken back ---------------------------------------------------------------------------------------------


def test_taking_treatment_back_keeps_sessions_from_starting_until_given_again(done, client_ann, desk, moment):
    assert standing(client_ann, now=moment).may_start
    row = say(client_ann, "treatment", False, desk, moment, reason=REASON)
    stands = standing(client_ann, now=moment)
    assert not stands.treatment_agreed and not stands.may_start
    assert [flag.rule_id for flag in stands.blocking] == ["CO-NONE"]
    assert AuditEvent.objects.filter(action="consent.reason", subject_id=str(row.public_id), reason=REASON).exists()
    say(client_ann, "treatment", True, desk, moment)
    assert standing(client_ann, now=moment).treatment_agreed
    flag = Flag.objects.get(client=client_ann, rule_id="CO-NONE")
    assert flag.state == "open" and flag.not_repeated_at is not None


def test_taken_back_a_second_time_is_flagged_again(done, client_ann, desk, lead, moment):
    from intake.safety import flags

    for granted in (False, True):
        say(client_ann, "treatment", granted, desk, moment)
    first = Flag.objects.get(client=client_ann, rule_id="CO-NONE")
    flags.close_answered_anew(flag=first, by=lead, reason="She agreed again today", now=moment)
    assert standing(client_ann, now=moment).may_start
    say(client_ann, "treatment", False, desk, moment)
    assert [flag.state for flag in standing(client_ann, now=moment).flags] == ["open"]


def test_the_same_word_again_changes_nothing(done, client_ann, desk, moment):
    first = say(client_ann, "contact_doctor", False, desk, moment)
    assert say(client_ann, "contact_doctor", False, desk, moment) == first
    assert Consent.objects.filter(client=client_ann, kind="contact_doctor").count() == 2


def test_each_area_has_its_own_yes_no_and_day(done, client_ann, therapist, moment):
    assert "POST-BUTTOCK-R" not in standing(client_ann, now=moment).unagreed_regions
    later = moment + timedelta(days=1)
    say(client_ann, "area_groin", True, therapist, later)
    say(client_ann, "area_buttocks", False, therapist, later)
    kept = consents_in_force(client_ann)
    assert kept["area_groin"].given_at == later and kept["area_abdomen"].given_at == moment
    left_out = standing(client_ann, now=later).unagreed_regions
    assert "POST-BUTTOCK-R" in left_out and "ANT-HIP-GROIN-R" not in left_out


def test_the_desk_records_no_word_about_an_area(done, client_ann, desk, moment):
    with pytest.raises(consents.MayNotSay):
        say(client_ann, "area_groin", True, desk, moment)
    with pytest.raises(consents.MayNotSay):
        say(client_ann, "nonsense", True, desk, moment)


def test_channels_are_taken_back_like_any_other(done, client_ann, desk, moment):
    say(client_ann, "sms", False, desk, moment)
    assert not may_message(client_ann, "sms") and may_message(client_ann, "email")


# --- due --------------------------------------------------------------------------------------------------------------


def due(client, now):
    return {one.kind: one.why for one in standing(client, now=now).agreements_due}


def test_treatment_is_asked_again_after_a_year(done, client_ann, moment):
    assert due(client_ann, moment + timedelta(days=365)) == {}
    later = moment + timedelta(days=366)
    assert due(client_ann, later) == {"treatment": "Given more than a year ago"}
    assert not standing(client_ann, now=later).treatment_agreed


def test_each_session_means_the_day(done, client_ann, owner, moment):
    publish(owner, moment, kind="areas", requirement="may", frequency="session")
    assert due(client_ann, moment) == {}
    tomorrow = moment + timedelta(days=1)
    assert due(client_ann, tomorrow) == {"area_buttocks": "Asked at each session"}
    assert "POST-BUTTOCK-R" in standing(client_ann, now=tomorrow).unagreed_regions


def test_a_wording_to_be_signed_again_is_due_at_once(done, client_ann, owner, desk, moment):
    publish(owner, moment, kind="draping")
    assert due(client_ann, moment) == {}
    publish(owner, moment, kind="draping", sign_again=True)
    assert due(client_ann, moment) == {"draping": "The wording has changed"}
    say(client_ann, "draping", True, desk, moment)
    assert due(client_ann, moment) == {} and consents_in_force(client_ann)["draping"].wording_version == "draping|2"


# --- pages ------------------------------------------------------------------------------------------------------------


def page(browser, name, *args):
    answer = browser.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_therapist_reads_words_version_day_and_origin(done, as_user, therapist, client_ann):
    text = page(as_user(therapist), "intake:consent_list", client_ann.public_id)
    for words in (
        "I agree to an assessment",
        "signed <bdi>Ann Archer</bdi>",
        f"wording {done.version.version}",
        "Groin crease",
    ):
        assert words in text


def test_desk_reads_of_no_area(done, as_user, desk, client_ann):
    for name in ("intake:consent_list", "clinic:client_detail"):
        text = page(as_user(desk), name, client_ann.public_id)
        assert "Assessment and treatment" in text
        for area in ("Groin", "Buttocks", "Belly", "Breast"):
            assert area not in text, (name, area)


def test_a_no_says_what_follows_and_wants_the_clients_words(done, as_user, desk, client_ann):
    url = reverse("intake:consent_say", args=[client_ann.public_id, "treatment", "no"])
    browser = as_user(desk)
    assert "We do not treat until you agree again." in browser.get(url).content.decode()
    empty = browser.post(url, {"reason": " "})
    assert empty.status_code == 422 and "what the client said" in empty.content.decode()
    assert browser.post(url, {"reason": REASON}).status_code == 302
    assert not consents_in_force(client_ann)["treatment"].granted


@pytest.mark.parametrize("tail", ["nonsense/yes", "treatment/maybe", "areas/yes"])
def test_unknown_agreements_are_404(done, as_user, desk, client_ann, tail):
    base = reverse("intake:consent_list", args=[client_ann.public_id])
    assert as_user(desk).get(f"{base}{tail}/").status_code == 404


def test_owner_publishes_and_sees_who_signed_which(done, as_user, owner, moment):
    browser, url = as_user(owner), reverse("intake:agreement_edit", args=["treatment"])
    assert "I agree to an assessment" in browser.get(url).content.decode()
    data = {"requirement": "must", "frequency": "yearly", "seen": "0"} | NEW
    broken = browser.post(url, data | {"text_es": ""})
    assert broken.status_code == 422 and "Shorter" in broken.content.decode()
    assert browser.post(url, data).status_code == 302
    text = page(browser, "intake:agreement_list")
    assert "I agree to be treated." in text and f"1 signed {done.version.version}" in text
    stale = browser.post(url, data | {"change_note": "Mine"})
    assert stale.status_code == 422 and "newer wording" in stale.content.decode() and "Mine" in stale.content.decode()


def test_a_long_history_costs_no_more(
    done, as_user, therapist, desk, client_ann, moment, django_assert_max_num_queries
):
    for turn in range(6):
        say(client_ann, "contact_doctor", bool(turn % 2), desk, moment + timedelta(minutes=turn))
    browser = as_user(therapist)
    with django_assert_max_num_queries(17):  # on PostgreSQL one is the trail's lock
        page(browser, "intake:consent_list", client_ann.public_id)


def test_the_desks_light_says_that_agreements_are_due_and_not_which(done, client_ann, owner, moment):
    from intake.inviting.readiness import readiness

    assert readiness([client_ann], now=moment)[client_ann.pk].state == "done"
    publish(owner, moment, kind="draping", sign_again=True)
    light = readiness([client_ann], now=moment)[client_ann.pk]
    assert light.state == "done_due" and "raping" not in light.label

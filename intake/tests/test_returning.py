"""Coming back: last answers part by part, one tap when they are still right, a complete new form at the end."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.clients import update
from intake import questionnaires, responses
from intake.access import TABLET, actor_of
from intake.engine.specs import parse
from intake.inviting import invitations
from intake.models import Response
from intake.tests.conftest import HEALTHY, HISTORY_DOCUMENT, agree, come_in, posted

CODES = [option.code for option in parse(HISTORY_DOCUMENT).index["heart.bp"].options]
SURGERY = {"surgery.recent": "yes", "surgery.detail": "Knee, in spring"}


@pytest.fixture
def first(response, moment):
    """Ann's form of 100 days ago, with a mark on the body."""
    ago = moment - timedelta(days=100)
    by = actor_of(response.invitation)
    answers = HEALTHY | SURGERY | {"consent.signed_on": "2026-08-01"}
    responses.save(response=response, changes=answers, by=by, now=ago)
    return responses.submit(response=response, by=by, now=ago)


@pytest.fixture
def link(first, client_ann, desk, moment):
    return invitations.invite(client=client_ann, by=desk, now=moment)


@pytest.fixture
def back(link):
    return come_in(link)


def current():
    return Response.objects.get(status="in-progress")


def at(browser):
    """Where the form goes on."""
    return browser.get(reverse("intake:resume"))["Location"]


def again(group):
    return reverse("intake:again", args=[group])


def screen(group):
    return reverse("intake:screen", args=[group])


def walk(browser, change=None):
    """Say yes wherever that is possible, answer what is asked anew; returns (taps on yes, screens typed)."""
    yes, typed = [], []
    for _ in range(40):
        to = at(browser)
        if to == reverse("intake:readback"):
            return yes, typed
        group = to.rstrip("/").rsplit("/", 1)[1]
        if to == again(group) and not (change and group == change[0]):
            got = browser.post(to, {"action": "still"})
            yes.append(group)
            if got["Location"] == reverse("intake:resume"):
                continue
        elif to == again(group):
            assert browser.post(to, {"action": "change"})["Location"] == screen(group)
        spec = questionnaires.spec_of(questionnaires.current())
        answers = responses.answers_of(current())
        wanted = HEALTHY | {"consent.signed_on": "2026-11-24"} | answers | (change[1] if change else {})
        here = {item.link_id: wanted[item.link_id] for item in spec.group(group).walk() if item.link_id in wanted}
        got = browser.post(screen(group), posted(here) | {"action": "next"})
        assert got.status_code == 303, got.content.decode()
        typed.append(group)
    raise AssertionError("the form has no end")


def test_the_first_time_there_is_nothing_to_confirm(ann):
    assert at(ann) == screen("about")


def test_nothing_of_last_time_stands_in_the_new_form_before_it_is_confirmed(back, first):
    assert current().based_on == first
    assert "reason.goal" not in responses.answers_of(current())
    assert at(back) == again("about")
    page = back.get(again("reason")).content.decode()
    assert HEALTHY["reason.goal"] in page
    assert "reason.goal" not in responses.answers_of(current())


def test_one_tap_confirms_a_part_and_keeps_that_it_was_only_confirmed(back):
    assert back.post(again("heart"), {"action": "still"})["Location"] == reverse("intake:resume")
    now = current()
    assert responses.answers_of(now)["heart.bp"] == HEALTHY["heart.bp"]
    assert "heart.bp" in now.confirmed and "heart" in now.screens_done


def test_answers_that_are_too_old_are_asked_anew_and_not_shown(back):
    page = back.get(again("surgery")).content.decode()
    assert "Knee, in spring" not in page
    assert "we ask you this again" in page
    answer = back.post(again("surgery"), {"action": "still"})
    assert answer["Location"] == screen("surgery")
    kept = responses.answers_of(current())
    assert "surgery.recent" not in kept and kept["bones.fracture"] == HEALTHY["bones.fracture"]


@pytest.mark.parametrize("group", ["today", "consent"])
def test_how_you_are_now_and_what_is_signed_is_never_taken_over(back, group):
    assert back.get(again(group))["Location"] == reverse("intake:resume")
    assert back.post(again(group), {"action": "still"})["Location"] == reverse("intake:resume")
    assert not any(name.startswith(f"{group}.") for name in responses.answers_of(current()))


def test_the_whole_way_with_nothing_new_is_a_complete_new_form(back, first, client_ann):
    yes, typed = walk(back)
    assert {"about", "heart", "health", "comfort"} <= set(yes)
    assert {"today", "consent", "rf.back"} <= set(typed)
    assert back.post(reverse("intake:readback")).status_code == 303
    new = responses.latest_completed(client_ann)
    assert (new.based_on, new.document["status"]) == (first, "completed")
    assert set(responses.answers_of(new)) >= set(responses.answers_of(first)) - {"surgery.detail"}
    assert "heart.bp" in new.confirmed and "today.fever" not in new.confirmed
    assert new.pk != first.pk and first.document == Response.objects.get(pk=first.pk).document


def test_only_what_changed_is_typed_and_it_is_no_longer_confirmed(back, client_ann):
    walk(back, ("comfort", {"comfort.pressure": "p2"}))
    back.post(reverse("intake:readback"))
    new = responses.latest_completed(client_ann)
    assert responses.answers_of(new)["comfort.pressure"] == "p2"
    assert "comfort.pressure" not in new.confirmed


def test_a_confirmed_answer_that_is_changed_later_counts_as_changed(back):
    back.post(again("heart"), {"action": "still"})
    here = {name: value for name, value in HEALTHY.items() if name.startswith("heart.")} | {
        "heart.bp": "high_controlled"
    }
    back.post(screen("heart"), posted(here) | {"action": "next"})
    assert "heart.bp" not in current().confirmed and "heart.clot" in current().confirmed


def test_parts_that_were_skipped_keep_the_form_from_being_sent(back):
    assert back.post(reverse("intake:readback")).status_code == 422
    assert current().submitted_at is None


def test_marks_on_the_body_come_along_with_the_yes(back, first, moment):
    from conditions.regions import regions

    first.marks.create(region=next(iter(regions())), symptom="pain", intensity=4, marked_at=moment)
    assert "4 of 10" in back.get(again("reason")).content.decode()
    assert not current().marks.exists()
    back.post(again("reason"), {"action": "still"})
    assert current().marks.get().intensity == 4
    assert at(back).startswith("/intake/")


def test_after_a_change_of_address_nothing_of_last_time_is_shown(first, client_ann, desk, moment):
    update(client=client_ann, changes={"mobile": "+15550100999"}, by=desk, now=moment)
    browser = come_in(invitations.invite(client=client_ann, by=desk, now=moment))
    assert current().based_on is None
    assert at(browser) == screen("about")
    assert browser.get(again("reason"))["Location"] == reverse("intake:resume")


def opened_here(client, how, by, moment):
    link = invitations.open_here(client=client, how=how, lasts=timedelta(hours=1), by=by, now=moment)
    return responses.start(invitation=link, now=moment)


def test_on_the_tablet_it_is_shown_all_the_same_for_the_therapist_knows_who_holds_it(
    first, client_ann, desk, therapist, moment
):
    update(client=client_ann, changes={"mobile": "+15550100999"}, by=desk, now=moment)
    assert opened_here(client_ann, TABLET, therapist, moment).based_on == first


@pytest.mark.parametrize("how", [TABLET, invitations.SHOWN])
def test_the_desk_opens_no_form_that_shows_what_the_desk_may_not_read(first, client_ann, desk, owner, moment, how):
    assert opened_here(client_ann, how, desk, moment).based_on is None
    assert opened_here(client_ann, how, owner, moment).based_on is None


def test_a_therapist_of_others_opens_none_either(first, client_ann, therapist, clinic_settings, moment):
    clinic_settings.own_clients_only = True
    clinic_settings.save()
    assert opened_here(client_ann, TABLET, therapist, moment).based_on is None


def test_a_form_begun_at_home_goes_on_at_the_desk_without_what_was_sent(back, first, client_ann, desk, moment):
    assert current().based_on == first
    assert opened_here(client_ann, TABLET, desk, moment) == current()
    assert current().based_on is None


@pytest.mark.parametrize("group", ["nope", "rf.jaw", "%00", "a" * 300])
def test_parts_that_are_not_asked_lead_back(back, group):
    assert back.get(again(group)).status_code in (303, 404)


def test_without_a_pass_nothing_is_shown(client, link):
    assert client.get(again("reason"))["Location"] == reverse("intake:verify")


def test_a_page_of_another_client_is_refused(back, client_ben, desk, moment):
    whose = current().public_id
    agree(client_ben, desk, moment)
    come_in(invitations.invite(client=client_ben, by=desk, now=moment), back)
    assert back.post(again("heart"), {"action": "still", "whose": whose}).status_code == 409


def test_after_sending_nothing_can_be_confirmed(back):
    walk(back)
    back.post(reverse("intake:readback"))
    assert back.post(again("heart"), {"action": "still"})["Location"] == reverse("intake:resume")


def test_a_question_that_changed_since_is_asked_anew(back, first):
    base = Response.objects.get(pk=first.pk)
    for part in base.document["item"]:
        if part["linkId"] == "comfort":
            for item in part["item"]:
                if item["linkId"] == "comfort.pressure":
                    item["answer"] = [{"valueCoding": {"code": "no_longer_offered"}}]
    Response.objects.filter(pk=first.pk).update(document=base.document)
    back.post(again("comfort"), {"action": "still"})
    assert "comfort.pressure" not in responses.answers_of(current())


def test_pages_cost_the_same_however_much_was_answered(back, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        back.get(again("about"))

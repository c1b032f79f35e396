"""Pages of plans and of the chart."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.models import ClinicSettings
from treatments import plans
from treatments.forms.plan import PlanForm
from treatments.models import Plan, Session
from treatments.tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def ann(client_ann, now):
    world.ready(client_ann, now)
    return client_ann


@pytest.fixture
def draft(ann, therapist, now):
    return plans.propose(client=ann, condition=world.catalogue(), by=therapist, now=now)


@pytest.fixture
def tab(as_user, therapist):
    return as_user(therapist)


def to(plan, verb="detail"):
    return reverse(f"treatments:plan_{verb}", args=[plan.public_id])


def adjusted(plan, **changes):
    values = {
        name: value for name, value in PlanForm.initial_of(plan).items() if value is not None and value is not False
    }
    goals = {"goals-TOTAL_FORMS": "1", "goals-INITIAL_FORMS": "0", "goals-0-measure": "nprs", "goals-0-target": "3"}
    return values | goals | changes


def test_condition_the_client_named_comes_first(tab, ann):
    world.catalogue()
    page = tab.get(reverse("treatments:plan_propose", args=[ann.public_id]))
    assert page.context["offers"][0]["condition"].slug == "neck-pain"
    assert "Named by the client" in page.content.decode()


def test_propose_twice_leads_to_the_one_draft(tab, ann):
    world.catalogue()
    url, data = reverse("treatments:plan_propose", args=[ann.public_id]), {"condition": "tmj", "variant": "tmj"}
    first, second = tab.post(url, data), tab.post(url, data)
    assert first.headers["Location"] == second.headers["Location"] == to(Plan.objects.get())


@pytest.mark.parametrize("data", [{}, {"condition": "no-such"}, {"condition": "tmj\0"}])
def test_propose_for_nothing_is_refused(tab, ann, data):
    world.catalogue()
    assert tab.post(reverse("treatments:plan_propose", args=[ann.public_id]), data).status_code == 422


def test_start_says_how_many_flags_and_where(tab, draft, ann, now):
    world.flag(ann, now, flag_class="clearance")
    answer = tab.post(to(draft, "start"), {"precondition_met": "1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "1 open flag stands in the way" in page
    assert reverse("intake:review_list") in page


def test_start_after_the_precondition(tab, draft):
    assert tab.post(to(draft, "start"), {}).status_code == 422
    assert tab.post(to(draft, "start"), {"precondition_met": "1"}).status_code == 302
    assert Plan.objects.get().state == "active"


def test_edit_saves_plan_and_goals(tab, draft):
    answer = tab.post(to(draft, "edit"), adjusted(draft, sessions="6", max_sessions="9", reassess_after="3, 6"))
    assert answer.status_code == 302, (answer.context["form"].errors, answer.context["goals"].errors)
    draft.refresh_from_db()
    assert answer.status_code == 302
    assert (draft.sessions, draft.reassess_after, draft.goals.get().target) == (6, [3, 6], 3)
    page = tab.get(to(draft)).content.decode()
    assert "Against the catalogue" in page
    assert "4, 8" in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sessions": "0"}, "greater than or equal to 1"),
        ({"max_sessions": "2"}, "fewer than the sessions planned"),
        ({"pressure_min": "4", "pressure_max": "2"}, "below the lightest"),
        ({"pressure_max": "9"}, "Select a valid choice"),
        ({"reassess_after": "soon"}, "Write the numbers of sessions"),
        ({"title": ""}, "This field is required"),
        ({"title": "x" * 161}, "at most 160 characters"),
        ({"note": "a\0b"}, "Null characters are not allowed"),
        ({"goals-0-target": "11"}, "goes from 0 to 10"),
        ({"avoid_regions": ["POST-NECK-R"]}, "Worked on and left alone at once"),
    ],
)
def test_edit_with_bad_input_says_so_and_keeps_nothing(tab, draft, change, words):
    answer = tab.post(to(draft, "edit"), adjusted(draft, **change))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    draft.refresh_from_db()
    assert draft.revision == 0


def test_edit_from_a_stale_tab_keeps_what_was_typed(tab, draft):
    tab.post(to(draft, "edit"), adjusted(draft, sessions="6"))
    answer = tab.post(to(draft, "edit"), adjusted(draft, sessions="5"))
    assert answer.status_code == 409
    assert answer.context["form"]["sessions"].value() == "5"
    assert Plan.objects.get().sessions == 6
    tab.post(to(draft, "edit"), adjusted(draft, sessions="5", revision="1"))
    assert Plan.objects.get().sessions == 5


def test_edit_past_a_limit_asks_for_a_reason(tab, draft, ann, now):
    world.flag(ann, now, pressure_max=2, pressure_scope="all")
    data = adjusted(draft)
    assert "above 2" in tab.post(to(draft, "edit"), data).content.decode()
    assert tab.post(to(draft, "edit"), data | {"reason": "Physician agreed"}).status_code == 302
    assert "Physician agreed" in tab.get(to(draft)).content.decode()


def test_forged_fields_of_a_plan_are_ignored(tab, draft, owner):
    tab.post(to(draft, "edit"), adjusted(draft, state="completed", therapist=str(owner.pk), client="1"))
    kept = Plan.objects.get()
    assert (kept.state, kept.therapist, kept.client) == ("draft", draft.therapist, draft.client)


def test_end_names_the_sessions_still_booked(tab, ann, therapist, now):
    plan = world.running_plan(ann, therapist, now)
    world.booked(ann, therapist, now + timedelta(hours=2), plan=plan)
    answer = tab.post(to(plan, "end"), {"state": "completed"})
    assert answer.status_code == 422
    assert "1 session is still booked" in answer.content.decode()
    tab.post(to(plan, "end"), {"state": "completed", "cancel_booked": "on"})
    assert (Plan.objects.get().state, Session.objects.get().state) == ("completed", "cancelled")


def test_stop_without_a_reason_is_refused(tab, ann, therapist, now):
    plan = world.running_plan(ann, therapist, now)
    assert tab.post(to(plan, "end"), {"state": "stopped"}).status_code == 422
    assert Plan.objects.get().state == "active"


def test_hold_and_resume(tab, ann, therapist, now):
    plan = world.running_plan(ann, therapist, now)
    assert tab.post(to(plan, "hold"), {"reason": ""}).status_code == 422
    tab.post(to(plan, "hold"), {"reason": "Holiday"})
    assert "Holiday" in tab.get(to(plan)).content.decode()
    tab.post(to(plan, "resume"))
    assert Plan.objects.get().state == "active"


def test_chart_shows_the_whole_story(tab, ann, therapist, now):
    plan = world.running_plan(ann, therapist, now)
    world.signed(ann, therapist, now - timedelta(days=3), plan=plan)
    world.flag(ann, now, title="Blood thinner", pressure_max=2, pressure_scope="all")
    page = tab.get(reverse("treatments:chart", args=[ann.public_id])).content.decode()
    for words in ("Blood thinner", "2 of 5", "Neck pain", "of 8 held", "Tone lower.", "Petrissage 3", "<svg"):
        assert words in page


def test_chart_of_a_colleagues_client_is_closed_when_narrowed(as_user, ann, therapist, other_therapist, now):
    world.booked(ann, therapist, now)
    ClinicSettings.objects.update(own_clients_only=True)
    url = reverse("treatments:chart", args=[ann.public_id])
    assert as_user(other_therapist).get(url).status_code == 403
    assert as_user(therapist).get(url).status_code == 200


def test_booking_page_offers_free_times_and_refuses_taken_ones(tab, ann, client_ben, therapist, now):
    world.booked(client_ben, therapist, now + timedelta(hours=2))
    url = reverse("treatments:session_book", args=[ann.public_id])
    page = tab.get(url, {"therapist": str(therapist.public_id), "day": "2026-11-23", "minutes": "60"})
    times = [hour for _, hours in page.context["free"] for hour in hours]
    assert ("11:00" in times, "12:00" in times) == (False, True)
    data = {"therapist": str(therapist.public_id), "day": "2026-11-23", "minutes": "60", "slot": "11:30"}
    answer = tab.post(url, data)
    assert answer.status_code == 422
    assert "another session at that time: 11:00 to 12:00" in answer.content.decode()
    assert tab.post(url, data | {"slot": "12:00"}).status_code == 302


@pytest.mark.parametrize(
    "change",
    [
        {"day": "2026-11-20"},
        {"day": "9999-12-31"},
        {"day": "x"},
        {"slot": "99:99"},
        {"minutes": "-5"},
        {"therapist": "1"},
    ],
)
def test_booking_with_bad_input_books_nothing(tab, ann, therapist, change):
    data = {"therapist": str(therapist.public_id), "day": "2026-11-24", "minutes": "60", "slot": "12:00"} | change
    assert tab.post(reverse("treatments:session_book", args=[ann.public_id]), data).status_code == 422
    assert not Session.objects.exists()


def test_slot_finds_its_client_without_the_name_in_the_address(as_user, desk, ann, therapist):
    url = reverse("treatments:book_slot", args=[therapist.public_id, "2026-11-24"]) + "?time=10:00"
    page = as_user(desk).post(url, {"q": "archer"}).content.decode()
    assert "Ann Archer" in page
    assert f"{reverse('treatments:session_book', args=[ann.public_id])}?therapist={therapist.public_id}" in page


def test_desk_books_on_the_only_plan_without_reading_it(as_user, desk, ann, therapist, now):
    plan = world.running_plan(ann, therapist, now)
    url = reverse("treatments:session_book", args=[ann.public_id])
    assert plan.title not in as_user(desk).get(url).content.decode()
    as_user(desk).post(
        url, {"therapist": str(therapist.public_id), "day": "2026-11-24", "minutes": "60", "slot": "12:00"}
    )
    assert Session.objects.get().plan == plan

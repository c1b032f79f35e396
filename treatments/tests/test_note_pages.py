"""The session's pages: write, keep, read through, sign, add; and everything that may go wrong in between."""

import pytest
from django.urls import reverse

from clinic.models import AuditEvent
from intake import responses
from treatments import sessions
from treatments.models import Addendum, Note
from treatments.tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def session(client_ann, therapist, now):
    world.ready(client_ann, now)
    plan = world.running_plan(client_ann, therapist, now)
    return world.started(client_ann, therapist, now, plan=plan)[0]


@pytest.fixture
def tab(as_user, therapist):
    return as_user(therapist)


def to(session, verb):
    return reverse(f"treatments:session_{verb}", args=[session.public_id])


def form(**changes):
    return {
        "revision": "0", "subjective": "Slept through.", "pain_before": "6", "pain_after": "3", "work": ["petrissage"],
        "pressure-petrissage": "3", "minutes-petrissage": "15", "regions": ["POST-NECK-R"],
    } | changes  # fmt: skip


def note_of(session):
    return Note.objects.get(session=session)


def test_note_opens_beside_plan_flags_and_answers(tab, session, client_ann, now):
    world.flag(client_ann, now, title="Blood thinner", pressure_max=2, pressure_scope="all")
    page = tab.get(to(session, "note")).content.decode()
    for words in ("Blood thinner", "2 of 5", "session 1 of 8", "Swim again", "Petrissage", "Back of neck, right"):
        assert words in page


def test_save_without_scripts_keeps_all_of_it(tab, session):
    answer = tab.post(to(session, "note"), form())
    note = note_of(session)
    assert (answer.status_code, note.subjective, note.pain_before, note.revision) == (302, "Slept through.", 6, 1)
    assert note.work == [{"technique": "petrissage", "pressure": 3, "minutes": 15, "regions": []}]


def test_autosave_answers_with_the_new_revision(tab, session):
    answer = tab.post(to(session, "autosave"), form())
    assert answer.json() == {"revision": 1, "saved": "09:00:00"}
    assert tab.post(to(session, "autosave"), form(revision="1", pain_after="2")).json()["revision"] == 2


BAD = [
    ({"pain_before": "11"}, "Pain goes from 0 to 10."),
    ({"pain_after": "-1"}, "Pain goes from 0 to 10."),
    ({"subjective": "a\0b"}, "Null characters are not allowed."),
    ({"subjective": "x" * 6001}, "at most 6000 characters"),
    ({"work": ["witchcraft"]}, "not in the catalogue"),
    ({"pressure-petrissage": "6"}, "pressure goes from 1 to 5"),
    ({"minutes-petrissage": "181"}, "1 to 180 minutes"),
    ({"minutes-petrissage": "²"}, "1 to 180 minutes"),
    ({"regions": ["POST-WING-R"]}, "no such area"),
]


@pytest.mark.parametrize(("change", "words"), BAD)
def test_bad_input_is_named_and_nothing_is_kept(tab, session, change, words):
    answer = tab.post(to(session, "note"), form(**change))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert note_of(session).revision == 0
    answer = tab.post(to(session, "autosave"), form(**change))
    assert answer.status_code == 422
    assert words in answer.json()["message"]


@pytest.mark.parametrize("revision", ["x", "", "-1", "9" * 40])
def test_forged_revision_keeps_nothing(tab, session, revision):
    assert tab.post(to(session, "note"), form(revision=revision)).status_code in (409, 422)
    assert tab.post(to(session, "autosave"), form(revision=revision)).status_code in (409, 422)
    assert note_of(session).revision == 0


def test_bad_input_stays_in_the_form(tab, session):
    page = tab.post(to(session, "note"), form(**{"minutes-petrissage": "999"}, assessment="Tone <lower>"))
    assert "Tone &lt;lower&gt;" in page.content.decode()
    assert 'value="999"' in page.content.decode()


def test_stale_tab_shows_both_versions_and_loses_neither(tab, session):
    tab.post(to(session, "note"), form())
    answer = tab.post(to(session, "note"), form(subjective="From the other tab"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Slept through." in page
    assert "From the other tab" in page
    assert note_of(session).subjective == "Slept through."
    assert answer.context["form"]["revision"].value() == "1"
    tab.post(to(session, "note"), form(subjective="From the other tab", revision="1"))
    assert note_of(session).subjective == "From the other tab"


def test_stale_autosave_stops_and_says_who_saved(tab, session):
    tab.post(to(session, "autosave"), form())
    answer = tab.post(to(session, "autosave"), form(subjective="Old"))
    assert answer.status_code == 409
    assert answer.json() == {"message": "Saved elsewhere at 09:00 by Thea Therapist.", "conflict": True}


def test_work_past_a_limit_waits_for_its_reason_and_words_do_not(tab, session, client_ann, now):
    world.flag(client_ann, now, block_techniques=["petrissage"])
    answer = tab.post(to(session, "autosave"), form())
    assert (answer.status_code, answer.json()["revision"], answer.json()["limits"]) == (422, 1, True)
    assert (note_of(session).subjective, note_of(session).work) == ("Slept through.", [])
    tab.post(to(session, "autosave"), form(revision="1", reason="Physician agreed"))
    assert [row["reason"] for row in note_of(session).overrides] == ["Physician agreed"]


def test_limit_without_scripts_asks_for_the_reason_beside_its_field(tab, session, client_ann, now):
    world.flag(client_ann, now, pressure_max=2, pressure_scope="all")
    answer = tab.post(to(session, "note"), form())
    assert answer.status_code == 422
    assert "Pressure 3 is above 2" in str(answer.context["form"].errors["reason"])


def test_same_as_last_time_copies_the_work(tab, session, client_ann, therapist, now):
    from datetime import timedelta

    world.signed(client_ann, therapist, now - timedelta(days=7))
    tab.post(to(session, "note"), {"revision": "0", "then": "same"})
    assert note_of(session).work == world.WORK


def test_sign_reads_through_and_locks(tab, session):
    assert tab.post(to(session, "note"), form(then="sign")).headers["Location"] == to(session, "sign")
    page = tab.get(to(session, "sign")).content.decode()
    assert "Slept through." in page
    assert "the plan for next time" in page  # what is not written down
    tab.post(to(session, "sign"), {"revision": "1"})
    assert note_of(session).signed_at is not None
    assert "Signed by Thea Therapist" in tab.get(to(session, "note")).content.decode()


def test_sign_of_a_note_that_changed_meanwhile_is_read_again(tab, session):
    tab.post(to(session, "note"), form())
    answer = tab.post(to(session, "sign"), {"revision": "0"}, follow=True)
    assert "changed after you read it" in answer.content.decode()
    assert note_of(session).signed_at is None


@pytest.mark.parametrize("verb", ["note", "sign"])
def test_signed_note_answers_every_save_with_a_clear_page(tab, session, therapist, now, verb):
    tab.post(to(session, "note"), form())
    sessions.sign(note=note_of(session), by=therapist, now=now)
    answer = tab.post(to(session, verb), form(revision="1"))
    assert answer.status_code == 409
    assert "This note is signed already" in answer.content.decode()
    assert tab.post(to(session, "autosave"), form(revision="1")).json()["locked"] is True


def test_colleague_reads_and_does_not_write(as_user, session, other_therapist):
    tab = as_user(other_therapist)
    assert "only the therapist who held the session" in tab.get(to(session, "note")).content.decode()
    tab.post(to(session, "note"), form())
    assert tab.post(to(session, "autosave"), form()).status_code == 409
    assert tab.get(to(session, "sign")).status_code == 302
    assert note_of(session).revision == 0


def test_addendum_stands_under_the_note(tab, session, therapist, now):
    tab.post(to(session, "note"), form())
    assert tab.post(to(session, "addendum"), {"text": "x", "reason": "y"}).status_code == 302
    assert not Addendum.objects.exists()
    sessions.sign(note=note_of(session), by=therapist, now=now)
    assert tab.post(to(session, "addendum"), {"text": "", "reason": "y"}).status_code == 422
    tab.post(to(session, "addendum"), {"text": "Left, not right.", "reason": "Mixed up"})
    page = tab.get(to(session, "note")).content.decode()
    assert "Left, not right." in page
    assert "Mixed up" in page


def test_before_the_start_the_page_says_what_is_missing(as_user, client_ben, therapist, now):
    session = world.booked(client_ben, therapist, now)
    tab = as_user(therapist)
    page = tab.get(to(session, "note")).content.decode()
    assert "The health history is not complete" in page
    assert "Start the session" not in page
    answer = tab.post(to(session, "start"), follow=True)
    assert "The health history is not complete" in answer.content.decode()
    assert not Note.objects.exists()


def test_pages_of_the_note_are_logged_as_read(tab, session, client_ann):
    tab.get(to(session, "note"))
    assert AuditEvent.objects.filter(action="note.read", client=client_ann).exists()


@pytest.mark.parametrize("verb", ["note", "sign", "autosave", "addendum", "start"])
def test_unknown_session_is_not_found(tab, verb):
    url = reverse(f"treatments:session_{verb}", args=["00000000-0000-4000-8000-000000000000"])
    assert tab.post(url, form()).status_code == 404


def test_narrowed_charts_keep_a_stranger_out_of_autosave(as_user, session, other_therapist):
    from clinic.models import ClinicSettings

    ClinicSettings.objects.update(own_clients_only=True)
    assert as_user(other_therapist).post(to(session, "autosave"), form()).status_code == 403


def test_before_the_start_an_unread_history_is_pointed_at(client_ann, therapist, lead, tab, now):
    form_sent = world.ready(client_ann, now)
    booked = world.booked(client_ann, therapist, now)
    assert "Nobody has reviewed" in tab.get(to(booked, "note")).content.decode()
    responses.review(response=form_sent, note="", by=lead, now=now)
    assert "Nobody has reviewed" not in tab.get(to(booked, "note")).content.decode()

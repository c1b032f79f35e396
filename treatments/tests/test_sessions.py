"""The note: saved, limited, signed, locked, added to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clinic import audit
from clinic.models import AuditEvent, Message
from treatments import sessions
from treatments.models import Addendum, Note, Outcome, Session
from treatments.sessions import NoteContent
from treatments.tests import aftercare_world, world
from treatments.tests.world import WRITTEN

pytestmark = pytest.mark.django_db


@pytest.fixture
def note(client_ann, therapist, now):
    world.ready(client_ann, now)
    return world.started(client_ann, therapist, now)[1]


def save(note, by, now, content=WRITTEN, revision=0, **more):
    return sessions.save_note(note=note, content=content, revision=revision, by=by, now=now, **more)


def test_save_keeps_everything_and_counts(note, therapist, now):
    kept = save(note, therapist, now)
    assert kept.revision == 1
    assert sessions.content_of(Note.objects.get(pk=note.pk)) == WRITTEN


def test_save_of_nothing_new_writes_nothing(note, therapist, now):
    save(note, therapist, now)
    before = AuditEvent.objects.count()
    assert save(note, therapist, now, revision=1).revision == 1
    assert AuditEvent.objects.count() == before


def test_audit_names_fields_and_never_words(note, therapist, now):
    save(note, therapist, now)
    event = AuditEvent.objects.get(action="note.save")
    assert "subjective" in event.fields
    assert "Slept" not in str(event.fields) + event.reason


def test_stale_tab_overwrites_nothing(note, therapist, now):
    save(note, therapist, now)
    with pytest.raises(sessions.StaleNote) as stale:
        save(note, therapist, now, content=NoteContent(subjective="Old tab"))
    assert stale.value.note.subjective == "Slept through."
    assert Note.objects.get(pk=note.pk).subjective == "Slept through."


def test_somebody_elses_note_cannot_be_saved_or_signed(note, other_therapist, therapist, now):
    with pytest.raises(sessions.NotYours):
        save(note, other_therapist, now)
    save(note, therapist, now)
    with pytest.raises(sessions.NotYours):
        sessions.sign(note=note, by=other_therapist, now=now)


def test_colleague_who_held_the_session_writes_its_note(client_ann, therapist, other_therapist, now):
    world.ready(client_ann, now)
    session = world.booked(client_ann, therapist, now)
    from treatments import schedule

    schedule.start(session=session, by=other_therapist, now=now)
    note = sessions.open_note(session=session, by=other_therapist, now=now)
    save(note, other_therapist, now)
    assert sessions.sign(note=note, by=other_therapist, now=now).signed_by == other_therapist


def test_note_of_a_session_that_did_not_start_is_refused(client_ann, therapist, now):
    session = world.booked(client_ann, therapist, now)
    with pytest.raises(sessions.NotStarted):
        sessions.open_note(session=session, by=therapist, now=now)


LIMITS = {
    "pressure": ({"pressure_max": 2, "pressure_scope": "all"}, "Pressure 3 is above 2"),
    "technique": ({"block_techniques": ["petrissage"]}, "Petrissage is ruled out"),
    "region": ({"regions": ["POST-NECK-R"], "regions_effect": "avoid"}, "to be left alone"),
    "region pressure": (
        {"regions": ["POST-NECK-R"], "regions_effect": "pressure_limit", "region_pressure_max": 1},
        "above 1, its limit",
    ),
}


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("flag_class", ["do_not_treat", "clearance", "local", "modify", "info"])
def test_work_past_a_limit_needs_a_reason_that_is_kept(client_ann, therapist, now, limit, flag_class):
    world.ready(client_ann, now)
    _, note = world.started(client_ann, therapist, now)
    rule, words = LIMITS[limit]
    world.flag(client_ann, now, flag_class=flag_class, **rule)
    with pytest.raises(sessions.PastLimits, match=words):
        save(note, therapist, now)
    note.refresh_from_db()
    assert (note.work, note.revision) == ([], 0)
    kept = save(note, therapist, now, reason="Asked for it; physician agreed")
    assert [row["reason"] for row in kept.overrides] == ["Asked for it; physician agreed"]
    assert AuditEvent.objects.filter(action="note.override", client=client_ann).count() == 1


def test_words_are_kept_while_the_work_waits_for_a_reason(note, client_ann, therapist, now):
    world.flag(client_ann, now, block_techniques=["petrissage"])
    kept, over = sessions.autosave(note=note, content=WRITTEN, revision=0, by=therapist, now=now)
    assert [breach.key for breach in over] == ["technique:petrissage"]
    assert (kept.subjective, kept.pain_before, kept.work) == ("Slept through.", 6, [])


def test_flag_raised_after_the_save_stops_the_signature(note, client_ann, therapist, now):
    save(note, therapist, now)
    world.flag(client_ann, now, block_techniques=["petrissage"])
    with pytest.raises(sessions.PastLimits):
        sessions.sign(note=note, by=therapist, now=now)
    assert Session.objects.get(pk=note.session_id).state == "in_session"


def test_sign_locks_completes_measures_and_schedules(client_ann, therapist, now):
    aftercare_world.agree(client_ann, now, "email")
    world.ready(client_ann, now)
    plan = world.running_plan(client_ann, therapist, now)
    note = world.signed(client_ann, therapist, now, plan=plan)
    assert (note.session.state, note.signed_by, len(note.checksum)) == ("done", therapist, 64)
    values = dict(Outcome.objects.filter(session=note.session).values_list("moment", "value"))
    assert values == {"before": 6, "after": 3}
    assert Message.objects.filter(client=client_ann, kind__startswith="aftercare.").exists()


def test_sign_twice_is_refused_and_nothing_is_sent_twice(note, therapist, now):
    save(note, therapist, now)
    sessions.sign(note=note, by=therapist, now=now)
    with pytest.raises(sessions.AlreadySigned):
        sessions.sign(note=note, by=therapist, now=now)
    assert Outcome.objects.count() == 2


def test_sign_what_somebody_changed_meanwhile_is_refused(note, therapist, now):
    save(note, therapist, now)
    with pytest.raises(sessions.StaleNote):
        sessions.sign(note=note, by=therapist, now=now, revision=0)


def test_empty_note_cannot_be_signed(note, therapist, now):
    with pytest.raises(sessions.NothingWritten):
        sessions.sign(note=note, by=therapist, now=now)


def test_signed_note_cannot_be_saved(note, therapist, now):
    save(note, therapist, now)
    sessions.sign(note=note, by=therapist, now=now)
    with pytest.raises(sessions.AlreadySigned):
        save(note, therapist, now, revision=1)


def test_checksum_tells_of_every_word(note, therapist, now):
    save(note, therapist, now)
    signed = sessions.sign(note=note, by=therapist, now=now)
    assert sessions.checksum(Note.objects.get(pk=note.pk)) == signed.checksum
    signed.subjective = "Slept badly."
    assert sessions.checksum(signed) != signed.checksum


def test_end_now_sign_later_sends_aftercare_once(note, client_ann, therapist, now):
    aftercare_world.agree(client_ann, now, "email")
    session = note.session
    sessions.complete(session=session, by=therapist, now=now + timedelta(hours=1))
    sent = Message.objects.count()
    save(note, therapist, now)
    sessions.sign(note=note, by=therapist, now=now + timedelta(hours=3))
    assert (session.state, Message.objects.count()) == ("done", sent)
    assert sent > 0


def test_same_as_last_time_leaves_behind_what_is_ruled_out_now(client_ann, therapist, now):
    world.ready(client_ann, now)
    two = [*world.WORK, {"technique": "effleurage", "pressure": 1, "minutes": 5, "regions": []}]
    world.signed(client_ann, therapist, now - timedelta(days=7), content=replace(WRITTEN, work=two))
    _, note = world.started(client_ann, therapist, now)
    world.flag(client_ann, now, block_techniques=["petrissage"])
    kept = sessions.same_as_last(note=note, content=NoteContent(), revision=0, by=therapist, now=now)
    assert [row["technique"] for row in kept.work] == ["effleurage"]
    assert kept.regions == ["POST-NECK-R"]
    assert kept.subjective == ""


def test_addendum_stands_beside_the_note(note, therapist, other_therapist, now):
    with pytest.raises(sessions.NotSigned):
        sessions.addend(note=note, text="x", reason="y", by=therapist, now=now)
    save(note, therapist, now)
    signed = sessions.sign(note=note, by=therapist, now=now)
    for _ in range(2):
        sessions.addend(note=note, text="Left, not right.", reason="Mixed up", by=other_therapist, now=now)
    assert [each.text for each in Addendum.objects.all()] == ["Left, not right."]
    assert Note.objects.get(pk=note.pk).checksum == signed.checksum


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [({"text": " ", "reason": "x"}, sessions.TextNeeded), ({"text": "x", "reason": " "}, sessions.ReasonNeeded)],
)
def test_addendum_needs_words_and_a_reason(note, therapist, now, facts, refusal):
    save(note, therapist, now)
    sessions.sign(note=note, by=therapist, now=now)
    with pytest.raises(refusal):
        sessions.addend(note=note, by=therapist, now=now, **facts)


def test_broken_audit_signs_nothing(note, client_ann, therapist, now, monkeypatch):
    aftercare_world.agree(client_ann, now, "email")
    save(note, therapist, now)
    monkeypatch.setattr(audit, "_append", lambda events: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        sessions.sign(note=note, by=therapist, now=now)
    note.refresh_from_db()
    assert (note.signed_at, note.session.state) == (None, "in_session")
    assert not Outcome.objects.exists()
    assert not Message.objects.exists()


def test_last_signed_is_the_one_of_the_same_plan(client_ann, therapist, now):
    world.ready(client_ann, now)
    plan = world.running_plan(client_ann, therapist, now)
    of_plan = world.signed(client_ann, therapist, now - timedelta(days=7), plan=plan)
    world.signed(client_ann, therapist, now - timedelta(days=2))
    session, _ = world.started(client_ann, therapist, now, plan=plan)
    assert sessions.last_signed(session) == of_plan


def test_reason_goes_with_the_work_it_was_for(note, client_ann, therapist, now):
    world.flag(client_ann, now, block_techniques=["petrissage"])
    kept = save(note, therapist, now, reason="Physician agreed")
    assert len(kept.overrides) == 1
    assert save(note, therapist, now, content=NoteContent(subjective="x"), revision=1).overrides == []
    with pytest.raises(sessions.PastLimits):
        save(note, therapist, now, revision=2)


def test_two_letters_are_no_reason(note, client_ann, therapist, now):
    world.flag(client_ann, now, block_techniques=["petrissage"])
    with pytest.raises(sessions.PastLimits):
        save(note, therapist, now, reason="ok")

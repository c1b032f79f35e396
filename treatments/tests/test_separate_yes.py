"""Areas that need a separate yes: without one on file, work there needs words in the note, each time."""

from dataclasses import replace

import pytest

from clinic.models import Consent
from conditions.regions import regions
from intake.safety.standing import standing, unagreed
from treatments import sessions
from treatments.chart import limit_words
from treatments.tests import world
from treatments.tests.world import WRITTEN

pytestmark = pytest.mark.django_db

THERE = replace(WRITTEN, regions=["POST-BUTTOCK-R"])


@pytest.fixture
def note(client_ann, therapist, now):
    world.ready(client_ann, now)
    return world.started(client_ann, therapist, now)[1]


def agree(client, now, *areas):
    for code in ("buttocks", "groin", "abdomen"):
        Consent.objects.create(client=client, kind=f"area_{code}", granted=code in areas, source="intake", given_at=now)


def save(note, by, now, **more):
    return sessions.save_note(note=note, content=THERE, revision=0, by=by, now=now, **more)


def test_every_sensitive_region_needs_its_yes():
    assert {code for code, region in regions().items() if region.is_sensitive} <= unagreed(None)
    assert unagreed(["buttocks"]) == {code for code in unagreed([]) if not code.startswith(("POST-BUTT", "POST-SACR"))}
    assert "POST-NECK-R" not in unagreed(None)


@pytest.mark.parametrize("areas", [None, (), ("groin", "abdomen")])
def test_work_without_a_yes_needs_a_reason_that_is_kept(note, client_ann, therapist, now, areas):
    if areas is not None:
        agree(client_ann, now, *areas)
    with pytest.raises(sessions.PastLimits, match="needs a separate yes"):
        save(note, therapist, now)
    kept = save(note, therapist, now, reason="Asked today, she said yes")
    assert [row["limit"] for row in kept.overrides] == ["yes:POST-BUTTOCK-R"]


def test_a_yes_on_file_is_enough(note, client_ann, therapist, now):
    agree(client_ann, now, "buttocks")
    assert save(note, therapist, now).regions == ["POST-BUTTOCK-R"]


def test_a_yes_taken_back_counts_no_more(note, client_ann, therapist, now):
    agree(client_ann, now, "buttocks")
    Consent.objects.filter(kind="area_buttocks").update(superseded_at=now)
    with pytest.raises(sessions.PastLimits):
        save(note, therapist, now)


def test_what_was_said_last_time_is_not_copied(note, client_ann, therapist, now):
    last = save(note, therapist, now, reason="Asked today, she said yes")
    sessions.sign(note=last, by=therapist, now=now)
    assert "Buttock" in str(limit_words(standing(client_ann, now=now)).ask_first)
    later = now.replace(hour=12)
    again = world.started(client_ann, therapist, later)[1]
    copied = sessions.same_as_last(note=again, content=sessions.NoteContent(), revision=0, by=therapist, now=later)
    assert copied.regions == [] and copied.work

import pytest

from clinic import audit
from intake import marks
from intake.marks import UnfitMark, mark, unmark


@pytest.fixture
def put(response, moment):
    def go(region="POST-BACK-LOW-L", symptom="pain", intensity=6):
        by = audit.ClientActor(response.client, via="test")
        mark(response=response, region=region, symptom=symptom, intensity=intensity, by=by, now=moment)

    return go


def test_mark_is_kept_and_reads_as_your_own_left(put, response):
    put()
    assert marks.in_words(list(response.marks.all()))[0].place == "Low back, your left"


def test_marking_again_changes_the_strength(put, response):
    put(intensity=6)
    put(intensity=3)
    assert [row.intensity for row in response.marks.all()] == [3]


@pytest.mark.parametrize(
    ("region", "symptom", "intensity", "words"),
    [
        ("NOWHERE", "pain", 3, "place"),
        ("", "pain", 3, "place"),
        ("POST-BACK-LOW-L", "joy", 3, "feel"),
        ("POST-BACK-LOW-L", "pain", None, "how strong"),
        ("POST-BACK-LOW-L", "pain", 11, "0 to 10"),
        ("POST-BACK-LOW-L", "pain", -1, "0 to 10"),
    ],
)
def test_mark_that_does_not_fit_is_refused(put, response, region, symptom, intensity, words):
    with pytest.raises(UnfitMark, match=words):
        put(region, symptom, intensity)
    assert not response.marks.exists()


def test_stiffness_needs_no_strength(put, response):
    put(symptom="stiffness", intensity=None)
    assert response.marks.get().intensity is None


def test_all_78_regions_can_be_chosen():
    assert sum(len(choices) for _, choices in marks.region_choices()) == 78


def test_unmark_takes_only_ones_own(put, response, client_ben, moment):
    put()
    by = audit.ClientActor(response.client, via="test")
    unmark(response=response, region="POST-BACK-LOW-R", symptom="pain", by=by, now=moment)
    assert response.marks.count() == 1
    unmark(response=response, region="POST-BACK-LOW-L", symptom="pain", by=by, now=moment)
    unmark(response=response, region="POST-BACK-LOW-L", symptom="pain", by=by, now=moment)
    assert response.marks.count() == 0


def test_sent_form_takes_no_marks(put, fill, response):
    fill(response)
    with pytest.raises(UnfitMark, match="sent already"):
        put()

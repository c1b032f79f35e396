"""A draft: one step at a time, undone, worked on by two; and published."""

from datetime import timedelta

import pytest

from clinic.models import AuditEvent
from intake import questionnaires, responses
from intake.authoring import blocks, drafts, outline, releases
from intake.inviting import validity
from intake.models import Questionnaire, QuestionnaireVersion, Response
from intake.tests.test_outline import small

pytestmark = pytest.mark.django_db


@pytest.fixture
def form(owner, moment):
    """A questionnaire of the owner's own, never published."""
    return drafts.create(title="Small", document=small(), by=owner, now=moment)


@pytest.fixture
def step(form, owner, moment):
    """step(edit): one change of the draft, seen as it is now or at an older revision."""

    def go(edit, *, item="", seen=0, by=owner, words="Changed"):
        seen = seen or drafts.draft_of(form).revision
        return drafts.change(questionnaire=form, edit=edit, words=words, seen=seen, by=by, now=moment, item=item)

    return go


@pytest.fixture
def publish(form, owner, moment):
    def go(**changes):
        seen = drafts.draft_of(form).revision
        options = {"note": "First", "again": "nobody", "again_from": None, "rules_accepted": False, "seen": seen}
        return releases.publish(questionnaire=form, by=owner, now=moment, **options | changes)

    return go


def reword(link_id, text):
    def edit(document):
        outline.find(document, link_id).item["text"] = text
        return document

    return edit


def test_beginning_twice_gives_the_same_draft(history, owner, moment):
    form = history.questionnaire
    draft = drafts.begin(questionnaire=form, by=owner, now=moment)
    assert drafts.begin(questionnaire=form, by=owner, now=moment) == draft
    assert draft.document == QuestionnaireVersion.objects.get(pk=history.pk).document
    drafts.discard(questionnaire=form, by=owner, now=moment)
    assert Questionnaire.objects.filter(pk=form.pk).exists()


def test_a_form_that_was_never_published_goes_with_its_draft(form, owner, moment):
    assert drafts.discard(questionnaire=form, by=owner, now=moment)
    assert not Questionnaire.objects.exists()


def test_steps_are_undone_one_by_one(form, step, owner, moment):
    step(reword("a.bp", "One"), words="First")
    step(reword("a.bp", "Two"), words="Second")
    assert drafts.undo(questionnaire=form, by=owner, now=moment) == "Second"
    assert outline.find(drafts.draft_of(form).document, "a.bp").item["text"] == "One"
    assert drafts.undo(questionnaire=form, by=owner, now=moment) == "First"
    assert drafts.undo(questionnaire=form, by=owner, now=moment) == ""
    assert drafts.draft_of(form).document["item"] == small()["item"]


def test_two_people_at_different_items_do_not_stand_in_each_others_way(step, lead):
    step(reword("a.bp", "Mine"), item="a.bp", seen=1)
    draft = step(reword("a.num", "Hers"), item="a.num", seen=1, by=lead)
    texts = [outline.find(draft.document, one).item["text"] for one in ("a.bp", "a.num")]
    assert texts == ["Mine", "Hers"]


def test_two_people_at_the_same_item_are_told(step, lead):
    step(reword("a.bp", "Mine"), item="a.bp", seen=1)
    with pytest.raises(drafts.StaleDraft, match="Olga Owner"):
        step(reword("a.bp", "Hers"), item="a.bp", seen=1, by=lead)


def test_a_step_that_changes_nothing_is_none(form, step):
    assert step(lambda document: document).revision == 1
    assert drafts.last_step(drafts.draft_of(form)) is None


def test_publishing_makes_a_frozen_version_and_ends_the_draft(form, publish):
    version = publish()
    assert (version.version, version.change_note) == ("1.0.0", "First")
    document = QuestionnaireVersion.objects.get(pk=version.pk).document
    assert document["status"] == "active" and document["extension"] == small()["extension"]
    with pytest.raises(drafts.NoDraft):
        drafts.draft_of(form)
    assert AuditEvent.objects.filter(action="questionnaire.publish").count() == 1
    assert questionnaires.current(form.slug) == version


def test_what_is_not_fit_is_named(form, step, publish):
    step(lambda document: outline.add(document, blocks.new("group", "Empty"))[0])
    step(lambda document: outline.put(document, "b", before="a"))  # its condition now waits for a later answer
    with pytest.raises(releases.NotFit) as refused:
        publish()
    assert {one.link_id for one in refused.value.problems} == {"empty", "b.why"}
    assert not form.versions.exists()


def test_a_question_without_words_of_its_own_is_not_published(step, publish):
    step(lambda document: outline.add(document, blocks.new("one", blocks.NEW_QUESTION), to="a")[0])
    with pytest.raises(releases.NotFit) as refused:
        publish()
    assert [one.words for one in refused.value.problems] == ["It has no words of its own yet."]


def test_the_same_again_is_not_a_new_version(form, publish, owner, moment):
    publish()
    drafts.begin(questionnaire=form, by=owner, now=moment)
    with pytest.raises(releases.NothingChanged):
        publish()


def test_somebody_elses_last_change_is_looked_at_first(step, publish):
    step(reword("a.bp", "Two"))
    with pytest.raises(drafts.StaleDraft):
        publish(seen=1)


def test_numbers_count_on(form, publish, owner, moment, step):
    publish()
    for wanted in ("1.1.0", "1.2.0"):
        drafts.begin(questionnaire=form, by=owner, now=moment)
        step(reword("a.bp", wanted))
        assert publish().version == wanted


@pytest.fixture
def history_draft(history, owner, moment):
    """A draft of the health history without the question on blood pressure."""
    form = history.questionnaire
    draft = drafts.begin(questionnaire=form, by=owner, now=moment)
    return drafts.change(
        questionnaire=form, edit=lambda one: outline.remove(one, "heart.bp"), words="x", seen=draft.revision, by=owner,
        now=moment,
    )  # fmt: skip


def publish_history(draft, owner, moment, **more):
    return releases.publish(
        questionnaire=draft.questionnaire, seen=draft.revision, note="No pressure", by=owner, now=moment,
        **{"again": "nobody", "again_from": None, "rules_accepted": False} | more,
    )  # fmt: skip


def test_a_question_that_rules_need_goes_only_when_somebody_says_so(history_draft, owner, moment):
    with pytest.raises(releases.RulesLost):
        publish_history(history_draft, owner, moment)
    assert publish_history(history_draft, owner, moment, rules_accepted=True).change_note == "No pressure"
    kept = AuditEvent.objects.get(action="questionnaire.rules_lost")
    assert "HC-BP-HIGH" in kept.reason


def test_answers_to_the_old_version_stay_as_they_were_asked(response, fill, history_draft, owner, moment):
    fill(response)
    version = publish_history(history_draft, owner, moment, rules_accepted=True)
    kept = Response.objects.select_related("version").get(pk=response.pk)
    assert kept.version != version
    assert questionnaires.spec_of(kept.version).index["heart.bp"].text == "Blood pressure"
    assert responses.answers_of(kept)["heart.bp"] == "normal"
    assert "heart.bp" not in questionnaires.spec_of(questionnaires.current()).index


def test_who_is_asked_again(response, fill, history_draft, owner, moment):
    fill(response)
    Response.objects.filter(pk=response.pk).update(submitted_at=moment - timedelta(days=3))
    form = history_draft.questionnaire
    drafts.change(
        questionnaire=form, edit=reword("heart.clot", "A clot?"), words="x", seen=history_draft.revision, by=owner,
        now=moment,
    )  # fmt: skip
    publish_history(drafts.draft_of(form), owner, moment, rules_accepted=True, again="changed")
    kept = Response.objects.select_related("version__questionnaire").get(pk=response.pk)
    assert validity.stale(kept, now=moment) == {"heart.clot"}
    draft = drafts.begin(questionnaire=form, by=owner, now=moment)
    drafts.change(
        questionnaire=form, edit=reword("heart.clot", "?"), words="x", seen=draft.revision, by=owner, now=moment
    )
    publish_history(drafts.draft_of(form), owner, moment, again="everyone", again_from=moment.date())
    kept = Response.objects.select_related("version__questionnaire").get(pk=response.pk)
    assert validity.expired(kept, now=moment + timedelta(days=1))

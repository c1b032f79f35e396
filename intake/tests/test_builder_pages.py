"""The builder's pages, as a browser without a script uses them."""

import json
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import AuditEvent
from intake import questionnaires
from intake.authoring import drafts, outline
from intake.inviting import invitations
from intake.models import Questionnaire, QuestionnaireVersion, Response
from intake.tests.conftest import agree, come_in
from intake.tests.test_outline import small

pytestmark = pytest.mark.django_db


class Desk:
    """The owner's browser at the draft of one form."""

    def __init__(self, browser, form):
        self.browser, self.form = browser, form

    def url(self, name="draft", **query):
        from urllib.parse import urlencode

        return reverse(f"intake:{name}", args=[self.form.public_id]) + (f"?{urlencode(query)}" if query else "")

    @property
    def document(self):
        return drafts.draft_of(self.form).document

    def item(self, link_id):
        return outline.find(self.document, link_id).item

    def fields(self, link_id):
        """What the page of an item would post if nothing were changed: read from the page itself."""
        form = self.browser.get(self.url(item=link_id)).context["form"]
        posted = {"seen": str(drafts.draft_of(self.form).revision), "item": link_id}
        for bound in form:
            value = bound.value()
            if value not in (None, False, ""):
                posted[bound.html_name] = "on" if value is True else value
        posted["option_code"] = [one.code for one in form.options]
        posted["option_words"] = [one.words for one in form.options]
        posted["option_alone"] = [one.code for one in form.options if one.exclusive]
        for name in ("at", "question", "test", "value"):
            posted[f"cond_{name}"] = [getattr(row, name) for row in form.conditions]
        return posted

    def post(self, link_id="", do="save", **changes):
        posted = self.fields(link_id) if link_id else {"seen": str(drafts.draft_of(self.form).revision)}
        return self.browser.post(self.url(), posted | {"do": do} | changes)

    def newest(self, do="add", link_id="", **changes):
        answer = self.post(link_id, do, **changes)
        assert answer.status_code == 303, answer.context["form"].errors if answer.context else answer
        return answer.headers["Location"].split("item=")[1].split("&")[0]


@pytest.fixture
def desk_of(as_user, owner):
    return lambda form: Desk(as_user(owner), form)


@pytest.fixture
def small_desk(desk_of, owner, moment):
    return desk_of(drafts.create(title="Small", document=small(), by=owner, now=moment))


@pytest.fixture
def history_desk(desk_of, history, owner, moment):
    drafts.begin(questionnaire=history.questionnaire, by=owner, now=moment)
    return desk_of(history.questionnaire)


def test_opening_and_saving_every_item_changes_nothing(history_desk):
    before = history_desk.document
    for place in list(outline.places(before))[::7]:
        answer = history_desk.post(outline.id_of(place.item))
        assert answer.status_code == 303
    assert history_desk.document == before and drafts.draft_of(history_desk.form).revision == 1


def test_a_question_is_added_worded_and_gets_answers(small_desk):
    link_id = small_desk.newest(link_id="a.bp", new_kind="several")
    assert small_desk.item(link_id)["repeats"] and link_id == "a.new_question"
    answer = small_desk.post(
        link_id, **{"item-text": "Which of these?", "item-help": "All that fit", "item-required": "on",
                    "item-more_options": "Cats\nDogs  \n\nNone"},
    )  # fmt: skip
    assert answer.status_code == 303
    link_id = "a.which_of_these"  # the code is made of the first words, and stays
    item = small_desk.item(link_id)
    labels = [one["valueCoding"]["display"] for one in item["answerOption"]]
    assert labels == ["Yes", "No", "Cats", "Dogs", "None"] and item["required"]
    assert item["item"][0]["text"] == "All that fit"
    small_desk.post(link_id, do="option_remove:no")
    small_desk.post(link_id, do="option_up:cats", option_alone=["none"])
    codes = [one["valueCoding"]["code"] for one in small_desk.item(link_id)["answerOption"]]
    assert codes == ["cats", "yes", "dogs", "none"]
    assert "optionExclusive" in json.dumps(small_desk.item(link_id)["answerOption"][3])


def test_a_condition_is_chosen_as_a_sentence(small_desk):
    link_id = small_desk.newest(link_id="b.why", new_kind="yes_no")
    page = small_desk.browser.get(small_desk.url(item=link_id))
    offered = {value for _, rows in page.context["form"].askable for value, _ in rows}
    assert offered == {"a.bp", "a.num", "b.why"}
    row = {"cond_at": [""], "cond_question": ["a.bp"], "cond_test": ["=:high"], "cond_value": [""]}
    small_desk.post(link_id, **row)
    wanted = {"question": "a.bp", "operator": "=", "answerCoding": {"system": "s", "code": "high", "display": "High"}}
    assert small_desk.item(link_id)["enableWhen"] == [wanted]
    two = {"cond_at": ["0", ""], "cond_question": ["a.bp", "a.num"], "cond_test": ["=:high", ">"],
           "cond_value": ["", "3"], "item-behavior": "all"}  # fmt: skip
    small_desk.post(link_id, **two)
    item = small_desk.item(link_id)
    assert len(item["enableWhen"]) == 2 and item["enableBehavior"] == "all"
    shown = small_desk.browser.get(small_desk.url(item=link_id)).content.decode()
    assert "Ask this when “Blood pressure” is “High” and “Number” is more than 3." in shown
    small_desk.post(link_id, cond_at=[], cond_question=[], cond_test=[], cond_value=[])
    assert "enableWhen" not in small_desk.item(link_id) and "enableBehavior" not in small_desk.item(link_id)


@pytest.mark.parametrize(
    "row",
    [
        {"cond_question": ["a.num"], "cond_test": [">"], "cond_value": ["many"]},
        {"cond_question": ["nobody"], "cond_test": ["exists"], "cond_value": [""]},
        {"cond_question": ["a.bp"], "cond_test": ["=:purple"], "cond_value": [""]},
    ],
)
def test_a_condition_that_cannot_be_is_refused_and_what_was_typed_stays(small_desk, row):
    answer = small_desk.post("b.why", cond_at=[""], **row, **{"item-text": "Typed anew"})
    assert answer.status_code == 422
    assert "Typed anew" in answer.content.decode() and "A condition is not complete yet." in answer.content.decode()
    assert small_desk.item("b.why")["text"] == "Why?"


def test_the_answers_of_a_condition_come_for_the_question_chosen(small_desk):
    page = small_desk.browser.get(small_desk.url("draft_condition", item="b.why", cond_question="a.bp", row="3"))
    assert "is “High”" in page.content.decode()


def test_order_copy_move_and_undo(small_desk):
    def order():
        return [outline.id_of(place.item) for place in outline.places(small_desk.document)]

    first = order()
    small_desk.post("a.num", do="up")
    assert order()[1:3] == ["a.num", "a.bp"]
    small_desk.post("a.num", do="to", to_group="b")
    assert order()[-1] == "a.num"
    small_desk.post("a.num", do="copy")
    assert order()[-1] == "a.num_2"
    small_desk.post("a.num", do="drop", dragged="a.num_2", dropped_on="a.bp")
    assert order()[1] == "a.num_2"
    small_desk.post("a.num_2", do="remove")
    for _ in range(5):
        small_desk.browser.post(small_desk.url("draft_undo"))
    assert order() == first


def test_a_question_others_wait_for_is_not_taken_out(small_desk):
    answer = small_desk.post("a.bp", do="remove")
    assert answer.status_code == 422 and "“Why?” is asked only after" in answer.content.decode()


def test_a_second_owner_is_told_and_keeps_what_was_typed(small_desk):
    mine = small_desk.fields("a.bp")
    small_desk.post("a.bp", **{"item-text": "Theirs"})
    answer = small_desk.browser.post(small_desk.url(), mine | {"do": "save", "item-text": "Mine"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Mine" in page and "has changed this in the meantime" in page
    again = mine | {"do": "save", "item-text": "Mine", "seen": str(answer.context["seen"])}
    assert small_desk.browser.post(small_desk.url(), again).status_code == 303
    assert small_desk.item("a.bp")["text"] == "Mine"


def test_the_kind_of_a_published_question_stays(history_desk):
    answer = history_desk.post("heart.bp", **{"item-kind": "date"})
    assert answer.status_code == 422


def test_long_forms_are_searched(history_desk):
    page = history_desk.browser.get(history_desk.url(q="blood"))
    rows = [row.link_id for section in page.context["sections"] for row in section.rows]
    assert "heart.bp" in rows and "about.email" not in rows


def test_the_builder_asks_the_database_no_more_for_a_long_form(history_desk, small_desk):
    def queries(desk, link_id):
        desk.browser.get(desk.url(item=link_id))
        with CaptureQueriesContext(connection) as log:
            desk.browser.get(desk.url(item=link_id))
        return len(log)

    assert queries(history_desk, "heart.bp") <= queries(small_desk, "a.bp") <= 12


def test_the_preview_shows_questions_as_their_conditions_say(small_desk):
    url = small_desk.url("draft_preview", page="b")
    assert "clients do not see this part" in small_desk.browser.get(url).content.decode()
    small_desk.browser.post(small_desk.url("draft_preview", page="a"), {"asked": "a.bp", "a.bp": "high"})
    page = small_desk.browser.get(url)
    assert "clients do not see this part" not in page.content.decode()
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    assert Response.objects.count() == 0


def test_translations_stand_side_by_side(small_desk):
    url = small_desk.url("draft_translate")
    assert small_desk.browser.get(url).context["missing"] == 8
    seen = str(drafts.draft_of(small_desk.form).revision)
    small_desk.browser.post(url, {"seen": seen, "words:text|a.bp": "Tensión"})
    # Another page, opened before that, does not take it out again.
    small_desk.browser.post(url, {"seen": seen, "words:text|a.bp": "", "words:text|a.num": "Número"})
    page = small_desk.browser.get(url)
    assert page.context["missing"] == 6
    spanish = small_desk.browser.get(small_desk.url("draft_preview", language="es"))
    assert "Tensión" in spanish.content.decode()


def test_a_file_goes_in_and_comes_out_as_it_was(as_user, owner, desk_of):
    browser = as_user(owner)
    file = BytesIO(json.dumps(small()).encode())
    file.name = "small.json"
    answer = browser.post(reverse("intake:questionnaire_new"), {"title": "From a file", "start": "file", "file": file})
    assert answer.status_code == 302
    form = Questionnaire.objects.get(title="From a file")
    out = browser.get(reverse("intake:draft_export", args=[form.public_id]))
    assert json.loads(out.content) == small() | {"title": "From a file"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "is not JSON"),
        (b"\xff\xfe", "not text"),
        (b'{"resourceType": "Patient"}', "not a FHIR Questionnaire"),
        (json.dumps(small() | {"item": [{"linkId": "x", "type": "riddle"}]}).encode(), "riddle"),
        (b"", "is not JSON"),
    ],
)
def test_a_broken_file_is_refused_with_where_and_why(as_user, owner, content, why):
    file = BytesIO(content)
    file.name = "x.json"
    answer = as_user(owner).post(
        reverse("intake:questionnaire_new"), {"title": "Kept title", "start": "file", "file": file}
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and why in page and "Kept title" in page
    assert not Questionnaire.objects.exists()


def test_a_copy_begins_as_the_version_it_was_made_from(as_user, owner, history):
    data = {"title": "A copy", "start": "copy", "source": str(history.public_id)}
    as_user(owner).post(reverse("intake:questionnaire_new"), data)
    draft = drafts.draft_of(Questionnaire.objects.get(title="A copy"))
    assert draft.document["item"] == QuestionnaireVersion.objects.get(pk=history.pk).document["item"]
    assert draft.based_on is None


def test_built_published_sent_answered_and_reviewed(as_user, owner, desk, lead, client_ann, moment, desk_of, settings):
    """A form made here, all the way."""
    browser = as_user(owner)
    browser.post(reverse("intake:questionnaire_new"), {"title": "Sleep", "start": "blank"})
    form = Questionnaire.objects.get(title="Sleep")
    work = desk_of(form)
    sleeps = work.newest(link_id="questions", new_kind="one")
    work.post(sleeps, **{"item-text": "How do you sleep?", "item-required": "on", "item-more_options": "Badly"})
    sleeps = "questions.how_do_you_sleep"
    why = work.newest(link_id=sleeps, new_kind="long")
    row = {"cond_at": [""], "cond_question": [sleeps], "cond_test": ["=:badly"], "cond_value": [""]}
    assert work.post(why, **{"item-text": "What keeps you awake?"}, **row).status_code == 303
    why = "questions.what_keeps_you_awake"
    page = browser.get(work.url("draft_publish"))
    assert page.context["release"].problems == []
    answer = browser.post(work.url("draft_publish"), {"note": "First", "seen": page.context["release"].draft.revision})
    assert answer.status_code == 302
    agree(client_ann, desk, moment)
    phone = come_in(invitations.invite(client=client_ann, by=desk, now=moment, slug=form.slug))
    screen = reverse("intake:screen", args=["questions"])
    assert "How do you sleep?" in phone.get(screen).content.decode()
    phone.post(screen, {"asked": [sleeps, why], sleeps: "badly", why: "The neighbours", "action": "next"})
    assert phone.post(reverse("intake:readback")).status_code == 303
    sent = Response.objects.get(version__questionnaire=form)
    assert sent.status == "completed"
    review = as_user(lead).get(reverse("intake:review_detail", args=[sent.public_id])).content.decode()
    assert "What keeps you awake?" in review and "The neighbours" in review
    file = as_user(lead).get(reverse("intake:response_export", args=[sent.public_id]))
    assert json.loads(file.content)["resourceType"] == "QuestionnaireResponse"
    assert AuditEvent.objects.filter(action="response.export", client=client_ann).count() == 1


def test_publishing_says_what_changed_and_wants_a_word(history_desk):
    history_desk.post("heart.bp", do="remove")
    url = history_desk.url("draft_publish")
    page = history_desk.browser.get(url).content.decode()
    assert "Taken out" in page and "HC-BP-HIGH" in page
    seen = str(drafts.draft_of(history_desk.form).revision)
    refused = history_desk.browser.post(url, {"seen": seen, "again": "nobody", "note": ""})
    assert refused.status_code == 422 and "Say in a few words what changed." in refused.content.decode()
    refused = history_desk.browser.post(url, {"seen": seen, "again": "nobody", "note": "Shorter"})
    assert "Safety rules lose what they need" in refused.content.decode()
    history_desk.browser.post(url, {"seen": seen, "again": "nobody", "note": "Shorter", "rules_accepted": "on"})
    assert questionnaires.current().change_note == "Shorter"


def test_who_is_asked_and_how_long_answers_count(as_user, owner, history):
    browser, form = as_user(owner), history.questionnaire
    url = reverse("intake:questionnaire_asking", args=[form.public_id])
    page = browser.get(url)
    assert "health.pregnancy 12 weeks" in page.content.decode() and "draft" in page.content.decode()
    data = {"asked": "everyone", "valid_days": "180", "question_days": "heart.bp: 4 weeks\nsurgery.recent 30"}
    assert browser.post(url, data).status_code == 302
    form.refresh_from_db()
    assert (form.valid_days, form.question_days) == (180, {"heart.bp": 28, "surgery.recent": 30})
    for wrong in ({"question_days": "nobody 3 days"}, {"question_days": "heart.bp soon"}, {"valid_days": "0"},
                  {"asked": "some"}, {"ask_again_from": "31 February"}):  # fmt: skip
        assert browser.post(url, data | wrong).status_code == 422, wrong


def test_a_form_is_put_away_and_taken_up_again(as_user, owner, history):
    browser, url = as_user(owner), reverse("intake:questionnaire_retire", args=[history.questionnaire.public_id])
    browser.post(url)
    assert "Put away (1)" in browser.get(reverse("intake:questionnaire_list")).content.decode()
    browser.post(url)
    assert Questionnaire.objects.get().retired_at is None


def test_lists_cost_the_same_for_one_form_and_for_many(as_user, owner, history, moment):
    browser, url = as_user(owner), reverse("intake:questionnaire_list")

    def queries():
        with CaptureQueriesContext(connection) as log:
            browser.get(url)
        return len(log)

    queries()
    one = queries()
    for number in range(3):
        drafts.create(title=f"Form {number}", document=small(), by=owner, now=moment)
    assert queries() == one

"""A choice whose options are found by typing: the field holds a label, what is kept is the code."""

import pytest
from django.urls import reverse

from clinic import audit
from intake import questionnaires
from intake.engine.screenform import ScreenForm
from intake.engine.specs import parse
from intake.inviting import invitations
from intake.models import Response
from intake.responses import answers_of
from intake.tests.conftest import agree, come_in, steps

EXT = "http://hl7.org/fhir/StructureDefinition/"
PAGE = reverse("intake:screen", args=["page"])


def spanish(words):
    parts = [{"url": "lang", "valueCode": "es"}, {"url": "content", "valueString": words}]
    return {"extension": [{"url": EXT + "translation", "extension": parts}]}


def coding(code, display, words):
    return {"valueCoding": {"system": "urn:x", "code": code, "display": display, "_display": spanish(words)}}


def typed(link_id, kind="choice", options=()):
    control = {"coding": [{"code": "autocomplete"}]}
    return {
        "linkId": link_id, "type": kind, "text": link_id, "answerOption": list(options),
        "extension": [{"url": EXT + "questionnaire-itemControl", "valueCodeableConcept": control}],
    }  # fmt: skip


JOBS = [coding("n", "Nurse", "Enfermera"), coding("c", "Cook", "Cocinera"), coding("t", "Truck driver", "Camionera")]
NAMES = [{"linkId": "name", "type": "string", "text": "Name", "required": True}]
DOCUMENT = {
    "resourceType": "Questionnaire", "status": "active", "version": "1", "title": "Work", "language": "en",
    "item": [{"linkId": "page", "type": "group", "text": "Page", "item": [
        typed("job", options=JOBS), typed("other", "open-choice", JOBS),
        {"linkId": "cook", "type": "string", "text": "What do you cook?", "enableWhen": [
            {"question": "job", "operator": "=", "answerCoding": {"system": "urn:x", "code": "c"}}]},
        {"linkId": "helper", "type": "group", "text": "Helper", "repeats": True, "item": NAMES},
    ]}],
}  # fmt: skip


@pytest.fixture
def browser(client_ann, desk, moment):
    questionnaires.publish(slug="work", document=DOCUMENT, by=audit.SYSTEM, now=moment)
    agree(client_ann, desk, moment)
    return come_in(invitations.invite(client=client_ann, by=desk, now=moment, slug="work"))


def kept():
    return answers_of(Response.objects.select_related("version").get())


@pytest.mark.parametrize("words", ["Truck driver", " truck  DRIVER ", "Camionera", "t"])
def test_label_is_kept_as_its_code_in_either_language(browser, words):
    if words == "Camionera":
        browser.post(PAGE, {"switch_language": "es"})
    data = {"asked": ["job", "other"], "job": words, "other": "Cocinera" if words == "Camionera" else "cook"}
    assert browser.post(PAGE, data | {"action": "back"}).status_code == 303
    assert (kept()["job"], kept()["other"]) == ("t", "c")
    shown = browser.get(PAGE).content.decode()
    assert f'value="{"Camionera" if words == "Camionera" else "Truck driver"}" list=' in shown


def test_words_that_are_no_option_are_refused_and_stay_or_are_kept_as_own_words(browser):
    data = {"asked": ["job", "other"], "job": "Astronaut", "other": "Diver", "action": "next"}
    answer = browser.post(PAGE, data)
    assert answer.status_code == 422 and 'value="Astronaut"' in answer.content.decode()
    assert "job" not in kept() and kept()["other"] == "Diver"
    assert 'value="Diver"' in browser.get(PAGE).content.decode()


def test_condition_on_the_page_looks_for_the_label(browser):
    shown = browser.get(PAGE).content.decode()
    assert "&quot;v&quot;: &quot;Cook&quot;" in shown or '"v": "Cook"' in shown


def test_options_of_one_name_are_offered_as_a_list_to_choose_from(moment):
    twice = [coding("a", "Same", "Igual"), coding("b", "same", "Igual")]
    page = {**DOCUMENT["item"][0], "item": [typed("job", options=twice)]}
    spec = parse({**DOCUMENT, "item": [page]})
    form = ScreenForm(spec, spec.items[0], answers={}, today=moment.date(), country="US")
    assert form.fields["job"].kind == "dropdown"
    assert spec.index["job"].code_meant("Same") == "Same", "which one is meant nobody knows"


def test_finished_screen_has_no_open_question_in_any_instance(browser):
    fields = [["asked", "name"], ["name", "Eva"]]
    assert browser.post(PAGE, {"action": "add:helper"}).status_code == 303
    result = steps(browser, {"screen": "page", "key": "it", "fields": fields, "done": True}).json()["results"]["it"]
    assert set(result["errors"]) == {"name#1"} and not result["kept"]
    assert kept()["name"] == "Eva" and Response.objects.get().screens_done == []

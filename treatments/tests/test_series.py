"""The series as data: what is wrong with a document is said in words; a published version stays as it is."""

import copy

import pytest
from django.db import DatabaseError, transaction

from conditions import loading
from treatments import aftercare, editions, series, wording
from treatments.errors import StaleRecord
from treatments.models import Series, Timeline
from treatments.series import Facts
from treatments.tests import aftercare_world as world

pytestmark = pytest.mark.django_db

DOCUMENT = {"lines": wording.built_in()["lines"], "wordings": {}}


@pytest.fixture
def known(now):
    loading.load(now=now)
    return editions.known()


def changed(line, **facts):
    document = copy.deepcopy(DOCUMENT)
    row = next(row for row in document["lines"] if row["key"] == line)
    row.update(facts)
    return document


def own(**words):
    """The mail after a day in words of the clinic's own."""
    words["en"] = {"subject": "How are you?"} | words["en"]
    return {**changed("h24", email="own_words"), "wordings": {"own_words": words}}


def test_the_built_in_series_has_nothing_wrong(known):
    assert series.problems(DOCUMENT, known) == []


def test_every_built_in_line_names_its_sources():
    from conditions.sources import sources

    for line in series.read(DOCUMENT):
        assert line.sources and not set(line.sources) - set(sources()), line.key


def test_check_ins_come_after_1_3_7_and_14_days():
    asked = [line.minutes / 1440 for line in series.read(DOCUMENT) if line.what == series.What.CHECK_IN]
    assert asked == [1, 3, 7, 14]


@pytest.mark.parametrize(
    ("document", "where", "words"),
    [
        (own(en={"text": "Hello {first_nam}"}), "wordings.own_words.en.text", "{first_nam}"),
        (own(en={"text": "Hello"}, es={"text": "Hola {}"}), "wordings.own_words.es.text", "{}"),
        (own(en={"text": ""}), "wordings.own_words.en.text", "Write the words"),
        (own(en={"subject": "For {first_name}", "text": "x"}), "wordings.own_words.en.subject", "names nobody"),
        (changed("h24", when={"from": "end", "minutes": 91 * 1440}), "lines.h24.when", "At most 90 days"),
        (changed("h24", when={"from": "end", "minutes": -1}), "lines.h24.when", "Say how long"),
        (changed("h24", when={"from": "next", "minutes": 60}), "lines.h24.when", "only they"),
        (changed("h24", email="nowhere"), "lines.h24.email", "no words"),
        (changed("h24", email="", sms=""), "lines.h24.email", "Choose words"),
        (changed("h24", conditions=["gout"]), "lines.h24.conditions", "gout"),
        (changed("h24", techniques=["x"]), "lines.h24.techniques", "x"),
        (changed("h24", areas=["x"]), "lines.h24.areas", "x"),
        (changed("h24", only_if=["sunny"]), "lines.h24.only_if", "sunny"),
        (changed("h24", key="h72"), "lines.h72.key", "same key"),
        (changed("h24", key="Day 1"), "lines.Day 1", "small letters"),
        (changed("same_day", avoid={"alcohol": 100}), "lines.same_day.avoid", "1 to 72"),
        (changed("tip_neck", part_of="nowhere"), "lines.tip_neck.part_of", "no such line"),
        ({"lines": "x"}, "", "not a series"),
    ],
)
def test_what_is_wrong_is_said(known, document, where, words):
    found = series.problems(document, known)
    assert any(each.where == where and words in each.words for each in found), found


@pytest.mark.parametrize(
    ("filters", "facts", "is_for"),
    [
        ({}, Facts(), True),
        ({"conditions": ["tmj"]}, Facts(condition="tmj"), True),
        ({"conditions": ["tmj"]}, Facts(condition="tinnitus"), False),
        ({"techniques": ["intraoral"]}, Facts(techniques=frozenset({"intraoral", "friction"})), True),
        ({"techniques": ["intraoral"]}, Facts(), False),
        ({"areas": ["POST-NECK-R"]}, Facts(areas=frozenset({"POST-NECK-R"})), True),
        ({"conditions": ["tmj"], "areas": ["POST-NECK-R"]}, Facts(condition="tmj"), False),
    ],
)
def test_a_line_is_for_its_condition_techniques_and_areas(filters, facts, is_for):
    assert series.line({"key": "x", "what": "tip", **filters}).is_for(facts) is is_for


def test_a_draft_is_published_and_frozen_and_sessions_keep_theirs(client_ann, therapist, owner, known, now):
    world.agree(client_ann, now, "email")
    before = world.session(client_ann, therapist, now.replace(hour=6))
    aftercare.schedule_for(session=before, by=therapist, now=before.ends_at)
    draft = editions.begin(by=owner, now=now)
    assert editions.begin(by=owner, now=now) == draft
    only = {"lines": [changed("h24")["lines"][3]], "wordings": {}}
    draft = editions.save(row=draft, document=only, revision=0, by=owner, now=now)
    with pytest.raises(StaleRecord):
        editions.save(row=draft, document=DOCUMENT, revision=0, by=owner, now=now)
    assert editions.current().number == 1
    editions.publish(row=draft, revision=1, by=owner, now=now)
    after = world.session(client_ann, therapist, now.replace(hour=7))
    aftercare.schedule_for(session=after, by=therapist, now=after.ends_at)
    assert [each.series.number for each in Timeline.objects.order_by("session__starts_at")] == [1, 2]
    assert [each["key"] for each in Timeline.objects.get(session=after).lines] == ["h24"]
    with pytest.raises(DatabaseError), transaction.atomic():
        Series.objects.filter(number=2).update(document=DOCUMENT)
    with pytest.raises(editions.Published):
        editions.discard(row=Series.objects.get(number=2), by=owner)


def test_what_is_wrong_is_not_published(owner, known, now):
    draft = editions.begin(by=owner, now=now)
    draft = editions.save(row=draft, document=changed("h24", email="nowhere"), revision=0, by=owner, now=now)
    with pytest.raises(editions.Unfit) as unfit:
        editions.publish(row=draft, revision=1, by=owner, now=now)
    assert unfit.value.problems[0].where == "lines.h24.email"
    editions.discard(row=draft, by=owner)
    assert editions.draft() is None

"""Loading the shipped catalogue: nine conditions, again and again, never over the clinic's own words."""

import copy
from io import StringIO

import pytest
from django.core.management import call_command

from conditions import catalogue, loading
from conditions.models import Condition, Revision

pytestmark = pytest.mark.django_db


class Owner:
    name = "Olga Owner"
    public_id = "0b0e3f5e-0000-4000-8000-000000000001"


@pytest.fixture
def loaded(now):
    loading.load(now=now)


def say(**options):
    out = StringIO()
    call_command("load_catalogue", stdout=out, **options)
    return out.getvalue()


def newer(slug, **fields):
    documents = copy.deepcopy(loading.shipped())
    for row in documents:
        if row["slug"] == slug:
            row.update(fields)
    return documents


def by_slug(outcomes, slug):
    return next(outcome for outcome in outcomes if outcome.slug == slug)


def test_first_load_creates_the_nine_with_a_revision_each():
    printed = say()
    assert Condition.objects.count() == Revision.objects.count() == 9
    assert "tinnitus: new" in printed
    assert "9 new, 0 fields updated" in printed


def test_second_load_says_nothing_changed():
    say()
    before = list(Condition.objects.values())
    assert say() == "Catalogue: 9 conditions, nothing changed.\n"
    assert list(Condition.objects.values()) == before
    assert Revision.objects.count() == 9


def test_dry_run_on_an_empty_clinic_writes_nothing():
    assert "Dry run, nothing was written. Would be 9 new" in say(dry_run=True)
    assert not Condition.objects.exists()


def test_newer_document_updates_an_untouched_field_and_shows_was_now(loaded, now):
    outcome = by_slug(loading.load(now=now, documents=newer("tinnitus", short="A sound in the ears")), "tinnitus")
    assert list(outcome.lines()) == [
        "tinnitus.short: updated",
        "  was: Ringing or buzzing in the ears",
        "  now: A sound in the ears",
    ]
    condition = Condition.objects.get(slug="tinnitus")
    assert condition.short == "A sound in the ears"
    assert condition.version == 2
    assert condition.revisions.first().made_by == "Shipped catalogue"


def test_newer_document_never_overwrites_the_clinics_own_words(loaded, now):
    condition = Condition.objects.get(slug="tinnitus")
    catalogue.edit(condition, by=Owner(), now=now, changes={"short": "Our own words"})
    documents = newer("tinnitus", short="A sound in the ears", self_care=["Rest"])
    outcome = by_slug(loading.load(now=now, documents=documents), "tinnitus")
    condition.refresh_from_db()
    assert condition.short == "Our own words"
    assert condition.self_care == ["Rest"]
    assert "tinnitus.short: the clinic's own words stay" in list(outcome.lines())
    assert "  shipped: A sound in the ears" in list(outcome.lines())


def other(value):
    """A different value of the same kind."""
    return (
        {**value, "name": "Ours"}
        if isinstance(value, dict)
        else []
        if isinstance(value, list) and value
        else (
            value + 1
            if isinstance(value, int)
            else [{"code": "M54.2", "display": "Ours"}]
            if value == []
            else f"{value}!"
        )
    )


def test_no_field_of_the_clinics_is_ever_overwritten(loaded, now):
    condition = Condition.objects.get(slug="neck-pain")
    shipped = {name: value for name, value in condition.origin.items() if name != "slug"}
    ours = {name: other(value) for name, value in shipped.items()}
    catalogue.edit(condition, by=Owner(), now=now, changes=ours)
    theirs = {name: other(other(value)) for name, value in shipped.items()}
    outcome = by_slug(loading.load(now=now, documents=newer("neck-pain", **theirs)), "neck-pain")
    condition.refresh_from_db()
    assert {name: getattr(condition, name) for name in shipped} == ours
    assert outcome.updated == []
    assert len(outcome.kept) == sum(theirs[name] not in (ours[name], shipped[name]) for name in shipped)


def test_load_after_a_kept_edit_is_quiet_the_next_time(loaded, now):
    condition = Condition.objects.get(slug="tinnitus")
    catalogue.edit(condition, by=Owner(), now=now, changes={"short": "Our own words"})
    documents = newer("tinnitus", short="A sound in the ears")
    loading.load(now=now, documents=documents)
    assert not any(outcome.changed for outcome in loading.load(now=now, documents=documents))


def test_clinics_edit_alone_changes_nothing_at_the_next_load(loaded, now):
    condition = Condition.objects.get(slug="tmj")
    catalogue.edit(condition, by=Owner(), now=now, changes={"published": False, "synonyms": ["sore jaw"]})
    assert say() == "Catalogue: 9 conditions, nothing changed.\n"
    condition.refresh_from_db()
    assert condition.synonyms == ["sore jaw"]
    assert condition.published is False


def test_words_set_back_to_the_shipped_ones_follow_the_shipped_ones_again(loaded, now):
    condition = Condition.objects.get(slug="tinnitus")
    shipped = condition.short
    catalogue.edit(condition, by=Owner(), now=now, changes={"short": "Our own words"})
    catalogue.edit(condition, by=Owner(), now=now, changes={"short": shipped})
    loading.load(now=now, documents=newer("tinnitus", short="A sound in the ears"))
    condition.refresh_from_db()
    assert condition.short == "A sound in the ears"


def test_dry_run_shows_an_update_and_keeps_the_old_words(loaded, now):
    documents = newer("tinnitus", short="A sound in the ears")
    outcomes = loading.load(now=now, documents=documents, dry_run=True)
    assert by_slug(outcomes, "tinnitus").changed
    assert Condition.objects.get(slug="tinnitus").short == "Ringing or buzzing in the ears"


def test_new_words_from_a_document_are_no_longer_signed_off(loaded, now):
    condition = Condition.objects.get(slug="tinnitus")
    signed = {"therapist_signoff": "T. Therapist", "physician_signoff": "Dr P."}
    catalogue.edit(condition, by=Owner(), now=now, changes=signed)
    loading.load(now=now, documents=newer("tinnitus", short="A sound in the ears"))
    condition.refresh_from_db()
    assert condition.is_draft

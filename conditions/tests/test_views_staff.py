"""The catalogue for staff: all may read it, the owner edits it, nothing typed is lost."""

import re

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from conditions import catalogue, loading
from conditions.models import Condition, Revision
from conditions.tests.filled import filled

pytestmark = pytest.mark.django_db

LIST = "/catalogue/"
DETAIL = "/catalogue/back-pain/"
EDIT = "/catalogue/back-pain/edit/"


@pytest.fixture(autouse=True)
def nine(clinic_settings, now):
    loading.load(now=now)


@pytest.fixture
def back():
    return Condition.objects.get(slug="back-pain")


def words(response):
    return re.sub(r"\s+", " ", strip_tags(response.content.decode()))


@pytest.mark.parametrize("url", [LIST, DETAIL, EDIT])
def test_stranger_is_sent_to_sign_in(client, url):
    response = client.get(url)
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('account_login')}?next={url}"


@pytest.mark.parametrize("url", [LIST, DETAIL])
def test_all_staff_may_read(as_user, desk, therapist, owner, url):
    assert [as_user(user).get(url).status_code for user in (desk, therapist, owner)] == [200, 200, 200]


def test_only_the_owner_may_edit(as_user, desk, therapist, owner, back):
    assert as_user(owner).get(EDIT).status_code == 200
    for user in (desk, therapist):
        assert as_user(user).get(EDIT).status_code == 403
        assert as_user(user).post(EDIT, filled(back, short="Not yours")).status_code == 403
        assert EDIT not in as_user(user).get(DETAIL).content.decode()
    assert not Revision.objects.exclude(changes=[]).exists()


def test_unknown_condition_is_not_found(as_user, owner):
    assert as_user(owner).get("/catalogue/nothing/").status_code == 404
    assert as_user(owner).get("/catalogue/nothing/edit/").status_code == 404


@pytest.mark.parametrize(("url", "method"), [(LIST, "post"), (DETAIL, "post"), (EDIT, "delete")])
def test_wrong_method_is_refused(as_user, owner, url, method):
    assert getattr(as_user(owner), method)(url).status_code == 405


def test_list_finds_by_code_and_shows_why(as_user, desk):
    text = words(as_user(desk).get(LIST, {"q": "M54.2"}))
    assert "1 condition for “M54.2”" in text
    assert "M54.2 Cervicalgia" in text


def test_list_answers_a_live_search_with_rows_only(as_user, desk):
    response = as_user(desk).get(LIST, {"q": "slipped"}, headers={"HX-Request": "true"})
    assert b"<html" not in response.content
    assert "Herniated disc" in words(response)
    assert "HX-Request" in response["Vary"]


def test_list_says_when_nothing_is_found(as_user, desk):
    assert "Nothing found" in words(as_user(desk).get(LIST, {"q": "zzz"}))


def test_list_costs_the_same_for_one_and_nine(as_user, desk, django_assert_max_num_queries):
    browser = as_user(desk)
    browser.get(LIST)
    for _ in range(2):
        with django_assert_max_num_queries(15) as counted:
            browser.get(LIST)
        Condition.objects.exclude(slug="tmj").update(search_words="")
    assert len([query for query in counted.captured_queries if "conditions_condition" in query["sql"]]) == 1


def test_detail_shows_everything_and_that_it_is_a_draft(as_user, desk):
    text = words(as_user(desk).get(DETAIL))
    for expected in (
        "a therapist and a physician of the clinic must sign it off",
        "Longer-standing low back pain: 10 weeks",
        "Acute back pain (under 6 weeks)",
        "No percussion over the kidneys",
        "RF-CES",
        "CHERKIN2011",
        "M54.50",
        "Loaded from the shipped catalogue",
    ):
        assert expected in text


def test_detail_queries_do_not_grow_with_the_history(as_user, owner, back, now, django_assert_max_num_queries):
    for number in range(12):
        catalogue.edit(back, by=owner, now=now, changes={"short": f"Words {number}"})
    browser = as_user(owner)
    browser.get(DETAIL)
    with django_assert_max_num_queries(15) as counted:
        browser.get(DETAIL)
    assert len([query for query in counted.captured_queries if '"conditions_' in query["sql"]]) == 2


def test_form_sent_back_as_shown_changes_nothing(as_user, owner, back):
    response = as_user(owner).post(EDIT, filled(back), follow=True)
    assert response.status_code == 200
    assert "Nothing was different" in words(response)
    back.refresh_from_db()
    assert back.version == 1


def test_edit_saves_with_the_owners_name_and_shows_was_now(as_user, owner, back):
    browser = as_user(owner)
    posted = filled(back, short="A sore back", synonyms="bad back\r\nlumbago\r\n", note="Shorter")
    response = browser.post(EDIT, posted, follow=True)
    back.refresh_from_db()
    assert back.short == "A sore back"
    assert back.synonyms == ["bad back", "lumbago"]
    assert back.revisions.first().made_by_ref == str(owner.public_id)
    text = words(response)
    assert "Olga Owner: Shorter" in text
    assert "2 fields changed" in text


def test_edit_of_ticks_keeps_the_order_that_was(as_user, owner, back):
    regions = [*back.regions[1:], "POST-CALF-R"]
    as_user(owner).post(EDIT, filled(back, regions=[*reversed(regions)]))
    before = back.regions
    back.refresh_from_db()
    assert back.regions == [*before[1:], "POST-CALF-R"]


def test_edit_adds_changes_and_removes_variants(as_user, owner, back):
    new = {"name": "Gentle", "minutes": 30, "per_week": 1, "weeks": 4, "sessions": 4}
    new |= {"reassess_after": "4", "basis": "convention"}
    posted = filled(back, **{f"variants-1-{name}": value for name, value in new.items()})
    posted["variants-0-minutes"] = "40"
    assert as_user(owner).post(EDIT, posted).status_code == 302
    back.refresh_from_db()
    assert [(row["name"], row["minutes"]) for row in back.plan_variants] == [
        ("Acute back pain (under 6 weeks)", 40),
        ("Gentle", 30),
    ]
    as_user(owner).post(EDIT, filled(back, **{"variants-0-DELETE": "on"}))
    back.refresh_from_db()
    assert [row["name"] for row in back.plan_variants] == ["Gentle"]


def test_wrong_input_is_named_and_what_was_typed_stays(as_user, owner, back):
    wrong = {"name": "", "plan_sessions": "11", "variants-0-sessions": "9", "regions": ["POST-NOSE-R"]}
    response = as_user(owner).post(EDIT, filled(back, **wrong, client_before="Typed and kept"))
    assert response.status_code == 422
    text = words(response)
    for said in (
        "This field is required",
        "Only 10 sessions fit",
        "Only 3 sessions fit",
        "is not one of the available",
    ):
        assert said in text
    assert "Typed and kept" in text
    back.refresh_from_db()
    assert back.version == 1


def test_forged_fields_are_ignored(as_user, owner, back):
    forged = {"slug": "stolen", "origin": "{}", "version": "9", "search_words": "x", "id": "999"}
    as_user(owner).post(EDIT, filled(back, short="Changed", **forged))
    back.refresh_from_db()
    assert (back.slug, back.version, back.short) == ("back-pain", 2, "Changed")
    assert "bad back" in back.search_words


def test_second_editor_is_told_and_may_then_replace(as_user, owner, back, now):
    posted = filled(back, short="Mine")
    catalogue.edit(back, by=owner, now=now, changes={"short": "Theirs"})
    response = as_user(owner).post(EDIT, posted)
    assert response.status_code == 422
    assert "Someone changed this condition while you were editing it" in words(response)
    assert b'value="Mine"' in response.content
    back.refresh_from_db()
    assert back.short == "Theirs"
    seen = re.search(rb'name="seen_version" value="(\d+)"', response.content).group(1).decode()
    assert as_user(owner).post(EDIT, {**posted, "seen_version": seen}).status_code == 302
    back.refresh_from_db()
    assert back.short == "Mine"


def test_double_submit_makes_one_revision(as_user, owner, back):
    posted = filled(back, short="Once")
    browser = as_user(owner)
    assert [browser.post(EDIT, posted).status_code for _ in range(2)] == [302, 422]
    assert back.revisions.exclude(changes=[]).count() == 1


def test_sign_off_by_both_ends_the_draft(as_user, owner, back):
    signed = {"therapist_signoff": "Thea Therapist", "physician_signoff": "Dr Pia"}
    response = as_user(owner).post(EDIT, filled(back, **signed), follow=True)
    assert "Signed off by Thea Therapist (therapist) and Dr Pia (physician)" in words(response)
    assert "must sign it off" not in words(response)


def test_edit_without_its_token_is_refused(owner, back):
    from django.test import Client as Browser

    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert browser.post(EDIT, filled(back)).status_code == 403

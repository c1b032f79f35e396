"""The pages about a client's contact data."""

import uuid

import pytest
from django.urls import reverse

from clinic import clients
from clinic.models import AuditEvent, Client, RelatedPerson
from clinic.testing import make_client
from clinic.tests.test_forms import GOOD

pytestmark = pytest.mark.django_db

POLYGLOT = "jaVasCript:/*-/*`/*'/*\"/**/(/* */oNcliCk=alert())//</title></script><img src=x onerror=alert()>"


def url(name, client, *more):
    return reverse(f"clinic:{name}", args=[client.public_id, *more])


def edited(client, **changes):
    return GOOD | {"first_name": client.first_name, "last_name": client.last_name, "revision": "0"} | changes


def test_list_shows_the_newest_and_logs_each(as_user, desk, client_ann, client_ben):
    page = as_user(desk).get(reverse("clinic:client_list"))
    assert [client.pk for client in page.context["page"].rows] == [client_ben.pk, client_ann.pk]
    seen = AuditEvent.objects.filter(action="client_list.read", actor=desk)
    assert {event.client_id for event in seen} == {client_ann.pk, client_ben.pk}


def test_list_and_search_ask_as_much_for_one_as_for_thirty(as_user, desk, django_assert_max_num_queries):
    browser, counts = as_user(desk), {}
    for many in (1, 30):
        for number in range(Client.objects.count(), many):
            make_client(f"Ann{number}", "Archer")
        browser.get("/clients/")
        with django_assert_max_num_queries(15) as listed:
            assert len(browser.get("/clients/").context["page"].rows) == many
        with django_assert_max_num_queries(15) as searched:
            assert len(browser.post("/clients/search/", {"q": "arch"}).context["hits"]) == min(many, 8)
        counts[many] = (len(listed), len(searched))
    assert counts[1] == counts[30]


@pytest.mark.parametrize("sort", ["name", "born", "newest", "password", "-pk", "name; DROP TABLE x", "", "\x00"])
@pytest.mark.parametrize("page", ["1", "0", "-1", "99999999999", "x", "1 OR 1=1", "²", ""])
def test_odd_sort_and_page_fall_back(sort, page, as_user, desk, client_ann):
    answer = as_user(desk).get("/clients/", {"sort": sort, "page": page, "show": "x' OR '1'='1"})
    assert answer.status_code == 200


def test_pages_go_on_without_counting(as_user, desk):
    for number in range(31):
        make_client(f"Ann{number}", "Archer")
    first = as_user(desk).get("/clients/").context["page"]
    last = as_user(desk).get("/clients/?page=2").context["page"]
    assert (len(first.rows), first.next, len(last.rows), last.next) == (30, 2, 1, None)


def test_search_finds_by_post_without_javascript(as_user, desk, client_ann, client_ben):
    page = as_user(desk).post("/clients/", {"q": "archer"})
    assert [client.pk for client in page.context["page"].rows] == [client_ann.pk]


def test_search_hits_show_enough_to_tell_people_apart(as_user, desk, client_ann):
    page = as_user(desk).post("/clients/search/", {"q": "0301"}).content.decode()
    for wanted in ("Ann Archer", "40", "4 May 1986", "…0301", client_ann.get_absolute_url()):
        assert wanted in page


def test_search_of_nothing_is_empty_and_shows_nobody(as_user, desk, client_ann):
    assert as_user(desk).post("/clients/search/", {"q": " "}).content.strip() == b""


def test_archived_clients_leave_list_and_search(as_user, desk, client_ann, now):
    browser = as_user(desk)
    assert browser.post(url("client_archive", client_ann)).status_code == 302
    assert b"Archer" not in browser.post("/clients/search/", {"q": "archer"}).content
    assert b"Archer" in browser.get("/clients/?show=archived").content


def test_duplicates_show_while_typing(as_user, desk, client_ann):
    page = as_user(desk).post("/clients/duplicates/", {"mobile": "555 010 0301", "date_of_birth": "4 5"})
    assert client_ann.get_absolute_url() in page.content.decode()
    assert AuditEvent.objects.filter(action="client_duplicates.read", client=client_ann).exists()
    assert as_user(desk).post("/clients/duplicates/", {"first_name": "Q"}).content.strip() == b""


def test_detail_is_logged_with_who_and_from_where(as_user, desk, client_ann):
    as_user(desk).get(url("client_detail", client_ann), headers={"user-agent": "Desk browser"})
    event = AuditEvent.objects.get(action="client.read", client=client_ann)
    assert (event.actor, event.ip, event.agent) == (desk, "127.0.0.1", "Desk browser")
    assert event.request_id


@pytest.mark.parametrize("name", ["client_detail", "client_edit", "client_audit", "client_archive", "related_add"])
def test_an_unknown_client_is_not_found(name, as_user, owner):
    assert as_user(owner).get(reverse(f"clinic:{name}", args=[uuid.uuid4()])).status_code == 404


def test_edit_saves_and_says_so(as_user, desk, client_ann):
    answer = as_user(desk).post(url("client_edit", client_ann), edited(client_ann, mobile="+1 555 010 0777"))
    client_ann.refresh_from_db()
    assert answer.status_code == 302
    assert client_ann.mobile == "+15550100777"
    assert clients.channels_agreed(client_ann) == {"email", "sms"}


def test_edit_keeps_what_was_typed_when_something_is_wrong(as_user, desk, client_ann):
    page = as_user(desk).post(
        url("client_edit", client_ann), edited(client_ann, date_of_birth="31 2 1986", address="Oak Street")
    )
    assert page.status_code == 422
    for kept in ("31 2 1986", "Oak Street", "There is no such day"):
        assert kept in page.content.decode()


def test_a_stale_tab_loses_nothing_and_saves_nothing(as_user, desk, therapist, client_ann, now):
    clients.update(client=client_ann, changes={"mobile": "+15550100888"}, by=therapist, now=now)
    browser = as_user(desk)
    page = browser.post(url("client_edit", client_ann), edited(client_ann, mobile="+1 555 010 0999", address="Elm 1"))
    client_ann.refresh_from_db()
    assert (page.status_code, client_ann.mobile) == (422, "+15550100888")
    for told in ("Thea Therapist", "+1 555-010-0888", "Elm 1"):
        assert told in page.content.decode()
    again = page.context["form"]["revision"].value()
    assert browser.post(url("client_edit", client_ann), edited(client_ann, revision=again)).status_code == 302


def test_a_forged_post_changes_nothing_else(as_user, desk, client_ann):
    forged = {
        "is_owner": "1",
        "archived_at": "2020-01-01",
        "public_id": str(uuid.uuid4()),
        "created_by": "1",
        "id": "1",
    }
    before = Client.objects.values("public_id", "archived_at", "created_by", "id").get(pk=client_ann.pk)
    as_user(desk).post(url("client_edit", client_ann), edited(client_ann) | forged)
    assert Client.objects.values("public_id", "archived_at", "created_by", "id").get() == before


def test_related_people_come_and_go(as_user, desk, client_ann):
    browser = as_user(desk)
    facts = {"kind": "guardian", "name": "Mia Archer", "phone": "555 010 0444", "may_be_contacted": "on"}
    assert browser.post(url("related_add", client_ann), facts).status_code == 302
    mia = RelatedPerson.objects.get()
    assert (
        browser.post(url("related_edit", client_ann, mia.public_id), facts | {"relation": "Mother"}).status_code == 302
    )
    assert "Mother" in browser.get(url("client_detail", client_ann)).content.decode()
    assert browser.post(url("related_remove", client_ann, mia.public_id)).status_code == 302
    assert "Mia Archer" not in browser.get(url("client_detail", client_ann)).content.decode()


def test_somebody_elses_related_person_does_not_exist(as_user, desk, client_ann, client_ben, now):
    mia = clients.add_related(client=client_ann, by=desk, now=now, kind="guardian", name="Mia", phone="+1555")
    for name in ("related_edit", "related_remove"):
        for verb in ("get", "post"):
            answer = getattr(as_user(desk), verb)(url(name, client_ben, mia.public_id), {"name": "Taken over"})
            assert answer.status_code == 404
    mia.refresh_from_db()
    assert (mia.name, mia.removed_at) == ("Mia", None)


def test_names_are_escaped_on_every_page(as_user, owner, now):
    client = make_client(POLYGLOT[:80], POLYGLOT[20:100], preferred_name=POLYGLOT[30:], address=POLYGLOT)
    clients.add_related(client=client, by=owner, now=now, kind="physician", name=POLYGLOT, relation=POLYGLOT[:80])
    browser = as_user(owner)
    names = ("client_detail", "client_edit", "client_audit", "client_archive", "related_add")
    pages = [browser.get(url(name, client)) for name in names]
    pages += [browser.get(path) for path in ("/clients/", "/audit/")]
    pages += [browser.post("/clients/", {"q": POLYGLOT[:100]}), browser.post("/clients/search/", {"q": "alert"})]
    pages += [browser.post("/clients/duplicates/", {"first_name": POLYGLOT[:80], "last_name": POLYGLOT[20:100]})]
    for page in pages:
        assert page.status_code == 200
        assert "<img src=x" not in page.content.decode()
        assert "</title></script>" not in page.content.decode()


@pytest.mark.parametrize("path", ["/clients/", "/clients/search/", "/clients/duplicates/"])
@pytest.mark.parametrize("typed", ["\x00", "x" * 1_000_000, b"\xff\xfe\xc0", "\u202egpj", "\ud83d", "%00", "é" * 5000])
def test_odd_input_never_breaks_a_page(path, typed, as_user, desk, client_ann):
    text = typed if isinstance(typed, bytes) else typed.encode("utf-8", "surrogatepass")
    from urllib.parse import quote_from_bytes

    body = b"q=" + quote_from_bytes(text).encode() + b"&first_name=" + quote_from_bytes(text[:200]).encode()
    browser = as_user(desk)
    answer = browser.generic("POST", path, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code < 500
    if len(text) < 10_000:
        assert browser.get(path + "?q=" + quote_from_bytes(text)).status_code < 500


@pytest.mark.parametrize("typed", ["\x00", "x" * 100_000, "\u202egpj\u202c", "\ud83d", "../../etc/passwd"])
def test_odd_input_never_breaks_the_edit_page(typed, as_user, desk, client_ann):
    facts = dict.fromkeys(GOOD, typed)
    body = "&".join(f"{name}=" + typed[:50_000] for name in facts).encode("utf-8", "surrogatepass")
    answer = as_user(desk).generic(
        "POST", url("client_edit", client_ann), body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 422


def test_titles_and_addresses_name_nobody(as_user, desk, client_ann):
    for name in ("client_detail", "client_edit", "related_add", "client_archive"):
        page = as_user(desk).get(url(name, client_ann)).content.decode()
        assert "Archer" not in page.partition("<title>")[2].partition("</title>")[0]


def test_a_part_of_a_page_asked_for_too_late_sends_the_whole_page_to_the_sign_in(client, db):
    answer = client.post("/clients/search/", {"q": "a"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/accounts/login/")


def test_consents_of_one_signature_stand_together(as_user, desk, client_ann, now):
    for kind in ("treatment", "draping"):
        clients.set_consent(
            client=client_ann, kind=kind, granted=True, by=desk, now=now, source="intake", signed_name="Ann Archer",
            wording="I agree.", wording_version="1.0",
        )  # fmt: skip
    page = as_user(desk).get(url("client_detail", client_ann))
    assert [len(signing.consents) for signing in page.context["signings"]] == [2]
    assert page.content.decode().count("signed <bdi>Ann Archer</bdi>") == 1


def hours(client, as_user, desk, **typed):
    """The record's page with these hours typed into it."""
    return as_user(desk).post(url("client_edit", client), edited(client, **typed))


def test_a_client_may_have_hours_and_a_zone_of_their_own(client_ann, as_user, desk):
    typed = {"quiet_from": "13:00", "quiet_until": "15:00", "time_zone": "America/New_York"}
    assert hours(client_ann, as_user, desk, **typed).status_code == 302
    client_ann.refresh_from_db()
    assert (f"{client_ann.quiet_from:%H:%M}", client_ann.time_zone) == ("13:00", "America/New_York")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"quiet_from": "13:00"}, "Write both hours"),
        ({"quiet_from": "09:00", "quiet_until": "20:00"}, "leaves no time for any message"),
        ({"time_zone": "Mars/Olympus"}, "is not a time zone"),
        ({"quiet_from": "noon", "quiet_until": "15:00"}, "Write the time as 14:30."),
    ],
)
def test_hours_that_cannot_be_are_said(client_ann, as_user, desk, typed, words):
    answer = hours(client_ann, as_user, desk, **typed)
    assert answer.status_code == 422
    assert words in answer.content.decode()

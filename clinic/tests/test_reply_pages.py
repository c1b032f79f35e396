"""The desk's page of texts from nobody and addresses that do not work."""

import pytest
from django.urls import reverse

from clinic import audit, clients, reachability, replies
from clinic.models import AuditEvent, Reply

pytestmark = pytest.mark.django_db
PAGE = "/outbox/replies/"


@pytest.fixture
def texted(now, settings, client_ann, client_ben, desk):
    """A text from a number that Ann and Ben share."""
    settings.REPLY_TAKER = "clinic.tests.test_replies.take"
    clients.update(client=client_ben, changes={"mobile": client_ann.mobile}, by=desk, now=now)
    facts = {"provider": "gateway", "event_id": "1", "number": client_ann.mobile, "now": now}
    replies.receive(**facts, text="canary my arm is numb")
    return Reply.objects.get()


@pytest.mark.parametrize(("who", "reads"), [("desk", False), ("owner", False), ("therapist", True)])
def test_what_a_text_says_is_for_those_who_read_charts(texted, request, as_user, who, reads):
    page = as_user(request.getfixturevalue(who)).get(PAGE).content.decode()
    assert "+15550100301" in page
    assert "2 clients share this number." in page
    assert ("canary" in page) is reads
    assert AuditEvent.objects.filter(action="reply.read").exists() is reads
    assert AuditEvent.objects.filter(action="reply_list.read").count() == 2


def test_the_desk_says_whose_it_was_without_reading_it(texted, as_user, desk, client_ben):
    done = reverse("clinic:reply_done", args=[texted.public_id])
    browser = as_user(desk)
    assert "Passed on" in browser.post(done, {"client": client_ben.public_id}, follow=True).content.decode()
    texted.refresh_from_db()
    assert (texted.client, texted.done_by) == (client_ben, desk)
    assert "already" in browser.post(done, {"client": client_ben.public_id}, follow=True).content.decode()


def test_somebody_without_the_number_is_refused(texted, as_user, desk, client_ben, now):
    clients.update(client=client_ben, changes={"mobile": "+15550100399"}, by=desk, now=now)
    done = reverse("clinic:reply_done", args=[texted.public_id])
    page = as_user(desk).post(done, {"client": client_ben.public_id}, follow=True)
    assert "does not have that number" in page.content.decode()
    for rubbish in ("x", "0" * 36):
        assert as_user(desk).post(done, {"client": rubbish}).status_code == 404
    assert Reply.objects.filter(done_at=None).exists()


def test_a_text_is_put_away(texted, as_user, desk):
    as_user(desk).post(reverse("clinic:reply_done", args=[texted.public_id]), {"client": ""})
    assert not Reply.objects.filter(done_at=None).exists()
    assert "No text waits" in as_user(desk).get(PAGE).content.decode()


def bad(client, now, channel="email"):
    reachability.refused(client=client, channel=channel, reason="it came back for good", by=audit.SYSTEM, now=now)


def test_a_bad_address_is_on_the_list_until_it_changes(client_ann, client_ben, as_user, desk, now):
    bad(client_ann, now)
    bad(client_ben, now, "sms")
    page = as_user(desk).get(PAGE).content.decode()
    assert "Ann Archer" in page
    assert "Ben Baker" in page
    assert client_ann.email not in page
    clients.update(client=client_ann, changes={"email": "ann@new.example"}, by=desk, now=now)
    assert "Ann Archer" not in as_user(desk).get(PAGE).content.decode()


def test_somebody_who_asked_lifts_it(client_ann, as_user, desk, now):
    bad(client_ann, now)
    url = reverse("clinic:address_works", args=[client_ann.public_id, "email"])
    assert "go there again" in as_user(desk).post(url, follow=True).content.decode()
    assert reachability.works(client_ann, "email")
    assert "Nothing was held" in as_user(desk).post(url, follow=True).content.decode()
    assert as_user(desk).post(url.replace("email", "fax")).status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_no_more_for_more_rows(number, as_user, desk, now, client_ann, django_assert_max_num_queries):
    for at in range(number):
        facts = {"provider": "gateway", "event_id": str(at), "number": f"+1555010039{at}", "now": now, "text": "x"}
        replies.receive(**facts)
    bad(client_ann, now)
    browser = as_user(desk)
    browser.get(PAGE)
    with django_assert_max_num_queries(16):
        browser.get(PAGE)

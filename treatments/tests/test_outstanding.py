"""The work list of forms, sending for many at once, and forms that must be done before treatment."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import audit
from clinic.models import AuditEvent, ClinicSettings, Message
from clinic.testing import make_client
from intake import questionnaires, responses
from intake.inviting import invitations
from intake.models import Invitation
from intake.tests.conftest import agree
from treatments import outstanding, schedule
from treatments.tests import world

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LIST, SEND = reverse("treatments:form_list"), reverse("treatments:form_send")


@pytest.fixture(autouse=True)
def published(db):
    questionnaires.publish_shipped(by=audit.SYSTEM, now=NOW - timedelta(days=60))


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def coming(name, therapist, hours, *, channels=("email", "sms"), done=False, days=30, before=48):
    client = make_client(name, "Many", mobile=f"+15550{sum(map(ord, name)) + 11000:06}"[:12])
    if channels:
        agree(client, therapist, NOW - timedelta(days=40), channels=channels)
    if done:
        world.ready(client, NOW - timedelta(days=days))
    world.booked(client, therapist, NOW + timedelta(hours=hours), now=NOW - timedelta(hours=before))
    return client


def listed(days=7, show="all"):
    return {row.client.first_name: row for row in outstanding.rows(days=days, now=NOW, show=show)}


def test_who_comes_soon_and_has_something_missing_is_listed_soonest_first(therapist):
    coming("Later", therapist, 49)
    coming("Soon", therapist, 3)
    coming("Ready", therapist, 5, done=True, days=1)
    coming("Far", therapist, 24 * 10)
    assert list(listed()) == ["Soon", "Later"]
    assert list(listed(days=14)) == ["Soon", "Later", "Far"]
    assert list(listed(days=1)) == ["Soon"]


def test_every_state_is_named_and_filtered(therapist, desk):
    coming("Silent", therapist, 1, channels=())
    coming("Sent", therapist, 3)
    begun = coming("Begun", therapist, 5)
    old = coming("Old", therapist, 7)
    response = responses.start(invitation=Invitation.objects.get(client=begun), now=NOW)
    changes = {"about.minor": False, "care.referred": "no"}
    responses.save(response=response, changes=changes, by=invitations.actor_of(response.invitation), now=NOW)
    Invitation.objects.filter(client=old).update(expires_at=NOW - timedelta(hours=1))
    states = {name: row.forms[0].state for name, row in listed().items()}
    assert states == {"Silent": "not_sent", "Sent": "sent", "Begun": "in_progress", "Old": "expired"}
    assert listed()["Sent"].forms[0].sent == NOW - timedelta(days=2)
    wanted = {
        "not_sent": ["Silent"], "open": ["Sent"], "begun": ["Begun"], "expired": ["Old"], "no_channel": ["Silent"],
        "nonsense": ["Silent", "Sent", "Begun", "Old"],
    }  # fmt: skip
    assert {show: list(listed(show=show)) for show in wanted} == wanted


def test_the_check_of_a_visit_near_is_listed_with_its_name(therapist):
    coming("Check", therapist, 5, done=True)
    assert [form.title for form in listed()["Check"].forms] == ["Check before each visit"]


def test_the_list_costs_the_same_for_one_and_many(therapist):
    def cost():
        with CaptureQueriesContext(connection) as found:
            outstanding.rows(days=7, now=NOW)
        return len(found)

    coming("A", therapist, 2)
    one = cost()
    for hour, name in enumerate("BCDE", start=4):
        coming(name, therapist, hour)
    assert cost() == one


def test_a_whole_day_is_sent_in_one_request(as_user, desk, therapist, clock):
    clients = [coming(f"Many{n}", therapist, 1 + n, before=20) for n in range(8)]
    answer = as_user(desk).post(SEND, {"client": [client.public_id for client in clients]})
    assert answer.status_code == 302
    assert Invitation.objects.filter(created_by=desk, voided_at=None).count() == 8


def test_sending_costs_each_client_the_same(therapist, desk):
    def cost(names):
        with CaptureQueriesContext(connection) as found:
            outstanding.send(clients=[everyone[name] for name in names], by=desk, now=NOW)
        return len(found)

    everyone = {name: coming(name, therapist, 1 + at, before=20) for at, name in enumerate("ABCDEF")}
    one, two, three = cost("A"), cost("BC"), cost("DEF")
    print(f"queries of sending: 1 client {one}, 2 clients {two}, 3 clients {three}")
    assert three - two == two - one


def test_many_are_sent_at_once_and_each_is_answered_for(as_user, desk, therapist, clock):
    yes, no = coming("Yes", therapist, 3), coming("No", therapist, 4, channels=())
    ready = coming("Ready", therapist, 5, done=True, days=1)
    browser = as_user(desk)
    data = {"client": [yes.public_id, no.public_id, ready.public_id, "nonsense", yes.public_id], "days": "3"}
    answer = browser.post(SEND, data)
    assert answer["Location"] == f"{LIST}?days=3&show=all"
    page = browser.get(answer["Location"]).content.decode()
    assert "On the way by e-mail and text" in page
    assert "no address they agreed to be written to" in page
    assert "nothing is missing any more" in page
    first, again = Invitation.objects.filter(client=yes).order_by("id")
    assert (first.void_reason, again.voided_at, again.created_by) == ("resent", None, desk)
    assert Message.objects.filter(about_id=again.public_id, kind="intake.invitation").count() == 2
    assert "What was sent" not in browser.get(LIST).content.decode()


def test_who_was_just_sent_a_link_is_not_ticked_again(as_user, desk, therapist, clock):
    long_ago, silent = coming("Ago", therapist, 3), coming("Silent", therapist, 4, channels=())
    assert (listed()["Ago"].ticked, listed()["Silent"].ticked) == (True, False)
    browser = as_user(desk)
    browser.post(SEND, {"client": [long_ago.public_id, silent.public_id]})
    assert not listed()["Ago"].ticked and not listed()["Silent"].ticked
    assert f'id="send-{long_ago.public_id}"  aria-label' in browser.get(LIST).content.decode()


@pytest.mark.parametrize("data", [{}, {"client": ["x"]}, {"client": ["00000000-0000-4000-8000-000000000000"]}])
def test_nobody_ticked_sends_nothing(as_user, desk, data):
    answer = as_user(desk).post(SEND, data, follow=True)
    assert "Tick at least one client" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_the_page_shows_state_last_sent_reminder_and_channel(as_user, desk, therapist, clock):
    coming("Sent", therapist, 49)
    coming("Silent", therapist, 4, channels=())
    page = as_user(desk).get(LIST, {"days": "x", "show": "<b>"}).content.decode()
    for words in ("Intake sent", "No way to write", "e-mail and text", "Never filled in", "21 Nov", "Tablet"):
        assert words in page


def test_an_empty_list_says_so(as_user, desk):
    assert "Nothing is missing" in as_user(desk).get(LIST).content.decode()
    assert "Nobody under this filter" in as_user(desk).get(LIST, {"show": "begun"}).content.decode()


# --- must be done before treatment ------------------------------------------------------------------------------------


@pytest.fixture
def due(client_ann, therapist):
    """A visit whose short check is not done."""
    world.ready(client_ann, NOW - timedelta(days=30))
    return world.booked(client_ann, therapist, NOW + timedelta(minutes=5), now=NOW - timedelta(days=1))


@pytest.fixture
def forms_first():
    ClinicSettings.objects.update(forms_first=True)


def test_where_the_clinic_does_not_ask_for_it_a_missing_check_stops_nothing(due, therapist):
    assert schedule.start(session=due, by=therapist, now=NOW).state == "in_session"


def test_where_it_does_the_session_does_not_start_and_says_which_form(due, therapist, forms_first):
    with pytest.raises(schedule.NotReady, match="Check before each visit") as refusal:
        schedule.start(session=due, by=therapist, now=NOW)
    assert refusal.value.reason == "forms"
    with pytest.raises(schedule.NotReady):
        schedule.start(session=due, by=therapist, now=NOW, override="ok")


def test_a_reason_lets_it_start_and_is_kept(due, therapist, forms_first):
    schedule.start(session=due, by=therapist, now=NOW, override="Asked her in the room, nothing new")
    event = AuditEvent.objects.get(action="session.start_override")
    assert (event.actor, event.fields, event.reason) == (therapist, ["forms"], "Asked her in the room, nothing new")


def test_the_page_before_the_session_offers_the_reason(due, therapist, as_user, forms_first, clock):
    page = as_user(therapist).get(due.get_absolute_url()).content.decode()
    assert "Check before each visit" in page and "Start with this reason" in page
    start = reverse("treatments:session_start", args=[due.public_id])
    as_user(therapist).post(start, {"override": "She told me herself"})
    due.refresh_from_db()
    assert due.state == "in_session"


def test_a_reason_never_goes_past_a_flag(due, therapist, client_ann, forms_first):
    world.flag(client_ann, NOW, flag_class="urgent", booking="block")
    with pytest.raises(schedule.NotReady) as refusal:
        schedule.start(session=due, by=therapist, now=NOW, override="She told me herself")
    assert refusal.value.reason == "flags"


def test_done_forms_let_it_start(due, therapist, client_ann, desk, forms_first):
    agree(client_ann, desk, NOW)
    coming = invitations.Coming(due.public_id, due.starts_at)
    link = invitations.invite(client=client_ann, by=desk, now=NOW, slug=questionnaires.PRESESSION, coming=coming)
    Invitation.objects.filter(pk=link.pk).update(submitted_at=NOW)
    assert schedule.start(session=due, by=therapist, now=NOW).state == "in_session"


# --- the light of the check -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "desk_reads", "therapist_reads"),
    [("no", "Check done", "Check: nothing new"), ("yes", "Check done", "Check: something new")],
)
def test_the_day_sheet_tells_news_only_to_those_who_may_read(
    due, therapist, desk, client_ann, as_user, clock, changed, desk_reads, therapist_reads
):
    agree(client_ann, desk, NOW)
    coming = invitations.Coming(due.public_id, due.starts_at)
    link = invitations.invite(client=client_ann, by=desk, now=NOW, slug=questionnaires.PRESESSION, coming=coming)
    sheet = reverse("treatments:day_sheet")
    assert "Check sent" in as_user(desk).get(sheet).content.decode()
    response = responses.start(invitation=link, now=NOW)
    answers = {
        "pre.urgent": ["none"], "pre.ill": "no", "pre.changed": changed, "pre.changed_detail": "A new medicine",
        "pre.impaired": "no", "pre.pain": 3, "pre.last_reaction": "better", "pre.consent": True,
    }  # fmt: skip
    by = invitations.actor_of(link)
    responses.save(response=response, changes=answers, by=by, now=NOW)
    responses.submit(response=response, by=by, now=NOW)
    page = as_user(desk).get(sheet).content.decode()
    assert desk_reads in page and "something new" not in page and "nothing new" not in page
    assert therapist_reads in as_user(therapist).get(sheet).content.decode()

"""Closing a session: what the therapist sees, changes, and what is scheduled then."""

from datetime import timedelta

import pytest

from clinic import clients
from clinic.models import Message
from treatments import aftercare, messages, sessions
from treatments.models import Timeline
from treatments.tests import aftercare_world, world
from treatments.tests.test_note_pages import form as note_form

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def session(client_ann, therapist, now):
    aftercare_world.agree(client_ann, now, "email", "sms")
    world.ready(client_ann, now)
    plan = world.running_plan(client_ann, therapist, now)
    return world.started(client_ann, therapist, now, plan=plan)[0]


@pytest.fixture
def tab(as_user, therapist):
    return as_user(therapist)


def page_of(session):
    return f"/sessions/{session.public_id}/aftercare/"


def posted(tab, session, **changes):
    """What a browser sends: every field as the page shows it, with these changed."""
    shown = tab.get(page_of(session)).context["timeline"]
    data = {"timeline": shown.initial["timeline"], "own": "0"}
    for name, field in shown.fields.items():
        if field.initial not in (None, False) and name not in ("timeline", "own"):
            data[name] = "on" if field.initial is True else str(field.initial)
    return {name: value for name, value in (data | changes).items() if value is not None}


def kinds():
    return set(Message.objects.filter(kind__startswith="aftercare.").values_list("kind", "channel"))


def test_ending_leads_to_the_timeline_and_schedules_nothing_yet(tab, session):
    answer = tab.post(f"/sessions/{session.public_id}/note/", note_form(then="end"))
    assert answer.headers["Location"] == page_of(session)
    page = tab.get(page_of(session)).content.decode()
    assert "How is it after a day?" in page
    assert "thank you, Ann" in page  # the words of the text
    assert not kinds()


def test_what_was_chosen_is_what_is_scheduled(tab, session, now):
    day = (now + timedelta(days=5)).date().isoformat()
    changed = posted(tab, session, **{"h24-on": None, "h72-day": day, "h72-time": "11:30", "h72-channel": "sms"})
    assert tab.post(page_of(session), changed).status_code == 302
    assert ("aftercare.h24", "email") not in kinds() and ("aftercare.same_day", "email") in kinds()
    row = Message.objects.get(kind="aftercare.h72")
    assert (row.channel, row.local_date.isoformat(), f"{row.local_time:%H:%M}") == ("sms", day, "11:30")
    assert aftercare.fill_gaps(now=now + timedelta(hours=1)) == 0  # what was left out stays out
    session.refresh_from_db()
    assert session.state == "done"


def test_a_line_of_ones_own(tab, session, now):
    data = posted(tab, session) | {"then": "add"}
    page = tab.post(page_of(session), data)
    assert page.status_code == 200 and "own_1-words" in page.content.decode()
    assert page.context["timeline"]["own_1-day"].value() == f"{now + timedelta(days=1):%Y-%m-%d}"
    own = {"own": "1", "own_1-words": "Bring your shoes.", "own_1-day": f"{now + timedelta(days=4):%Y-%m-%d}"}
    own |= {"own_1-time": "10:15", "own_1-channel": "email"}
    tab.post(page_of(session), posted(tab, session) | own)
    row = Message.objects.get(kind="aftercare.words")
    assert "shoes" not in str(row.context)
    Message.objects.exclude(pk=row.pk).update(state="cancelled", ended_at=now)
    said = messages.render(row, row.due_at)
    assert "Hello Ann,\n\nBring your shoes.\n\n" in said.text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"h24-day": "2026-11-20"}, "This time has passed."),
        ({"h24-day": "2027-11-20"}, "At most 90 days"),
        ({"h24-time": "23:00"}, "quiet hours are 20:00 to 09:00"),
        ({"h24-time": ""}, "Say on which day and at which hour."),
        ({"own": "1", "own_1-words": "Your neck will thank you.", "own_1-channel": "sms"}, "anybody may read it: neck"),
        ({"own": "1", "own_1-words": "x" * 140, "own_1-channel": "sms"}, "A text has room for"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_happens(tab, session, now, changed, words):
    tomorrow = f"{now + timedelta(days=1):%Y-%m-%d}"
    data = {"own_1-day": tomorrow, "own_1-time": "10:00"} | changed
    answer = tab.post(page_of(session), posted(tab, session, **data))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not kinds()


def test_the_second_tab_sees_it_done(tab, session):
    data = posted(tab, session)
    tab.post(page_of(session), data)
    before = Message.objects.count()
    answer = tab.post(page_of(session), data | {"h24-on": ""}, follow=True)
    assert "closed already" in answer.content.decode()
    assert Message.objects.count() == before and Timeline.objects.count() == 1


def test_nothing_goes_out_under_an_urgent_flag_and_the_page_says_why(tab, session, client_ann, now):
    data = posted(tab, session)
    world.flag(client_ann, now, flag_class="urgent", title="A swollen leg")
    assert "Nothing is sent while this is open: A swollen leg" in tab.get(page_of(session)).content.decode()
    tab.post(page_of(session), data)
    assert not kinds()
    assert Timeline.objects.get().lines


def test_without_a_channel_the_page_says_to_ring(tab, session, client_ann, desk, now):
    for channel in ("email", "sms"):
        clients.set_channel(client=client_ann, channel=channel, granted=False, by=desk, now=now)
    assert "Ask by phone how it is" in tab.get(page_of(session)).content.decode()


def test_signing_chooses_too(tab, session):
    tab.post(f"/sessions/{session.public_id}/note/", note_form())
    data = posted(tab, session, **{"h24-on": None, "revision": "1"})
    assert tab.post(f"/sessions/{session.public_id}/sign/", data).status_code == 302
    assert ("aftercare.h24", "sms") not in kinds() and ("aftercare.h72", "sms") in kinds()


def test_moved_onto_one_day_only_the_more_important_stays(tab, session, now):
    same = (now + timedelta(days=1)).date().isoformat()
    tab.post(page_of(session), posted(tab, session, **{"h48-day": same}))
    assert Message.objects.get(kind="aftercare.h24", channel="sms").local_date.isoformat() == same
    assert ("aftercare.h48", "sms") not in kinds()
    page = tab.get(page_of(session)).content.decode()
    assert "Not sent: another message goes out that day" in page


def test_a_colleague_does_not_close_it(as_user, session, other_therapist):
    assert as_user(other_therapist).get(page_of(session)).headers["Location"] == session.get_absolute_url()
    assert sessions.content_of(session.note) == sessions.NoteContent()

import pytest
from django.urls import reverse

from clinic import clients
from clinic.models import AuditEvent
from intake.models import Proposal
from intake.proposals import Decided, Moved, decide, of_response, undo


@pytest.fixture
def proposed(response, fill):
    def go(changes):
        fill(response, changes)
        return {row.field: row for row in Proposal.objects.filter(response=response)}

    return go


def test_changed_contact_data_wait_as_was_and_now(proposed, client_ann):
    rows = proposed({"about.mobile": "+15550100777", "about.preferred_name": "Annie"})
    assert (rows["mobile"].was, rows["mobile"].now) == ("+15550100301", "+15550100777")
    assert rows["preferred_name"].was == ""
    client_ann.refresh_from_db()
    assert client_ann.mobile == "+15550100301"


def test_what_did_not_change_proposes_nothing(proposed):
    assert set(proposed({"about.email": "ANN.Archer@example.org"})) == {"emergency"}


def test_blank_answer_does_not_propose_to_empty_the_record(proposed):
    assert "email" not in proposed({"about.email": None})


def test_accepting_changes_the_record_in_the_clients_audit(proposed, client_ann, desk, moment):
    rows = proposed({"about.dob": "1986-04-05", "about.address": "1 River St\nSpringfield"})
    decide(proposal=rows["date_of_birth"], accept=True, by=desk, now=moment)
    decide(proposal=rows["address"], accept=True, by=desk, now=moment)
    client_ann.refresh_from_db()
    assert client_ann.date_of_birth.isoformat() == "1986-04-05"
    assert client_ann.address == "1 River St\nSpringfield"
    assert AuditEvent.objects.filter(action="client.update", actor=desk, client=client_ann).count() == 2


def test_rejecting_leaves_the_record(proposed, client_ann, desk, moment):
    rows = proposed({"about.last_name": "Baker"})
    assert decide(proposal=rows["last_name"], accept=False, by=desk, now=moment).state == "rejected"
    client_ann.refresh_from_db()
    assert client_ann.last_name == "Archer"


def test_second_decision_is_refused(proposed, desk, moment):
    rows = proposed({"about.last_name": "Baker"})
    decide(proposal=rows["last_name"], accept=False, by=desk, now=moment)
    with pytest.raises(Decided):
        decide(proposal=rows["last_name"], accept=True, by=desk, now=moment)


def test_accepted_people_become_related_people_once(proposed, client_ann, desk, moment):
    rows = proposed({"care.doctor": "Dr Lin, Hill Street"})
    for kind in ("emergency", "physician"):
        decide(proposal=rows[kind], accept=True, by=desk, now=moment)
    people = {person.kind: person for person in client_ann.related_people.all()}
    assert people["emergency"].name == "Eva Archer" and people["emergency"].phone == "+15550100999"
    assert people["physician"].name == "Dr Lin, Hill Street"


def test_words_for_staff(proposed, response):
    proposed({"about.dob": "1986-04-05"})
    row = next(one for one in of_response(response) if one.proposal.field == "date_of_birth")
    assert (row.label, row.was, row.now) == ("Date of birth", "4 May 1986", "5 April 1986")


# --- put right, and taken back ----------------------------------------------------------------------------------------


def again(row):
    return Proposal.objects.select_related("response__client").get(pk=row.pk)


def test_accepting_can_be_taken_back(proposed, client_ann, desk, moment):
    row = proposed({"about.mobile": "+15550100777"})["mobile"]
    decide(proposal=row, accept=True, by=desk, now=moment)
    undo(proposal=row, by=desk, now=moment)
    client_ann.refresh_from_db()
    assert client_ann.mobile == "+15550100301"
    assert (again(row).state, again(row).decided_by, again(row).before) == ("open", None, None)
    decide(proposal=row, accept=True, by=desk, now=moment)
    client_ann.refresh_from_db()
    assert client_ann.mobile == "+15550100777"
    assert AuditEvent.objects.filter(action="proposal.undo", client=client_ann).count() == 1


def test_rejecting_can_be_taken_back(proposed, desk, moment):
    row = proposed({"about.last_name": "Baker"})["last_name"]
    decide(proposal=row, accept=False, by=desk, now=moment)
    assert undo(proposal=row, by=desk, now=moment).state == "open"


def test_something_newer_is_never_undone(proposed, client_ann, desk, moment):
    row = proposed({"about.mobile": "+15550100777"})["mobile"]
    decide(proposal=row, accept=True, by=desk, now=moment)
    clients.update(client=client_ann, changes={"mobile": "+15550100888"}, by=desk, now=moment)
    with pytest.raises(Moved):
        undo(proposal=row, by=desk, now=moment)
    client_ann.refresh_from_db()
    assert client_ann.mobile == "+15550100888" and again(row).state == "accepted"


def test_people_added_or_changed_are_put_back(proposed, client_ann, desk, moment):
    clients.add_related(client=client_ann, by=desk, now=moment, kind="physician", name="Dr Lin", phone="+15550100111")
    rows = proposed({"care.doctor": "Dr Okafor"})
    for kind in ("emergency", "physician"):
        decide(proposal=rows[kind], accept=True, by=desk, now=moment)
        undo(proposal=rows[kind], by=desk, now=moment)
    people = client_ann.related_people.filter(removed_at=None)
    assert [(one.kind, one.name, one.phone) for one in people] == [("physician", "Dr Lin", "+15550100111")]


def test_edited_on_the_way_in(proposed, client_ann, as_user, desk, moment):
    row = proposed({"about.mobile": "+15550100777"})["mobile"]
    url = reverse("intake:proposal_edit", args=[row.public_id])
    browser = as_user(desk)
    assert b"+15550100777" in browser.get(url).content
    wrong = browser.post(url, {"mobile": "12"})
    assert wrong.status_code == 422 and b'value="12"' in wrong.content
    assert browser.post(url, {"mobile": "+1 555 010 0779"}).status_code == 302
    client_ann.refresh_from_db()
    assert client_ann.mobile == "+15550100779"
    assert {one.label: one.may_undo for one in of_response(again(row).response)}["Mobile phone"]
    page = browser.get(reverse("intake:client_intake", args=[client_ann.public_id])).content.decode()
    assert "+1 555-010-0777" not in page
    browser.post(reverse("intake:proposal_decide", args=[row.public_id]), {"decision": "undo"})
    client_ann.refresh_from_db()
    assert client_ann.mobile == "+15550100301"


@pytest.mark.parametrize("field", ["date_of_birth", "emergency", "preferred_name"])
def test_edit_page_stands_on_what_the_client_wrote(proposed, as_user, desk, field):
    row = proposed({"about.dob": "1986-04-05", "about.preferred_name": "Annie"})[field]
    answer = as_user(desk).get(reverse("intake:proposal_edit", args=[row.public_id]))
    words = {"date_of_birth": "5 April 1986", "emergency": "Eva Archer", "preferred_name": "Annie"}[field]
    assert answer.status_code == 200 and words in answer.content.decode()


def test_two_people_decide_at_once_and_one_is_told(proposed, as_user, desk, lead, moment):
    row = proposed({"about.last_name": "Baker"})["last_name"]
    url = reverse("intake:proposal_decide", args=[row.public_id])
    as_user(desk).post(url, {"decision": "accept"})
    answer = as_user(lead).post(url, {"decision": "reject"}, follow=True)
    assert b"decided this already" in answer.content and again(row).state == "accepted"

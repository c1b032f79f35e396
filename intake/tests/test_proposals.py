import pytest

from clinic.models import AuditEvent
from intake.models import Proposal
from intake.proposals import Decided, decide, of_response


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

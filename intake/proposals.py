"""Changes to the record that answers suggest: shown as was and now, decided by staff, never taken over unseen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from clinic import audit, clients
from clinic.models import Client, RelatedPerson, User
from clinic.names import readable_phone
from intake.engine.answers import from_response
from intake.identity import PEOPLE, RECORD_FIELDS
from intake.models import Proposal, Response
from intake.questionnaires import spec_of

LONGEST = 300
_PEOPLE = {person.kind: person for person in PEOPLE}
_LABELS = {
    "first_name": "First name",
    "last_name": "Last name",
    "preferred_name": "Preferred name and pronouns",
    "date_of_birth": "Date of birth",
    "mobile": "Mobile phone",
    "email": "E-mail",
    "address": "Postal address",
    "access_needs": "Needs for the visit",
    "emergency": "Emergency contact",
    "guardian": "Parent or guardian",
    "physician": "Doctor or practice",
}


State = Proposal.State


class Decided(Exception):
    """Somebody has decided about this already."""


class Moved(Exception):
    """Something newer has changed the field since."""


@dataclass(frozen=True, slots=True)
class WasNow:
    """One proposed change, as the review page shows it."""

    proposal: Proposal
    label: str
    was: str
    now: str
    may_undo: bool = False


def propose(*, response: Response, answers: Mapping[str, Any]) -> list[Proposal]:
    """A row for each answer that differs from the record. Blank answers propose nothing: they may be an oversight."""
    client = response.client
    found = []
    for link_id, name in RECORD_FIELDS.items():
        was, now = _plain(getattr(client, name)), _plain(answers.get(link_id))
        if now and _folded(name, now) != _folded(name, was):
            found.append(Proposal(response=response, field=name, was=was, now=now))
    people = {person.kind: person for person in client.related_people.filter(removed_at=None)}
    for kind, questions in _PEOPLE.items():
        given, known = questions.read(answers), people.get(kind)
        was = _person(known.name, known.phone, known.relation) if known else ""
        now = (
            _person(given["name"], given["phone"] or (known.phone if known else ""), _relation(given, known))
            if given
            else ""
        )
        if now and now.casefold() != was.casefold():
            found.append(Proposal(response=response, field=kind, was=was, now=now))
    return Proposal.objects.bulk_create(found)


def _relation(given: Mapping[str, str], known: RelatedPerson | None) -> str:
    return given["relation"] or (known.relation if known else "")


def _person(*parts: str) -> str:
    return ", ".join(part for part in parts if part)[:LONGEST]


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return " ".join(str(value or "").split())[:LONGEST]


def _folded(name: str, value: str) -> str:
    return value.casefold() if name == "email" else value


def of_response(response: Response) -> list[WasNow]:
    """The proposals of a response, in words."""
    return _in_words(response.proposals.select_related("decided_by", "response__client").defer("response__document"))


def open_for(client: Client) -> list[WasNow]:
    """What waits for a decision about a client's record."""
    return _in_words(Proposal.objects.filter(response__client=client, state=Proposal.State.OPEN))


def _in_words(rows: Iterable[Proposal]) -> list[WasNow]:
    return [
        WasNow(
            row,
            _LABELS.get(row.field, row.field),
            _shown(row.field, row.was),
            _shown(row.field, _taken(row) or row.now),
            may_undo=may_undo(row),
        )
        for row in rows
    ]


def _taken(row: Proposal) -> str:
    """What was taken into the record, where somebody edited it first."""
    return _person(*row.taken.values()) if row.taken else ""


def label_of(proposal: Proposal) -> str:
    """The field in words."""
    return _LABELS.get(proposal.field, proposal.field)


def _shown(name: str, value: str) -> str:
    if name == "date_of_birth" and value:
        return f"{date.fromisoformat(value):%-d %B %Y}"
    # A person round the client is kept as "name, number, relation".
    return ", ".join(readable_phone(part) if part.startswith("+") else part for part in value.split(", "))


def facts_of(proposal: Proposal) -> dict[str, Any]:
    """What accepting would write: the field's value, or name, phone and relation of a person."""
    response = Response.objects.select_related("version").get(pk=proposal.response_id)
    answers = from_response(response.document, spec_of(response.version))
    if proposal.field in _PEOPLE:
        return {name: value for name, value in _PEOPLE[proposal.field].read(answers).items() if value}
    link_id = next(link for link, name in RECORD_FIELDS.items() if name == proposal.field)
    return {proposal.field: answers[link_id]}


def is_person(proposal: Proposal) -> bool:
    """Whether it is about somebody round the client."""
    return proposal.field in _PEOPLE


def decide(
    *, proposal: Proposal, accept: bool, by: User, now: datetime, edited: Mapping[str, Any] | None = None
) -> Proposal:
    """Take a change into the record, as it is or `edited`, or leave the record. Decided for the second of two."""
    with audit.transaction():
        row = _held(proposal)
        if row.state != State.OPEN:
            raise Decided
        client = row.response.client
        row.state = State.ACCEPTED if accept else State.REJECTED
        row.decided_at, row.decided_by = now, by
        if accept:
            row.taken = _plain_facts(facts_of(row) if edited is None else edited)
            row.before = _standing(row, client)
        # Before the record changes: what hears of that asks which proposals are still open.
        row.save(update_fields=["state", "decided_at", "decided_by", "before", "taken"])
        if row.taken is not None:
            _write(row, client, row.taken, by=by, now=now)
        verb = "accept" if accept else "reject"
        audit.record(f"proposal.{verb}", by=by, client=client, subject=row, fields=[row.field])
    return row


def undo(*, proposal: Proposal, by: User, now: datetime) -> Proposal:
    """Take a decision back: the record holds again what it held. Moved when something newer changed the field."""
    with audit.transaction():
        row = _held(proposal)
        if row.state == State.OPEN:
            return row
        client, before = row.response.client, row.before
        if not may_undo(row):
            raise Moved
        row.state, row.decided_at, row.decided_by, row.before, row.taken = State.OPEN, None, None, None, None
        row.save(update_fields=["state", "decided_at", "decided_by", "before", "taken"])
        if before is not None:
            _put_back(row, client, before, by=by, now=now)
        audit.record("proposal.undo", by=by, client=client, subject=row, fields=[row.field])
    return row


def may_undo(row: Proposal) -> bool:
    """Nothing has changed the field since it was decided."""
    if row.state == State.REJECTED:
        return True
    if row.state == State.OPEN or row.taken is None:
        return False
    standing = _standing(row, row.response.client)
    return all(standing.get(name, "") == value for name, value in row.taken.items())


def _held(proposal: Proposal) -> Proposal:
    rows = Proposal.objects.select_related("response__client", "response__version").defer("response__document")
    return rows.select_for_update(of=("self",)).get(pk=proposal.pk)


def _plain_facts(facts: Mapping[str, Any]) -> dict[str, str]:
    return {name: value.isoformat() if isinstance(value, date) else str(value) for name, value in facts.items()}


def _standing(row: Proposal, client: Client) -> dict[str, str]:
    """What the record holds of it now; empty when there is nobody yet."""
    if not is_person(row):
        value = Client.objects.values_list(row.field, flat=True).get(pk=client.pk)
        return _plain_facts({row.field: value})
    known = _known(row, client)
    if known is None:
        return {}
    return {"who": str(known.public_id), "name": known.name, "phone": known.phone, "relation": known.relation}


def _known(row: Proposal, client: Client) -> RelatedPerson | None:
    return client.related_people.filter(kind=row.field, removed_at=None).first()


def _write(row: Proposal, client: Client, facts: Mapping[str, str], *, by: User, now: datetime) -> None:
    if is_person(row):
        known = _known(row, client)
        if known is not None:
            clients.update_related(person=known, by=by, now=now, **facts)
        else:
            clients.add_related(client=client, by=by, now=now, kind=row.field, **facts)
        return
    value: Any = facts[row.field]
    if row.field == "date_of_birth":
        value = date.fromisoformat(value)
    clients.update(client=client, changes={row.field: value}, by=by, now=now)


def _put_back(row: Proposal, client: Client, before: Mapping[str, str], *, by: User, now: datetime) -> None:
    if is_person(row) and not before:
        if (added := _known(row, client)) is not None:
            clients.remove_related(person=added, by=by, now=now)
        return
    _write(row, client, {name: value for name, value in before.items() if name != "who"}, by=by, now=now)

"""Changes to the record that answers suggest: shown as was and now, decided by staff, never taken over unseen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from clinic import audit, clients
from clinic.models import Client, RelatedPerson, User
from clinic.names import readable_phone
from intake.answers import from_response
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


class Decided(Exception):
    """Somebody has decided about this already."""


@dataclass(frozen=True, slots=True)
class WasNow:
    """One proposed change, as the review page shows it."""

    proposal: Proposal
    label: str
    was: str
    now: str


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
    return _in_words(response.proposals.select_related("decided_by"))


def open_for(client: Client) -> list[WasNow]:
    """What waits for a decision about a client's record."""
    return _in_words(Proposal.objects.filter(response__client=client, state=Proposal.State.OPEN))


def _in_words(rows: Iterable[Proposal]) -> list[WasNow]:
    return [
        WasNow(row, _LABELS.get(row.field, row.field), _shown(row.field, row.was), _shown(row.field, row.now))
        for row in rows
    ]


def _shown(name: str, value: str) -> str:
    if name == "date_of_birth" and value:
        return f"{date.fromisoformat(value):%-d %B %Y}"
    # A person round the client is kept as "name, number, relation".
    return ", ".join(readable_phone(part) if part.startswith("+") else part for part in value.split(", "))


def decide(*, proposal: Proposal, accept: bool, by: User, now: datetime) -> Proposal:
    """Take a change into the record, or leave the record as it is. Raises Decided for the second of two."""
    with audit.transaction():
        row = Proposal.objects.select_for_update().get(pk=proposal.pk)
        if row.state != Proposal.State.OPEN:
            raise Decided
        response = Response.objects.select_related("client", "version").get(pk=row.response_id)
        if accept:
            _apply(row, response, by=by, now=now)
        row.state = Proposal.State.ACCEPTED if accept else Proposal.State.REJECTED
        row.decided_at, row.decided_by = now, by
        row.save(update_fields=["state", "decided_at", "decided_by"])
        verb = "accept" if accept else "reject"
        audit.record(f"proposal.{verb}", by=by, client=response.client, subject=row, fields=[row.field])
    return row


def _apply(row: Proposal, response: Response, *, by: User, now: datetime) -> None:
    client: Client = response.client
    answers = from_response(response.document, spec_of(response.version))
    if row.field in _PEOPLE:
        facts = {name: value for name, value in _PEOPLE[row.field].read(answers).items() if value}
        known = client.related_people.filter(kind=row.field, removed_at=None).first()
        if known is not None:
            clients.update_related(person=known, by=by, now=now, **facts)
        else:
            clients.add_related(client=client, by=by, now=now, kind=row.field, **facts)
        return
    link_id = next(link for link, name in RECORD_FIELDS.items() if name == row.field)
    value: Any = answers[link_id]
    if row.field == "date_of_birth":
        value = date.fromisoformat(value)
    clients.update(client=client, changes={row.field: value}, by=by, now=now)

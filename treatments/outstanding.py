"""The desk's work list: whose forms are missing for a visit to come, what was sent, and sending it again for many."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from clinic import audit
from clinic.models import Client, ClinicSettings, Consent, Message, User
from intake.inviting import invitations
from intake.inviting.invitations import CHANNELS, REMINDER
from intake.inviting.preparing import Expected, needed
from intake.inviting.validity import Due
from intake.models import Invitation, Response
from treatments import clock, preparing
from treatments.models import Session

DAYS = (1, 3, 7, 14)
MOST = 300
#: For so long after a link went out it is sent again only by choice: the new one ends the one in the client's hand.
LATELY = timedelta(days=1)
BY = {"email": "e-mail", "sms": "text"}


@dataclass(frozen=True, slots=True)
class Form:
    """One form that is due: how far it is, and when a link last went out."""

    title: str
    why: str
    state: str
    percent: int
    sent: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """One client with the visit to come and the forms it still needs."""

    session: Session
    forms: list[Form]
    channels: list[str]
    reminder: datetime | None
    sent_lately: bool

    @property
    def ticked(self) -> bool:
        """Sent to unless somebody says no."""
        return bool(self.channels) and not self.sent_lately

    @property
    def client(self) -> Client:
        return self.session.client

    @property
    def by(self) -> str:
        """How the client can be written to, in words."""
        return " and ".join(BY[name] for name in self.channels)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of sending to one client."""

    client: Client
    sent: bool
    words: str


FILTERS = {
    "all": "All",
    "not_sent": "Not sent",
    "open": "Sent, not begun",
    "begun": "Begun",
    "expired": "Link expired",
    "no_channel": "No way to write",
}


def rows(*, days: int, now: datetime, show: str = "all") -> list[Row]:
    """Clients with a visit within so many days and a form missing, the soonest first; few queries for any number."""
    sessions = preparing.first_visits(_coming(days, now)[:MOST])
    due = _due(sessions, now)
    sessions = [session for session in sessions if due[session.client_id]]
    ids = [session.client_id for session in sessions]
    links, begun = _links(ids), _begun(ids)
    channels, reminders = _channels([session.client for session in sessions]), _reminders(ids)
    found = []
    for session in sessions:
        forms = [_form(row, session.client_id, links, begun, now) for row in due[session.client_id]]
        lately = all(form.sent is not None and now - form.sent < LATELY for form in forms)
        found.append(Row(session, forms, channels[session.client_id], reminders.get(session.client_id), lately))
    return [row for row in found if fits(row, show)]


def fits(row: Row, show: str) -> bool:
    """Does a row belong under this filter?"""
    if show == "no_channel":
        return not row.channels
    states = {form.state for form in row.forms}
    return show not in FILTERS or show == "all" or {"open": "sent", "begun": "in_progress"}.get(show, show) in states


def _coming(days: int, now: datetime) -> QuerySet[Session]:
    zone = ClinicSettings.load().zone
    _, ends = clock.bounds(now.astimezone(zone).date() + timedelta(days=days - 1), zone)
    open_states = (Session.State.BOOKED, Session.State.ARRIVED)
    rows = Session.objects.filter(state__in=open_states, ends_at__gt=now, starts_at__lt=ends)
    return rows.select_related("client", "therapist", "plan__condition").defer("plan__note").order_by("starts_at", "id")


def _due(sessions: Iterable[Session], now: datetime) -> dict[int, list[Due]]:
    return needed(preparing.expected_at(sessions, now=now), now=now)


def _links(clients: Collection[int]) -> dict[tuple[int, int], Invitation]:
    """The newest link of each client to each form."""
    sent = Invitation.objects.filter(client__in=clients).order_by("created_at", "id")
    return {(link.client_id, link.questionnaire_id): link for link in sent}


def _begun(clients: Collection[int]) -> dict[tuple[int, int], int]:
    rows = Response.objects.filter(client__in=clients, status=Response.Status.IN_PROGRESS).order_by("started_at")
    found = rows.values_list("client_id", "version__questionnaire", "percent")
    return {(client, form): percent for client, form, percent in found}


def _channels(clients: Collection[Client]) -> dict[int, list[str]]:
    """The channels each client agreed to and has an address for."""
    agreed = Consent.objects.filter(client__in=clients, kind__in=CHANNELS, superseded_at=None, granted=True)
    said = set(agreed.values_list("client_id", "kind"))
    return {
        client.pk: [
            name
            for name, address in (("email", client.email), ("sms", client.mobile))
            if address and client.archived_at is None and (client.pk, name) in said
        ]
        for client in clients
    }


def _reminders(clients: Collection[int]) -> dict[int, datetime]:
    """When each client is reminded next."""
    waiting = Message.objects.filter(client__in=clients, kind=REMINDER, state=Message.State.SCHEDULED)
    return {pk: due for pk, due in waiting.order_by("-due_at").values_list("client_id", "due_at") if pk is not None}


def _form(
    row: Due,
    client: int,
    links: dict[tuple[int, int], Invitation],
    begun: dict[tuple[int, int], int],
    now: datetime,
) -> Form:
    key = (client, row.questionnaire.pk)
    link, percent = links.get(key), begun.get(key)
    works = link is not None and invitations.works(link, now=now)
    asked = link is not None and link.submitted_at is None
    if percent:
        state = "in_progress"
    elif works:
        state = "sent"
    else:
        state = "expired" if asked else "not_sent"
    return Form(row.questionnaire.title, row.why, state, percent or 0, link.created_at if link and asked else None)


def send(*, clients: Sequence[Client], by: User, now: datetime) -> list[Result]:
    """Send each of these clients links to the forms their next visit needs; says of each what came of it.

    Links sent before stop working. Quiet hours hold as for everything that goes to many.
    """
    wanted = {client.pk for client in clients}
    sessions = preparing.first_visits(
        session for session in _coming(max(DAYS), now)[: 10 * MOST] if session.client_id in wanted
    )
    people = {one.client.pk: one for one in preparing.expected_at(sessions, now=now)}
    due = needed(people.values(), now=now)
    return [_send_one(client, people.get(client.pk), due.get(client.pk, []), by=by, now=now) for client in clients]


def _send_one(client: Client, one: Expected | None, due: list[Due], *, by: User, now: datetime) -> Result:
    if one is None or not due:
        return Result(client, False, "nothing is missing any more")
    channels: list[str] = []
    with audit.transaction():
        for row in due:
            try:
                link = invitations.invite(
                    client=client, by=by, now=now, slug=row.questionnaire.slug, coming=_said_now(one)
                )
            except invitations.NoAddress:
                return Result(client, False, "no address they agreed to be written to: ring, or hand over the tablet")
            channels = link.channels
    return Result(client, True, " and ".join(BY[name] for name in channels))


def _said_now(one: Expected) -> invitations.Coming:
    """Asked by a person, so it goes out now and does not wait for the reminder of the visit."""
    return invitations.Coming(one.coming.visit, one.coming.starts)


def missing_for(session: Session, *, now: datetime) -> list[str]:
    """The forms a visit still needs, in words; for whoever is about to begin it."""
    due = _due([session], now)[session.client_id]
    return [f"{row.questionnaire.title}: {row.why.lower()}" for row in due]
